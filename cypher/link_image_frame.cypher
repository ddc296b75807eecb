// Adds matches from images to frames; one query a pair of kinds, so that each end is found by its index.
// A row is one image with all its new matches: it is looked for once.
// $user string, $rows list of {a (key), b list of string (keys), dist list of integer (bits)}, a < b
// (no rows)
UNWIND $rows AS row
MATCH (a:Image {key: row.a})
WHERE a.user = $user
UNWIND range(0, size(row.b) - 1) AS n
MATCH (b:Frame {key: row.b[n]})
WHERE b.user = $user
CREATE (a)-[:MATCH {dist: row.dist[n]}]->(b)

// Adds matches from images to frames; one query a pair of kinds, so that each end is found by its index.
// $user string, $rows list of {a (key), b (key), dist (bits)}, a < b
// (no rows)
UNWIND $rows AS row
MATCH (a:Image {key: row.a})
WHERE a.user = $user
MATCH (b:Frame {key: row.b})
WHERE b.user = $user
CREATE (a)-[:MATCH {dist: row.dist}]->(b)

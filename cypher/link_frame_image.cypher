// Adds matches from frames to images; one query a pair of kinds, so that each end is found by its index.
// $user string, $rows list of {a (key), b (key), dist (bits)}, a < b
// (no rows)
UNWIND $rows AS row
MATCH (a:Frame {key: row.a})
WHERE a.user = $user
MATCH (b:Image {key: row.b})
WHERE b.user = $user
CREATE (a)-[:MATCH {dist: row.dist}]->(b)

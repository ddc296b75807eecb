// Deletes matches that start at frames.
// $user string, $rows list of {a (key), b (key)}
// (no rows)
UNWIND $rows AS row
MATCH (a:Frame {key: row.a})-[m:MATCH]->(b)
WHERE a.user = $user AND b.key = row.b
DELETE m

// Takes the mark "a match" off pairs that start at the user's frames.
// $user string, $rows list of {a (key), b (key)}
// (no rows)
UNWIND $rows AS row
MATCH (a:Frame {key: row.a})-[r:CONFIRMED]->(b)
WHERE a.user = $user AND b.key = row.b
WITH collect(r) AS found
UNWIND found AS one
DELETE one

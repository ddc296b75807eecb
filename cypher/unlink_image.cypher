// Deletes matches that start at images. They are collected first: the embedded engine loses its way
// in a list of relationships that shrinks while it walks there.
// $user string, $rows list of {a (key), b (key)}
// (no rows)
UNWIND $rows AS row
MATCH (a:Image {key: row.a})-[m:MATCH]->(b)
WHERE a.user = $user AND b.key = row.b
WITH collect(m) AS found
UNWIND found AS one
DELETE one

// Deletes matches of frames, found from the end that has fewer of them: a hub has thousands.
// They are collected first, because the embedded engine loses its way in a list of relationships
// that shrinks while it walks there.
// $user string, $rows list of {key, other (key)}
// (no rows)
UNWIND $rows AS row
MATCH (n:Frame {key: row.key})-[m:MATCH]-(o)
WHERE n.user = $user AND o.key = row.other
WITH collect(m) AS found
UNWIND found AS one
DELETE one

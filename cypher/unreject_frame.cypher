// Takes the mark "not a match" off a pair that starts at one of the user's frames.
// $user string, $a string (key), $b string (key)
// (no rows)
MATCH (a:Frame {key: $a})-[r:NOT_MATCH]->(b)
WHERE a.user = $user AND b.key = $b
DELETE r

// Takes the mark "not a match" off a pair that starts at one of the user's images.
// $user string, $a string (key), $b string (key)
// (no rows)
MATCH (a:Image {key: $a})-[r:NOT_MATCH]->(b)
WHERE a.user = $user AND b.key = $b
DELETE r

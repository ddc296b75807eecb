// Marks a live frame and a live frame as no match, once; no row where one of them is not there.
// $user string, $a string (key), $b string (key), a < b
// -> key string (a)
MATCH (a:Frame {key: $a})
WHERE a.user = $user AND NOT a.deleted
MATCH (b:Frame {key: $b})
WHERE b.user = $user AND NOT b.deleted
MERGE (a)-[:NOT_MATCH]->(b)
RETURN a.key AS key

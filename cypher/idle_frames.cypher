// Some moments of live videos that are no key frames and hold nothing that a person or a model said of them.
// $user string, $limit integer
// -> keys list of string
MATCH (f:Frame {user: $user})-[:SOURCE]->(v:Video)
WHERE f.deleted AND NOT v.deleted
OPTIONAL MATCH (f)-[r:TAGGED|NOT_MATCH|CONFIRMED|LABELLED]-()
WITH f, count(r) AS said
WHERE said = 0
WITH f LIMIT $limit
RETURN collect(f.key) AS keys

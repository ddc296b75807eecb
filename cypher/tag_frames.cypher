// Puts a tag on frames that lack it.
// $user string, $tag string (key), $rows list of string (keys)
// (no rows)
MATCH (t:Tag {key: $tag})
WHERE t.user = $user
UNWIND $rows AS key
MATCH (n:Frame {key: key})
WHERE n.user = $user
CREATE (n)-[:TAGGED]->(t)

// Puts a tag on videos that lack it.
// $user string, $tag string (key), $rows list of string (keys)
// (no rows)
MATCH (t:Tag {key: $tag})
WHERE t.user = $user
UNWIND $rows AS key
MATCH (n:Video {key: key})
WHERE n.user = $user
CREATE (n)-[:TAGGED]->(t)

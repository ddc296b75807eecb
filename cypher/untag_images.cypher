// Takes a tag off images.
// $user string, $tag string (key), $rows list of string (keys)
// (no rows)
UNWIND $rows AS key
MATCH (n:Image {key: key})-[r:TAGGED]->(t:Tag)
WHERE n.user = $user AND t.key = $tag
WITH collect(r) AS found
UNWIND found AS one
DELETE one

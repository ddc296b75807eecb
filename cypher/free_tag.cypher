// Takes a tag out from under the one that it lies under.
// $user string, $tag string (key)
// (no rows)
MATCH (t:Tag {key: $tag})-[r:UNDER]->(p:Tag)
WHERE t.user = $user
DELETE r

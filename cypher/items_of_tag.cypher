// The keys of all that holds a tag, deleted items too.
// $user string, $tag string (key)
// -> keys list of string
MATCH (t:Tag {key: $tag})<-[:TAGGED]-(n)
WHERE t.user = $user
RETURN collect(n.key) AS keys

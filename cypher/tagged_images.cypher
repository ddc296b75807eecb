// All tags on live images, as columns of equal length.
// $user string
// -> keys list of string, tags list of string (names)
MATCH (t:Tag {user: $user})<-[:TAGGED]-(n:Image)
WHERE NOT n.deleted
RETURN collect(n.key) AS keys, collect(t.name) AS tags

// Makes a tag, which must be new: its key is a digest of its name.
// $user string, $tag string (key), $called string (name), $colour string (#rrggbb)
// (no rows)
MATCH (u:User {key: $user})
CREATE (t:Tag {key: $tag, user: $user, name: $called, colour: $colour})
CREATE (t)-[:BELONGS]->(u)

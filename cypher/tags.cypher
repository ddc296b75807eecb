// The tags of a user, each with the tag that it lies under.
// $user string
// -> name string, colour string (#rrggbb), parent string (name) or null
MATCH (t:Tag {user: $user})
OPTIONAL MATCH (t)-[:UNDER]->(p:Tag)
RETURN t.name AS name, t.colour AS colour, p.name AS parent

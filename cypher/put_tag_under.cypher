// Puts a tag under another one; it must lie under none.
// $user string, $tag string (key), $parent string (key)
// (no rows)
MATCH (t:Tag {key: $tag})
WHERE t.user = $user
MATCH (p:Tag {key: $parent})
WHERE p.user = $user
CREATE (t)-[:UNDER]->(p)

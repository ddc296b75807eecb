// With whom a user's collection is shared, and whether they may tag.
// $user string
// -> name string (the member's), tagging boolean
MATCH (u:User {key: $user})-[s:SHARES]->(m:User)
WHERE NOT coalesce(m.leaving, false)
RETURN m.key AS name, s.tagging AS tagging

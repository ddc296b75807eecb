// Shares a user's collection with another user, or says anew what that one may do. No row where there is no
// such member, or one of the two is being removed.
// $user string, $member string (the other user's name), $tagging boolean (whether the member may tag)
// -> name string (the member's)
MATCH (u:User {key: $user})
WHERE NOT coalesce(u.leaving, false)
MATCH (m:User {key: $member})
WHERE NOT coalesce(m.leaving, false)
MERGE (u)-[s:SHARES]->(m)
SET s.tagging = $tagging
RETURN m.key AS name

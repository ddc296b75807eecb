// What a member may do in a user's collection: runs before each of the member's queries, in one transaction
// with it. No row where the collection is not shared with such a one, or one of the two is being removed, was
// disabled or is not let in yet.
// $user string (whose collection it is), $member string (who asks)
// -> tagging boolean
MATCH (u:User {key: $user})-[s:SHARES]->(m:User)
WHERE m.key = $member AND NOT coalesce(u.leaving, false) AND NOT coalesce(m.leaving, false)
  AND coalesce(u.state, 'active') = 'active' AND coalesce(m.state, 'active') = 'active'
RETURN s.tagging AS tagging

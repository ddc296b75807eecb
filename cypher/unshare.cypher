// Ends the sharing of a user's collection with a member. No row where it is not shared with such a one.
// $user string, $member string (the other user's name)
// -> name string (the member's)
MATCH (u:User {key: $user})-[s:SHARES]->(m:User)
WHERE m.key = $member
WITH m.key AS name, collect(s) AS some
FOREACH (one IN some | DELETE one)
RETURN name AS name

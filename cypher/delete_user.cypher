// Removes a user who is leaving and has nothing any more.
// $user string
// (no rows)
MATCH (u:User {key: $user})
WHERE u.leaving
DETACH DELETE u

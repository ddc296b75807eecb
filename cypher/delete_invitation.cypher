// Removes the invitation of a user, as when it is spent.
// $user string
// (no rows)
MATCH (i:Invitation {user: $user})
DETACH DELETE i

// Marks a user as leaving: nothing is stored for them any more. No row where there is no such user.
// $user string
// -> name string
MATCH (u:User {key: $user})
SET u.leaving = true
RETURN u.key AS name

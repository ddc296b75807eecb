// The token of the user's set of live hashes: it changes whenever the set does.
// $user string
// -> version string
MATCH (u:User {key: $user})
RETURN u.version AS version

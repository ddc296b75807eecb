// Gives the set of live hashes a new token: what processes remember of the old set is void.
// $user string, $version string (a fresh token)
// (no rows)
MATCH (u:User {key: $user})
SET u.version = $version

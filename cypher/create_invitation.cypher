// Makes the invitation of a user, who must have none: its key is the user's name.
// $user string, $digest string (SHA-256 of the code), $ends float (seconds since 1970)
// (no rows)
MATCH (u:User {key: $user})
CREATE (i:Invitation {key: $user, user: $user, digest: $digest, ends: $ends})
CREATE (i)-[:BELONGS]->(u)

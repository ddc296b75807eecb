// The invitation of a user; no row where there is none.
// $user string
// -> digest string (SHA-256 of the code), ends float (seconds since 1970)
MATCH (i:Invitation {user: $user})
RETURN i.digest AS digest, i.ends AS ends

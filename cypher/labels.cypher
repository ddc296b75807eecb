// The labels that models have given in a user's collection, as columns of equal length.
// $user string
// -> keys list of string, names list of string
MATCH (l:Label {user: $user})
RETURN collect(l.key) AS keys, collect(l.name) AS names

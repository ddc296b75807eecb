// The hashes of all live images, as columns of equal length; read after `version`.
// $user string
// -> keys list of string, hashes list of string (64 digits 0 and 1)
MATCH (i:Image {user: $user})
WHERE NOT i.deleted
RETURN collect(i.key) AS keys, collect(i.dhash) AS hashes

// The hashes and positions of all live key frames, as columns of equal length; read after `version`.
// $user string
// -> keys list of string, hashes list of string (64 digits 0 and 1), positions list of float (seconds)
MATCH (f:Frame {user: $user})
WHERE NOT f.deleted
RETURN collect(f.key) AS keys, collect(f.dhash) AS hashes, collect(f.pos) AS positions

// Takes the user's lock by writing the User node; a transaction that writes begins with it.
// Setting `locked` first takes the write lock before `writes` is read, on engines that lock.
// No row where the user is not there, or is being removed.
// $user string
// -> version string (token of the set of live hashes), max_distance integer (bits),
//    key_frame_distance integer (bits)
MATCH (u:User {key: $user})
WHERE NOT coalesce(u.leaving, false)
SET u.locked = true
WITH u
SET u.writes = u.writes + 1, u.locked = false
RETURN u.version AS version, u.max_distance AS max_distance,
       u.key_frame_distance AS key_frame_distance

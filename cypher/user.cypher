// A user's settings; no row where there is no such user.
// $user string
// -> max_distance integer (bits), key_frame_distance integer (bits)
MATCH (u:User {key: $user})
RETURN u.max_distance AS max_distance, u.key_frame_distance AS key_frame_distance

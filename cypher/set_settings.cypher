// Gives a user other settings.
// $user string, $max_distance integer (bits), $key_frame_distance integer (bits)
// (no rows)
MATCH (u:User {key: $user})
SET u.max_distance = $max_distance, u.key_frame_distance = $key_frame_distance

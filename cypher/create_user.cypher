// Makes a user, who must be new.
// $user string, $max_distance integer (bits), $key_frame_distance integer (bits), $version string (a fresh token),
// $made float (seconds since 1970)
// (no rows)
CREATE (:User {
  key: $user, user: $user, writes: 0, version: $version, made: $made,
  max_distance: $max_distance, key_frame_distance: $key_frame_distance
})

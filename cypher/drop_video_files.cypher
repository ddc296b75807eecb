// Removes video files; their contents stay.
// $user string, $rows list of string (keys of files)
// (no rows)
UNWIND $rows AS key
MATCH (f:VideoFile {key: key})
WHERE f.user = $user
DETACH DELETE f

// Removes videos for good that are marked deleted, with all that hangs on them.
// $user string, $rows list of string (keys)
// (no rows)
UNWIND $rows AS key
MATCH (n:Video {key: key})
WHERE n.user = $user AND n.deleted
DETACH DELETE n

// Adds new key frames of videos that are there.
// $user string, $rows list of {key, video (key), pos (seconds), dhash (64 digits 0 and 1)}
// (no rows)
UNWIND $rows AS row
MATCH (v:Video {key: row.video})
WHERE v.user = $user
CREATE (f:Frame {key: row.key, user: $user, pos: row.pos, dhash: row.dhash, deleted: false})
CREATE (f)-[:SOURCE]->(v)

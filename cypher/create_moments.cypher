// Adds moments of videos that are no key frames: something is to be tagged there.
// $user string, $rows list of {key, video (key), pos (seconds), dhash (64 digits 0 and 1)}
// (no rows)
UNWIND $rows AS row
MATCH (v:Video {key: row.video})
WHERE v.user = $user
CREATE (f:Frame {key: row.key, user: $user, pos: row.pos, dhash: row.dhash, deleted: true})
CREATE (f)-[:SOURCE]->(v)

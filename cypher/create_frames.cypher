// Adds new key frames of videos that are there; a row is one video with columns of equal length.
// $user string, $rows list of {video (key), keys list of string, positions list of float (seconds),
//    hashes list of string (64 digits 0 and 1)}
// (no rows)
UNWIND $rows AS row
MATCH (v:Video {key: row.video})
WHERE v.user = $user
UNWIND range(0, size(row.keys) - 1) AS n
CREATE (f:Frame {
  key: row.keys[n], user: $user, pos: row.positions[n], dhash: row.hashes[n], deleted: false
})
CREATE (f)-[:SOURCE]->(v)

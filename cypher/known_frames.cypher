// The stored key frames of some videos, deleted ones too, as columns of equal length.
// $user string, $rows list of string (keys of videos)
// -> video string (key), keys list of string, hashes list of string, positions list of float (seconds),
//    deleted list of boolean
UNWIND $rows AS key
MATCH (v:Video {key: key})<-[:SOURCE]-(f:Frame)
WHERE v.user = $user
RETURN v.key AS video, collect(f.key) AS keys, collect(f.dhash) AS hashes, collect(f.pos) AS positions,
       collect(f.deleted) AS deleted

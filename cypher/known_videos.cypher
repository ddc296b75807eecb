// Which of some videos are stored, deleted ones too, and the files that hold them.
// $user string, $rows list of string (keys)
// -> key string, duration float (seconds) or null, fps float or null, width integer, height integer,
//    damaged boolean, hashed_by string, deleted boolean, holders list of string (keys)
UNWIND $rows AS key
MATCH (v:Video {key: key})
WHERE v.user = $user
OPTIONAL MATCH (f:VideoFile)-[:SET]->(v)
RETURN v.key AS key, v.duration AS duration, v.fps AS fps, v.width AS width, v.height AS height,
       v.damaged AS damaged,
       coalesce(v.hashed_by, 'kernel') AS hashed_by, v.deleted AS deleted, collect(f.key) AS holders

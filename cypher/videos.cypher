// The live videos of a user.
// $user string
// -> key string, md5 string, duration float (seconds) or null, fps float or null, width integer,
//    height integer (pixels), damaged boolean
MATCH (v:Video {user: $user})
WHERE NOT v.deleted
RETURN v.key AS key, v.md5 AS md5, v.duration AS duration, v.fps AS fps, v.width AS width,
       v.height AS height, v.damaged AS damaged

// Which of some images are stored, deleted ones too, and the files that hold them.
// $user string, $rows list of string (keys)
// -> key string, dhash string, width integer, height integer,
//    hashed_by string, deleted boolean, holders list of string (keys)
UNWIND $rows AS key
MATCH (i:Image {key: key})
WHERE i.user = $user
OPTIONAL MATCH (f:ImageFile)-[:SET]->(i)
RETURN i.key AS key, i.dhash AS dhash, i.width AS width, i.height AS height,
       coalesce(i.hashed_by, 'kernel') AS hashed_by, i.deleted AS deleted,
       collect(f.key) AS holders

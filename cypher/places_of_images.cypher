// Where some images lie: a row for each file, none for what is not there.
// $user string, $rows list of string (keys)
// -> key string, path string
UNWIND $rows AS key
MATCH (n:Image {key: key})<-[:SET]-(f:ImageFile)
WHERE n.user = $user
RETURN n.key AS key, f.path AS path

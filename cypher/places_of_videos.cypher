// Where some videos lie: a row for each file, none for what is not there.
// $user string, $rows list of string (keys)
// -> key string, path string
UNWIND $rows AS key
MATCH (n:Video {key: key})<-[:SET]-(f:VideoFile)
WHERE n.user = $user
RETURN n.key AS key, f.path AS path

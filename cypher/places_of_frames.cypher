// Where some moments of videos lie: a row for each file, none for what is not there.
// $user string, $rows list of string (keys)
// -> key string, pos float (seconds), path string
UNWIND $rows AS key
MATCH (n:Frame {key: key})-[:SOURCE]->(v:Video)<-[:SET]-(f:VideoFile)
WHERE n.user = $user
RETURN n.key AS key, n.pos AS pos, f.path AS path

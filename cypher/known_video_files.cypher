// Which of some video files are stored, and with what.
// $user string, $rows list of string (keys of files)
// -> key string, content string (key), path string, bytes integer, modified integer (nanoseconds), source string
UNWIND $rows AS key
MATCH (f:VideoFile {key: key})-[:SET]->(c:Video)
WHERE f.user = $user
RETURN f.key AS key, c.key AS content, f.path AS path, f.bytes AS bytes, f.modified AS modified,
       f.source AS source

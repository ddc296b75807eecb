// All video files of a user with the MD5 of their content, as columns of equal length.
// $user string
// -> paths list of string, bytes list of integer, modified list of integer (nanoseconds), md5s list of string
MATCH (f:VideoFile {user: $user})-[:SET]->(c:Video)
RETURN collect(f.path) AS paths, collect(f.bytes) AS bytes, collect(f.modified) AS modified,
       collect(c.md5) AS md5s

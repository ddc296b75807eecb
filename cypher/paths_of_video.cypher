// The paths of a live video's files.
// $user string, $key string
// -> paths list of string
MATCH (f:VideoFile)-[:SET]->(c:Video {key: $key})
WHERE c.user = $user AND f.user = $user
RETURN collect(f.path) AS paths

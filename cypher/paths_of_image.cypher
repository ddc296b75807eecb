// The paths of a live image's files.
// $user string, $key string
// -> paths list of string
MATCH (f:ImageFile)-[:SET]->(c:Image {key: $key})
WHERE c.user = $user AND f.user = $user
RETURN collect(f.path) AS paths

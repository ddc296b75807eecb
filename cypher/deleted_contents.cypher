// The keys of all images and videos that are marked deleted, as columns.
// $user string
// -> keys list of string
MATCH (n:Image|Video {user: $user})
WHERE n.deleted
RETURN collect(n.key) AS keys

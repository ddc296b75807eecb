// Deletes a tag and takes it off everything.
// $user string, $tag string (key)
// (no rows)
MATCH (t:Tag {key: $tag})
WHERE t.user = $user
DETACH DELETE t

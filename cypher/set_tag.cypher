// Gives a tag another name, and the key that goes with it, or another colour.
// $user string, $tag string (key), $key string (the new one), $called string (name), $colour string (#rrggbb)
// (no rows)
MATCH (t:Tag {key: $tag})
WHERE t.user = $user
SET t.key = $key, t.name = $called, t.colour = $colour

// The sizes of all live images, as columns of equal length; -1 where a size is not known.
// $user string
// -> keys list of string, widths list of integer, heights list of integer (pixels)
MATCH (i:Image {user: $user})
WHERE NOT i.deleted
RETURN collect(i.key) AS keys, collect(coalesce(i.width, -1)) AS widths,
       collect(coalesce(i.height, -1)) AS heights

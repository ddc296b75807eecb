// What some images are linked to: matches within a distance, and rejected pairs; columns of equal length.
// A live image that is linked to nothing has one row without another end.
// $user string, $rows list of string (keys of images), $max_distance integer (bits)
// -> a list of string (keys of images), b list of string (keys of the other ends, or ""),
//    distances list of integer (bits, -1: a rejected pair or no other end)
UNWIND $rows AS key
MATCH (i:Image {key: key})
WHERE i.user = $user AND NOT i.deleted
OPTIONAL MATCH (i)-[m:MATCH|NOT_MATCH]-(o)
WHERE coalesce(m.dist, -1) <= $max_distance
RETURN collect(i.key) AS a, collect(coalesce(o.key, "")) AS b, collect(coalesce(m.dist, -1)) AS distances

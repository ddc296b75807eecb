// What some images are linked to: matches within a distance, and rejected pairs; columns of equal length.
// $user string, $rows list of string (keys of images), $max_distance integer (bits)
// -> items list of string (those of the keys that are live images), a list of string (keys of images),
//    b list of string (keys of the other ends), distances list of integer (bits, -1: a rejected pair)
UNWIND $rows AS key
MATCH (i:Image {key: key})
WHERE i.user = $user AND NOT i.deleted
OPTIONAL MATCH (i)-[m:MATCH|NOT_MATCH]-(o)
WHERE coalesce(m.dist, -1) <= $max_distance
WITH i.key AS item, o.key AS other, CASE WHEN o IS NULL THEN null ELSE coalesce(m.dist, -1) END AS distance
RETURN collect(DISTINCT item) AS items, collect(CASE WHEN other IS NULL THEN null ELSE item END) AS a,
       collect(other) AS b, collect(distance) AS distances

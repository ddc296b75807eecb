// What some frames are linked to: matches within a distance, and rejected pairs; columns of equal length.
// $user string, $rows list of string (keys of frames), $max_distance integer (bits)
// -> items list of string (those of the keys that are live frames), a list of string (keys of frames),
//    b list of string (keys of the other ends), distances list of integer (bits, -1: a rejected pair)
UNWIND $rows AS key
MATCH (f:Frame {key: key})
WHERE f.user = $user AND NOT f.deleted
OPTIONAL MATCH (f)-[m:MATCH|NOT_MATCH]-(o)
WHERE coalesce(m.dist, -1) <= $max_distance
WITH f.key AS item, o.key AS other, CASE WHEN o IS NULL THEN null ELSE coalesce(m.dist, -1) END AS distance
RETURN collect(DISTINCT item) AS items, collect(CASE WHEN other IS NULL THEN null ELSE item END) AS a,
       collect(other) AS b, collect(distance) AS distances

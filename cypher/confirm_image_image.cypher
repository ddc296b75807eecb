// Marks pairs of a live image and a live image as a match, once; no row where one is not there.
// $user string, $rows list of {a (key), b (key)}, a < b
// -> a string (key), b string (key)
UNWIND $rows AS row
MATCH (a:Image {key: row.a})
WHERE a.user = $user AND NOT a.deleted
MATCH (b:Image {key: row.b})
WHERE b.user = $user AND NOT b.deleted
MERGE (a)-[:CONFIRMED]->(b)
RETURN a.key AS a, b.key AS b

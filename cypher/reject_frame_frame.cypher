// Marks pairs of a live frame and a live frame as no match, once; no row where one of them is not there.
// $user string, $rows list of {a (key), b (key)}, a < b
// -> a string (key), b string (key)
UNWIND $rows AS row
MATCH (a:Frame {key: row.a})
WHERE a.user = $user AND NOT a.deleted
MATCH (b:Frame {key: row.b})
WHERE b.user = $user AND NOT b.deleted
MERGE (a)-[:NOT_MATCH]->(b)
RETURN a.key AS a, b.key AS b

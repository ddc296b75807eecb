// Marks pairs of a moment of a live video and a moment of a live video as a match, once; no row where one is not there.
// $user string, $rows list of {a (key), b (key)}, a < b
// -> a string (key), b string (key)
UNWIND $rows AS row
MATCH (a:Frame {key: row.a})-[:SOURCE]->(v:Video)
WHERE a.user = $user AND NOT v.deleted
MATCH (b:Frame {key: row.b})-[:SOURCE]->(w:Video)
WHERE b.user = $user AND NOT w.deleted
MERGE (a)-[:CONFIRMED]->(b)
RETURN a.key AS a, b.key AS b

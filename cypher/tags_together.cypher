// Which two tags stand on the same live items, and on how many, as columns of equal length; each pair once.
// $user string
// -> a list of string (names), b list of string (names), items list of integer
MATCH (a:Tag {user: $user})<-[:TAGGED]-(n)-[:TAGGED]->(b:Tag {user: $user})
WHERE a.key < b.key
OPTIONAL MATCH (n)-[:SOURCE]->(v:Video)
WITH a.name AS a, b.name AS b, n, coalesce(v.deleted, n.deleted) AS gone
WHERE NOT gone
WITH a, b, count(n) AS items
RETURN collect(a) AS a, collect(b) AS b, collect(items) AS items

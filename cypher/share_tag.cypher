// Puts a tag on all that holds another one and lacks it, deleted items too.
// $user string, $tag string (key of the other one), $into string (key)
// (no rows)
MATCH (a:Tag {key: $tag})<-[:TAGGED]-(n)
WHERE a.user = $user
MATCH (b:Tag {key: $into})
WHERE b.user = $user
OPTIONAL MATCH (n)-[r:TAGGED]->(b)
WITH n, b, count(r) AS held
WHERE held = 0
CREATE (n)-[:TAGGED]->(b)

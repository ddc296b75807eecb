// How many of a user's stored matches are rejected.
// $user string
// -> number integer
MATCH (a:Image|Frame {user: $user})-[:NOT_MATCH]->(b)
MATCH (a)-[m:MATCH]->(b)
RETURN count(m) AS number

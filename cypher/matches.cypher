// All stored matches of a user, rejected ones too, as columns of equal length.
// $user string
// -> a list of string (keys), b list of string (keys), distances list of integer (bits)
MATCH (a:Image|Frame {user: $user})-[m:MATCH]->(b)
RETURN collect(a.key) AS a, collect(b.key) AS b, collect(m.dist) AS distances

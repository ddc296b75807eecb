// The pairs that the user marked as no match, as columns of equal length.
// $user string
// -> a list of string (keys), b list of string (keys)
MATCH (a:Image|Frame {user: $user})-[:NOT_MATCH]->(b)
WHERE NOT a.deleted AND NOT b.deleted
RETURN collect(a.key) AS a, collect(b.key) AS b

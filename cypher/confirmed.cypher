// The pairs of live contents that the user confirmed as a match, as columns of equal length; also of moments
// that are no key frames any more.
// $user string
// -> a list of string (keys), b list of string (keys)
MATCH (a:Image|Frame {user: $user})-[:CONFIRMED]->(b)
OPTIONAL MATCH (a)-[:SOURCE]->(v:Video)
OPTIONAL MATCH (b)-[:SOURCE]->(w:Video)
WITH a, b, coalesce(v.deleted, a.deleted) AS a_gone, coalesce(w.deleted, b.deleted) AS b_gone
WHERE NOT a_gone AND NOT b_gone
RETURN collect(a.key) AS a, collect(b.key) AS b

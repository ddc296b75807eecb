// All labels on moments of live videos, also of moments that are no key frames, as columns of equal length.
// $user string
// -> keys list of string, labels list of string (names), scores list of float (0 to 1), models list of string,
//    positions list of float (seconds)
MATCH (l:Label {user: $user})<-[r:LABELLED]-(n:Frame)-[:SOURCE]->(v:Video)
WHERE NOT v.deleted
RETURN collect(n.key) AS keys, collect(l.name) AS labels, collect(r.score) AS scores,
       collect(r.model) AS models, collect(n.pos) AS positions

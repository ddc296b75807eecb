// All labels on live images, as columns of equal length.
// $user string
// -> keys list of string, labels list of string (names), scores list of float (0 to 1), models list of string
MATCH (l:Label {user: $user})<-[r:LABELLED]-(n:Image)
WHERE NOT n.deleted
RETURN collect(n.key) AS keys, collect(l.name) AS labels, collect(r.score) AS scores,
       collect(r.model) AS models

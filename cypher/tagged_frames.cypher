// All tags on moments of live videos, as columns of equal length; a deleted one is no key frame any more.
// $user string
// -> keys list of string, tags list of string (names), positions list of float (seconds),
//    deleted list of boolean
MATCH (t:Tag {user: $user})<-[:TAGGED]-(f:Frame)-[:SOURCE]->(v:Video)
WHERE NOT v.deleted
RETURN collect(f.key) AS keys, collect(t.name) AS tags, collect(f.pos) AS positions,
       collect(f.deleted) AS deleted

// Adds new image files of contents that are there.
// $user string, $rows list of {key, content (key), path, name, bytes, modified (nanoseconds), source}
// (no rows)
MATCH (u:User {key: $user})
UNWIND $rows AS row
MATCH (c:Image {key: row.content})
WHERE c.user = $user
CREATE (f:ImageFile {
  key: row.key, user: $user, path: row.path, name: row.name, bytes: row.bytes,
  modified: row.modified, source: row.source
})
CREATE (f)-[:BELONGS]->(u)
CREATE (f)-[:SET]->(c)

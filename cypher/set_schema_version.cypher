// Notes the version of the schema, once its constraints and indexes are there.
// $version integer
// (no rows)
MERGE (s:Schema {key: 'tagcat'})
SET s.version = $version

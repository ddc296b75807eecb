// The version of the schema that this graph has; no row in a new graph.
// (no parameters)
// -> version integer
MATCH (s:Schema {key: 'tagcat'})
RETURN s.version AS version

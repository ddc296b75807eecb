// The names of all users of this graph, for whoever administers it.
// (no parameters)
// -> name string, leaving boolean
MATCH (u:User)
RETURN u.key AS name, coalesce(u.leaving, false) AS leaving

// All users of this graph, for whoever administers it, and how each stands in the team.
// (no parameters)
// -> name string, leaving boolean, state string (active, waiting, disabled),
//    asked float (sign-up, seconds since 1970, or null), invited_until float (seconds since 1970, or null)
MATCH (u:User)
OPTIONAL MATCH (i:Invitation)-[:BELONGS]->(u)
RETURN u.key AS name, coalesce(u.leaving, false) AS leaving, coalesce(u.state, 'active') AS state,
       u.asked AS asked, i.ends AS invited_until

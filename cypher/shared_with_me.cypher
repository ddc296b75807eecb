// Whose collections are shared with a user, and whether that user may tag there.
// $user string
// -> name string (the owner's), tagging boolean
MATCH (u:User {key: $user})<-[s:SHARES]-(o:User)
WHERE NOT coalesce(o.leaving, false)
RETURN o.key AS name, s.tagging AS tagging

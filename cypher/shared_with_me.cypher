// Whose collections are shared with a user, and whether that user may tag there. Owners who are being removed,
// were disabled or are not let in yet share nothing.
// $user string
// -> name string (the owner's), tagging boolean
MATCH (u:User {key: $user})<-[s:SHARES]-(o:User)
WHERE NOT coalesce(o.leaving, false) AND coalesce(o.state, 'active') = 'active'
RETURN o.key AS name, s.tagging AS tagging

// How a user stands in the team; no row where there is no such user. Users of before teams are active.
// $user string
// -> state string (active, waiting, disabled), leaving boolean, tokens_from float (seconds since 1970:
//    tokens issued before are refused), asked float (sign-up, seconds since 1970, or null)
MATCH (u:User {key: $user})
RETURN coalesce(u.state, 'active') AS state, coalesce(u.leaving, false) AS leaving,
       coalesce(u.tokens_from, u.made, 0.0) AS tokens_from, u.asked AS asked

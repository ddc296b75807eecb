// Says how a user stands in the team.
// $user string, $state string (active, waiting, disabled), $tokens_from float (seconds since 1970),
// $asked float (sign-up, seconds since 1970, or null)
// (no rows)
MATCH (u:User {key: $user})
SET u.state = $state, u.tokens_from = $tokens_from, u.asked = $asked

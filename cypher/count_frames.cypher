// How many live frames a user has.
// $user string
// -> number integer
MATCH (n:Frame {user: $user})
WHERE NOT n.deleted
RETURN count(n) AS number

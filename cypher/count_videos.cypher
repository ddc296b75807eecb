// How many live videos a user has.
// $user string
// -> number integer
MATCH (n:Video {user: $user})
WHERE NOT n.deleted
RETURN count(n) AS number

// How many live images a user has.
// $user string
// -> number integer
MATCH (n:Image {user: $user})
WHERE NOT n.deleted
RETURN count(n) AS number

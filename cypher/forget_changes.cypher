// Forgets the changes up to a number: they can't be undone any more.
// $user string, $number integer
// (no rows)
MATCH (c:Change {user: $user})
WHERE c.number <= $number
DETACH DELETE c

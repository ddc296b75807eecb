// Forgets the changes that one person made up to a number: they can't be undone any more.
// $user string, $number integer, $by string (the member who made them; "": the owner)
// (no rows)
MATCH (c:Change {user: $user})
WHERE c.number <= $number AND coalesce(c.by, '') = $by
DETACH DELETE c

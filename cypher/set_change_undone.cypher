// Notes that a change was undone.
// $user string, $number integer
// (no rows)
MATCH (c:Change {user: $user})
WHERE c.number = $number
SET c.undone = true, c.undo = '[]'

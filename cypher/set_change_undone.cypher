// Notes that a change was undone.
// $user string, $number integer, $by string (the member who asks, of whom it must be; "": the owner)
// (no rows)
MATCH (c:Change {user: $user})
WHERE c.number = $number AND $by IN ['', c.by]
SET c.undone = true, c.undo = '[]'

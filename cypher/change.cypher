// What undoes one change.
// $user string, $number integer, $by string (the member who asks, of whom it must be; "": the owner)
// -> undo string (JSON), told string, undone boolean
MATCH (c:Change {user: $user})
WHERE c.number = $number AND $by IN ['', c.by]
RETURN c.undo AS undo, c.told AS told, c.undone AS undone

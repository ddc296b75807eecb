// What undoes one change.
// $user string, $number integer
// -> undo string (JSON), told string, undone boolean
MATCH (c:Change {user: $user})
WHERE c.number = $number
RETURN c.undo AS undo, c.told AS told, c.undone AS undone

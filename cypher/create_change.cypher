// Notes a change, with what undoes it.
// $user string, $key string, $number integer, $made float (seconds since 1970), $what string, $told string,
// $undo string (JSON), $by string (the member who made it; null: the owner)
// (no rows)
CREATE (:Change {
  key: $key, user: $user, number: $number, made: $made, what: $what, told: $told, undo: $undo, undone: false,
  by: $by
})

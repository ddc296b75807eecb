// The last changes that a user made by hand, without what undoes them.
// $user string
// -> number integer, made float (seconds since 1970), what string, told string, undone boolean,
//    by string (the member who made it; null: the owner)
MATCH (c:Change {user: $user})
RETURN c.number AS number, c.made AS made, c.what AS what, c.told AS told, c.undone AS undone,
       c.by AS by

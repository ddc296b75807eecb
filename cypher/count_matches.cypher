// How many matches a user has, rejected ones too.
// $user string
// -> number integer
MATCH (:Image|Frame {user: $user})-[m:MATCH]->()
RETURN count(m) AS number

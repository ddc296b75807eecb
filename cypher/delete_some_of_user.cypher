// Removes some of what a user has, and says how many nodes went.
// $user string, $limit integer
// -> number integer
MATCH (n:ImageFile|VideoFile|Frame|Image|Video|Tag|Label|Change|Invitation {user: $user})
WITH n LIMIT $limit
WITH collect(n) AS some, count(n) AS number
FOREACH (one IN some | DETACH DELETE one)
RETURN number AS number

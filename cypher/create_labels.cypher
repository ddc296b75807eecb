// Makes labels, which must be new: the key of each is a digest of its name.
// $user string, $rows list of {key, name}
// (no rows)
UNWIND $rows AS row
CREATE (:Label {key: row.key, user: $user, name: row.name})

// Gives key frames that are there new facts, or takes the mark "deleted" off or puts it on.
// $user string, $rows list of {key, pos, dhash, deleted}
// (no rows)
UNWIND $rows AS row
MATCH (f:Frame {key: row.key})
WHERE f.user = $user
SET f.pos = row.pos, f.dhash = row.dhash, f.deleted = row.deleted

// Gives images that are there new facts, or takes the mark "deleted" off or puts it on.
// $user string, $rows list of {key, dhash, width, height, hashed_by, deleted}
// (no rows)
UNWIND $rows AS row
MATCH (i:Image {key: row.key})
WHERE i.user = $user
SET i.dhash = row.dhash, i.width = row.width, i.height = row.height,
    i.hashed_by = row.hashed_by, i.deleted = row.deleted

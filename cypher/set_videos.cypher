// Gives videos that are there new facts, or takes the mark "deleted" off or puts it on.
// $user string, $rows list of {key, duration, fps, width, height, damaged, hashed_by, deleted}
// (no rows)
UNWIND $rows AS row
MATCH (v:Video {key: row.key})
WHERE v.user = $user
SET v.duration = row.duration, v.fps = row.fps, v.width = row.width, v.height = row.height,
    v.damaged = row.damaged, v.hashed_by = row.hashed_by, v.deleted = row.deleted

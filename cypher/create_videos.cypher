// Adds new videos.
// $user string, $rows list of {key, md5, duration (seconds), fps, width, height (pixels), damaged,
//   hashed_by}
// (no rows)
UNWIND $rows AS row
CREATE (:Video {
  key: row.key, user: $user, md5: row.md5, duration: row.duration, fps: row.fps,
  width: row.width, height: row.height, damaged: row.damaged,
  hashed_by: row.hashed_by, deleted: false
})

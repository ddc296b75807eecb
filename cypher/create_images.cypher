// Adds new images.
// $user string, $rows list of {key, md5, dhash (64 digits 0 and 1), width, height (pixels),
//   hashed_by}
// (no rows)
UNWIND $rows AS row
CREATE (:Image {
  key: row.key, user: $user, md5: row.md5, dhash: row.dhash, width: row.width, height: row.height,
  hashed_by: row.hashed_by, deleted: false
})

// How many files a user has, of images and videos.
// $user string
// -> number integer
MATCH (n:ImageFile|VideoFile {user: $user})
RETURN count(n) AS number

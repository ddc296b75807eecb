// Which live items of a user match, counted bit by bit inside the database, as the first TagCat did it:
// every pair is compared, so the time grows with the square of their number. Plain hashes match nothing,
// and moments of one video do not match each other. As columns of equal length.
// $user string, $max_distance integer (bits)
// -> a list of string (keys), b list of string (keys), distances list of integer (bits)
MATCH (n:Image|Frame {user: $user})
WHERE NOT n.deleted AND size(replace(n.dhash, '0', '')) >= 5 AND size(replace(n.dhash, '0', '')) <= 59
WITH n ORDER BY n.key
WITH collect({key: n.key, dhash: n.dhash, content: split(n.key, ':')[1]}) AS items
UNWIND range(0, size(items) - 1) AS position
WITH items[position] AS a, items[position + 1..] AS later
UNWIND [b IN later WHERE a.content <> b.content
  AND apoc.text.hammingDistance(a.dhash, b.dhash) <= $max_distance] AS b
RETURN collect(a.key) AS a, collect(b.key) AS b,
       collect(apoc.text.hammingDistance(a.dhash, b.dhash)) AS distances

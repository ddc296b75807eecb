// Puts labels on images that are there, with how sure the model is.
// $user string, $rows list of {key, label (key), score (0 to 1), model}
// (no rows)
UNWIND $rows AS row
MATCH (n:Image {key: row.key})
WHERE n.user = $user
MATCH (l:Label {key: row.label})
WHERE l.user = $user
CREATE (n)-[:LABELLED {score: row.score, model: row.model}]->(l)

// Takes off frames what one model said of them.
// $user string, $model string, $rows list of string (keys)
// (no rows)
UNWIND $rows AS key
MATCH (n:Frame {key: key})-[r:LABELLED]->(:Label)
WHERE n.user = $user AND r.model = $model
WITH collect(r) AS found
UNWIND found AS one
DELETE one

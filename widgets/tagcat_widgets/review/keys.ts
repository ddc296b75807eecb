// The keys of the review, as its help tells them.

import type { Access } from "../shared/access";

const KEYS = [
  ["← →", "back, and on to the next pair that waits for a verdict"],
  ["↑ ↓", "up and down in the list"],
  ["M", "a match: they show the same; the queue asks for them no more"],
  ["N", "not a match: no page shows this pair again"],
  ["L R", "keep the left or the right one: the other leaves the collection, its file stays where it is"],
  ["1 … 6", "the same where more than two stand side by side"],
  ["T", "put a tag on what is in question"],
  ["U", "undo the verdict on this pair, also an earlier one, else what was done last"],
  ["D", "the next view: side by side, overlay, difference"],
  ["B", "blink: the one picture and the other in the same place"],
  ["Space", "in a group: choose a picture"],
  ["O", "in a group: open the picture, where it lies on your own device"],
  ["C", "in a group: compare what is chosen; Esc goes back"],
  ["?", "these keys"],
] as const;
const OWNERS = ["M", "N", "L R", "1 … 6"];
const TAGGERS = [...OWNERS, "T", "U"];

/** Returns the keys that do something for whoever may do this much. */
export function keysFor(access: Access): readonly (readonly [string, string])[] {
  const closed = { owner: [] as string[], tagging: OWNERS, reading: TAGGERS }[access];
  return KEYS.filter(([key]) => !closed.includes(key));
}

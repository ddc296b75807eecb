// The name of a file, cut in its middle where it is too long: the extension and the last digits tell one file
// from the next. The text in the page is the whole name, so that it is found, copied and read aloud; over it,
// transparent, its beginning and its end are painted by the style sheet (theme.css) from attributes.

import { make, name } from "./dom";

const TAIL = 10; // characters of the end that always show
const TAIL_WITH_MORE = 5; // where more follows, such as a time: the extension at least

const characters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Returns an element for a file's name and what follows it, such as a time. */
export function fileName(className: string, file: string, more = ""): HTMLElement {
  const whole = more ? `${file} ${more}` : file;
  const at = splitAt(file, more ? TAIL_WITH_MORE : TAIL);
  if (at === 0) return name(`tagcat-ellipsis ${className}`, whole);
  const [head, tail] = [whole.slice(0, at), whole.slice(at)].map((part) => part.replace(/\s/g, "\u00a0"));
  return make(
    "span",
    `tagcat-middle ${className}`,
    { dir: "auto", title: whole },
    make("span", "tagcat-middle-whole", { text: whole }),
    make("span", "tagcat-middle-shown", { "aria-hidden": "true", "data-head": head, "data-tail": tail }),
  );
}

/** Returns where the end of a name begins, between whole characters; 0 where a name is short. */
function splitAt(file: string, tail: number): number {
  // Only the end is looked at: a name may be ten thousand characters long.
  const from = Math.max(0, file.length - 8 * tail);
  const starts = [...characters.segment(file.slice(from))].map(({ index }) => from + index);
  return starts.length > tail + 2 || from > 0 ? (starts.at(-tail) ?? 0) : 0;
}

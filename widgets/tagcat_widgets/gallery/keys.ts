// The keys of a gallery: where one leads, and how its help tells them.

export const KEYS = [
  ["← → ↑ ↓", "move"],
  ["Home End", "to the first, to the last"],
  ["Space", "add this one, or take it out"],
  ["Enter", "this one alone"],
  ["Shift", "with a move: all from here to there"],
  ["Alt Shift", "with a move: the rectangle from here to there"],
  ["Mouse", "draw a rectangle over some; with Ctrl, these too"],
  ["L", "draw free lines with the mouse, around some, or rectangles again; Alt does so for once"],
  ["Ctrl A", "all"],
  ["Esc", "none"],
  ["O", "open this one, where it lies on your own device"],
  ["?", "these keys"],
] as const;

export interface Place {
  focus: number;
  count: number;
  columns: number;
  rows: number;
  /** One row, in which up and down lead nowhere. */
  strip: boolean;
  /** Whether the page reads from right to left. */
  backwards: boolean;
}

/** Returns the index that a key leads to, or nothing where it is no key to move by. */
export function stepOf(
  key: string,
  { focus, count, columns, rows, strip, backwards }: Place,
): number | undefined {
  const last = count - 1;
  const right = backwards ? -1 : 1;
  const steps: Record<string, number> = {
    ArrowRight: focus + right,
    ArrowLeft: focus - right,
    ArrowDown: strip ? focus : Math.min(focus + columns, last),
    ArrowUp: strip || focus < columns ? focus : focus - columns,
    PageDown: focus + columns * rows,
    PageUp: focus - columns * rows,
    Home: 0,
    End: last,
  };
  const next = steps[key];
  return next === undefined ? undefined : Math.max(0, Math.min(last, next));
}

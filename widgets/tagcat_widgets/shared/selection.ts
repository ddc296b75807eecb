// What a click does to a selection; sets in, new sets out.

/** Returns the selection with one key added, or taken out where it was in. */
export function toggle(selected: ReadonlySet<string>, key: string): Set<string> {
  const next = new Set(selected);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Returns the selection with every key between two indices, both included. */
export function extend(
  keys: readonly string[],
  selected: ReadonlySet<string>,
  anchor: number,
  index: number,
): Set<string> {
  const range = keys.slice(Math.min(anchor, index), Math.max(anchor, index) + 1);
  return new Set([...selected, ...range]);
}

/** Returns the keys in the rectangle between two indices, where keys stand in rows of `columns`. */
export function rectangle(keys: readonly string[], columns: number, anchor: number, index: number): string[] {
  const between = (value: number, a: number, b: number) => value >= Math.min(a, b) && value <= Math.max(a, b);
  const line = (at: number) => Math.floor(at / columns);
  return keys.filter(
    (_, at) =>
      between(line(at), line(anchor), line(index)) &&
      between(at % columns, anchor % columns, index % columns),
  );
}

// Tags as a tree: from rows with a parent's name to lines with a depth, in the order of names.

export interface Tag {
  name: string;
  colour: string;
  parent: string | null;
  count: number;
  on: number;
}
export interface Line {
  tag: Tag;
  depth: number;
}

const order = new Intl.Collator(undefined, { numeric: true });

/** Returns the tags line by line, each under its parent; what has no parent here stands at the root. */
export function lines(tags: readonly Tag[]): Line[] {
  const names = new Set(tags.map((tag) => tag.name));
  const below = new Map<string | null, Tag[]>();
  for (const tag of tags) {
    const parent =
      tag.parent !== null && names.has(tag.parent) && tag.parent !== tag.name ? tag.parent : null;
    below.set(parent, [...(below.get(parent) ?? []), tag]);
  }
  const found: Line[] = [];
  const seen = new Set<string>();
  const walk = (parent: string | null, depth: number) => {
    const here = (below.get(parent) ?? []).sort((a, b) => order.compare(a.name, b.name));
    for (const tag of here) {
      if (seen.has(tag.name)) continue;
      seen.add(tag.name);
      found.push({ tag, depth });
      walk(tag.name, depth + 1);
    }
  };
  walk(null, 0);
  // A ring has no root; its tags are shown all the same.
  for (const tag of tags) if (!seen.has(tag.name)) found.push({ tag, depth: 0 });
  return found;
}

/** Returns the names that a typed word may mean: those that begin with it, then those that hold it. */
export function suggest(tags: readonly Pick<Tag, "name" | "count">[], typed: string, most = 8): string[] {
  const word = typed.trim().toLocaleLowerCase();
  if (!word) return [];
  const named = tags
    .map((tag) => ({ name: tag.name, at: tag.name.toLocaleLowerCase().indexOf(word), count: tag.count }))
    .filter(({ at }) => at >= 0);
  named.sort(
    (a, b) => Number(a.at > 0) - Number(b.at > 0) || b.count - a.count || order.compare(a.name, b.name),
  );
  return named.slice(0, most).map(({ name }) => name);
}

// What Python and the review share.

import type { Access } from "../shared/access";
import type { Item } from "../shared/item";

export interface Pair {
  a: Item;
  b: Item;
  distance: number;
  /** What was said of it before this page was opened, in the words of the collection. */
  verdict?: string;
}
export interface Group {
  title: string;
  items: Item[];
}
export interface Model {
  pairs: Pair[];
  groups: Group[];
  judged: Pair[];
  mode: "pairs" | "groups" | "judged";
  index: number;
  group_index: number;
  judged_index: number;
  rejected: [string, string][];
  confirmed: [string, string][];
  taken: [string, string][];
  removed: string[];
  tags: { name: string; count: number }[];
  told: string;
  undoable: boolean;
  maximum: number;
  height: number;
  empty: string;
  error: string;
  access: Access;
}

/** Returns why items can't leave the collection while another one is kept; nothing where they can. */
export function stuck(others: readonly Item[]): string {
  const moment = others.find((item) => item.time !== null);
  return moment ? `${moment.name}: a moment can't leave without its video` : "";
}

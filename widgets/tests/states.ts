// The traits of a widget as its Python half sends them before anything is said; a test says what differs.

import type { Access } from "../tagcat_widgets/shared/access";
import type { Item } from "../tagcat_widgets/shared/item";

/** Of an empty gallery. */
export const galleryState = () => ({
  items: [] as Item[],
  selected: [] as string[],
  arrangement: "grid" as "grid" | "strip",
  thumbnail_size: 160,
  height: 500,
  empty: "Nothing.",
  label: "Pictures",
  shortcuts: "",
  tools: true,
  sort: "",
  descending: false,
  search: "",
  filters: {} as Record<string, string>,
});

/** Of a review without pairs and groups. */
export const reviewState = () => ({
  pairs: [] as { a: Item; b: Item; distance: number }[],
  judged: [] as { a: Item; b: Item; distance: number; verdict: string }[],
  groups: [] as { title: string; items: Item[] }[],
  mode: "pairs" as "pairs" | "groups" | "judged",
  index: 0,
  group_index: 0,
  judged_index: 0,
  rejected: [] as [string, string][],
  confirmed: [] as [string, string][],
  taken: [] as [string, string][],
  removed: [] as string[],
  tags: [] as { name: string; count: number }[],
  told: "",
  undoable: false,
  maximum: 16,
  height: 500,
  empty: "Nothing.",
  error: "",
  access: "owner" as Access,
});

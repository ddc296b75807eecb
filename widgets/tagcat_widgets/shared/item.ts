// An item as Python sends it (`_items.py`), and the words under its picture.

import { make, name } from "./dom";
import { fileName } from "./file_name";
import { counted, formatTime } from "./format";

export interface Item {
  key: string;
  name: string;
  detail: string;
  badge: string;
  /** Seconds in a video; null for an image. */
  time: number | null;
  /** 16 hex digits, where it is told. */
  dhash?: string;
  /** What it can be filtered by: "tag", "label", "cluster", "match" … and its values. */
  facets?: Record<string, string[]>;
  /** What it can be sorted by: "date", "size", "distance", "group" …; missing ones come last. */
  ranks?: Record<string, number>;
}

/** Returns an item's name, with its time where it has one. */
export function nameOf(item: Item): string {
  return [item.name, timeOf(item)].filter(Boolean).join(" ");
}

/** Returns an item's time as 0:01.20, or nothing. */
export function timeOf(item: Item): string {
  return item.time === null ? "" : formatTime(item.time);
}

/** Returns the name and, quieter, the time and the detail of an item. */
export function captions(item: Item): HTMLElement {
  const detail = [timeOf(item), item.detail].filter(Boolean).join(" · ");
  return make(
    "div",
    "tagcat-review-caption",
    {},
    fileName("tagcat-review-name", item.name),
    name("tagcat-ellipsis tagcat-quiet tagcat-numbers", detail),
  );
}

/** Returns a distance in bits as a number, a bar that is full at `maximum`, and words. */
export function distanceBar(distance: number, maximum: number): HTMLElement {
  const fill = make("div", "tagcat-review-fill");
  fill.style.width = `${Math.min(100, (100 * distance) / Math.max(1, maximum))}%`;
  const said =
    distance === 0
      ? "the same hash"
      : `${counted(distance, "bits")} of 64 ${distance === 1 ? "differs" : "differ"}`;
  return make(
    "div",
    "tagcat-review-distance tagcat-numbers",
    {},
    make("span", "", { text: "Distance " }, make("strong", "", { text: distance })),
    make("div", "tagcat-review-track", { "aria-hidden": "true" }, fill),
    make("span", "tagcat-quiet", { text: said }),
  );
}

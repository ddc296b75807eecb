// The card beside a dot: its picture and its name, on the side that has room.

import { make } from "./dom";
import { fileName } from "./file_name";
import { type Item, timeOf } from "./item";
import type { Thumbnails } from "./thumbnails";

const WIDTH = 200; // px, as in the style sheet
const HEIGHT = 184;
const AWAY = 16; // px between the dot and its card

export class MapCard {
  private readonly thumb = make("div", "tagcat-thumb");
  private readonly words = make("div", "tagcat-map-words");
  // What it says is said by the option in focus, too.
  readonly element = make("div", "tagcat-map-card", { "aria-hidden": "true" }, this.thumb, this.words);

  constructor(private readonly thumbnails: Thumbnails) {
    this.element.hidden = true;
  }

  /** Shows an item beside a pixel of a map of that size. */
  show(item: Item, detail: string, [x, y]: [number, number], [width, height]: [number, number]): void {
    this.words.replaceChildren(
      fileName("tagcat-map-name", item.name),
      make("span", "tagcat-ellipsis tagcat-quiet tagcat-numbers", {
        text: [timeOf(item), detail].filter(Boolean).join(" · "),
      }),
    );
    this.thumbnails.attach(this.thumb, item.key);
    const side = x + AWAY + WIDTH <= width ? x + AWAY : x - AWAY - WIDTH;
    this.element.style.left = `${Math.max(4, side)}px`;
    this.element.style.top = `${Math.max(4, Math.min(height - HEIGHT, y - 80))}px`;
    this.element.hidden = false;
  }

  hide(): void {
    this.thumbnails.release(this.element);
    this.element.hidden = true;
  }
}

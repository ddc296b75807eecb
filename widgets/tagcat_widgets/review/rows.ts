// The list of the review: a row for each pair with both pictures, or for each group with its first two.

import { make, uniqueId } from "../shared/dom";
import { fileName } from "../shared/file_name";
import { counted } from "../shared/format";
import { type Item, timeOf } from "../shared/item";
import type { Thumbnails } from "../shared/thumbnails";
import { Virtual } from "../shared/virtual";
import type { Group, Pair } from "./model";
import type { Queue } from "./queue";

const ROW = 64; // px

export class Rows {
  readonly element = make("div", "tagcat-scroller tagcat-review-list", { role: "listbox", tabindex: 0 });
  private readonly id = uniqueId("review");
  private readonly virtual: Virtual;

  constructor(
    private readonly queue: Queue,
    private readonly thumbnails: Thumbnails,
    private readonly go: (index: number) => void,
  ) {
    this.virtual = new Virtual(this.element, {
      width: 0,
      height: () => ROW,
      gap: 2,
      render: (index) => this.row(index),
      release: (cell) => thumbnails.release(cell),
    });
  }

  /** Draws the list anew. */
  reset(): void {
    this.element.setAttribute("aria-label", this.queue.grouped ? "Groups" : "Pairs");
    this.virtual.reset(this.queue.count);
  }

  /** Shows which row is in question, and what was said of each pair. */
  style(): void {
    this.virtual.each((row, index) => this.styleRow(row, index));
    if (this.queue.count) this.element.setAttribute("aria-activedescendant", `${this.id}-${this.queue.at}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  /** Scrolls to the row in question. */
  reveal(): void {
    if (this.queue.count) this.virtual.reveal(this.queue.at);
  }

  close(): void {
    this.virtual.close();
  }

  private row(index: number): HTMLElement {
    const { queue, thumbnails } = this;
    const inside = queue.grouped
      ? groupRow(queue.groups[index] as Group, thumbnails)
      : pairRow(queue.pairs[index] as Pair, thumbnails);
    const attributes = { role: "option", id: `${this.id}-${index}`, "aria-setsize": queue.count };
    const row = make("div", "tagcat-review-row", { ...attributes, "aria-posinset": index + 1 }, ...inside);
    row.addEventListener("click", () => this.go(index));
    this.styleRow(row, index);
    return row;
  }

  private styleRow(row: HTMLElement, index: number): void {
    row.setAttribute("aria-selected", String(index === this.queue.at));
    if (this.queue.grouped) return;
    const text = this.queue.said(this.queue.pairs[index] as Pair);
    row.classList.toggle("tagcat-judged", text !== "");
    row.classList.toggle("tagcat-rejected", text !== "" && text !== "A match");
    const words = row.querySelector(".tagcat-review-said");
    if (words) words.textContent = text.toLowerCase();
  }
}

function minis(items: readonly Item[], thumbnails: Thumbnails): HTMLElement {
  const boxes = items.map((item) => {
    const box = make("div", "tagcat-thumb tagcat-mini");
    thumbnails.attach(box, item.key);
    return box;
  });
  return make("div", "tagcat-review-minis", {}, ...boxes);
}

/** Returns the inside of a pair's row. */
function pairRow(pair: Pair, thumbnails: Thumbnails): HTMLElement[] {
  return [
    minis([pair.a, pair.b], thumbnails),
    make(
      "div",
      "tagcat-review-words",
      {},
      fileName("", pair.a.name, timeOf(pair.a)),
      fileName("tagcat-quiet", pair.b.name, timeOf(pair.b)),
    ),
    make(
      "span",
      "tagcat-review-number tagcat-numbers",
      {},
      make("span", "tagcat-unseen", { text: "distance " }),
      make("span", "", { text: pair.distance }),
    ),
    make("span", "tagcat-unseen tagcat-review-said"),
  ];
}

/** Returns the inside of a group's row. */
function groupRow(group: Group, thumbnails: Thumbnails): HTMLElement[] {
  return [
    minis(group.items.slice(0, 2), thumbnails),
    make(
      "div",
      "tagcat-review-words",
      {},
      fileName("", group.title),
      make("span", "tagcat-quiet", { text: counted(group.items.length, "items") }),
    ),
  ];
}

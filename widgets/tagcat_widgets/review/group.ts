// The pictures of a group, of which some can be chosen to be looked at side by side.

import { make, uniqueId } from "../shared/dom";
import { fileName } from "../shared/file_name";
import { counted } from "../shared/format";
import { captions, type Item } from "../shared/item";
import { toggle } from "../shared/selection";
import type { Thumbnails } from "../shared/thumbnails";
import { openHere } from "../shared/viewer";
import { Virtual } from "../shared/virtual";
import type { Group } from "./model";

/** How many stand side by side at most. */
export const MOST = 6;

export class GroupGrid {
  readonly element = make("div", "tagcat-review-group");
  private readonly id = uniqueId("group");
  private readonly title = make("div", "tagcat-review-title");
  private readonly list = make("div", "tagcat-scroller tagcat-review-grid", {
    role: "listbox",
    "aria-multiselectable": "true",
    tabindex: 0,
  });
  private readonly grid: Virtual;
  private group: Group | undefined;
  private chosen: ReadonlySet<string> = new Set();
  private gone: ReadonlySet<string> = new Set();
  private at = 0;

  constructor(
    private readonly thumbnails: Thumbnails,
    private readonly changed: () => void,
  ) {
    this.element.append(this.title, this.list);
    this.grid = new Virtual(this.list, {
      width: 150,
      height: (width) => Math.round(width * 0.75) + 44,
      gap: 12,
      render: (index) => this.cell(index),
      release: (cell) => thumbnails.release(cell),
    });
    this.list.addEventListener("keydown", (event) => this.press(event));
  }

  /** The chosen items in the order of the group, else its first two. */
  get items(): Item[] {
    const all = (this.group?.items ?? []).filter((item) => !this.gone.has(item.key));
    const chosen = all.filter((item) => this.chosen.has(item.key));
    return (chosen.length ? chosen : all.slice(0, 2)).slice(0, MOST);
  }

  /** Shows a group, or none; what is chosen stays chosen while it is the same one. */
  show(group: Group | undefined, gone: ReadonlySet<string>): void {
    const same = this.group === group;
    this.group = group;
    this.gone = gone;
    if (!same) {
      this.chosen = new Set();
      this.at = 0;
      this.list.setAttribute("aria-label", group?.title ?? "");
      this.title.replaceChildren(
        fileName("", group?.title ?? ""),
        make("span", "tagcat-quiet", { text: counted(group?.items.length ?? 0, "items") }),
      );
      this.grid.reset(group?.items.length ?? 0);
    }
    this.style();
  }

  /** Gives the keys to the grid. */
  focus(): void {
    this.list.focus({ preventScroll: true });
  }

  close(): void {
    this.grid.close();
  }

  private cell(index: number): HTMLElement {
    const item = this.group?.items[index] as Item;
    const box = make("div", "tagcat-thumb tagcat-review-medium");
    this.thumbnails.attach(box, item.key);
    const count = this.group?.items.length ?? 0;
    const attributes = {
      role: "option",
      id: `${this.id}-${index}`,
      "aria-setsize": count,
      "aria-posinset": index + 1,
    };
    const cell = make("div", "tagcat-review-cell", attributes, box, captions(item));
    cell.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest(".tagcat-thumb-here")) {
        void openHere(item.key, cell);
      } else this.choose(index);
    });
    this.styleCell(cell, index);
    return cell;
  }

  private choose(index: number): void {
    const item = this.group?.items[index];
    if (!item) return;
    this.at = index;
    if (!this.gone.has(item.key)) this.chosen = toggle(this.chosen, item.key);
    this.style();
    this.changed();
  }

  private style(): void {
    this.grid.each((cell, index) => this.styleCell(cell, index));
    this.list.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
  }

  private styleCell(cell: HTMLElement, index: number): void {
    const key = this.group?.items[index]?.key ?? "";
    cell.setAttribute("aria-selected", String(this.chosen.has(key)));
    cell.setAttribute("aria-disabled", String(this.gone.has(key)));
    cell.classList.toggle("tagcat-gone", this.gone.has(key));
    cell.classList.toggle("tagcat-focus", index === this.at);
  }

  private press(event: KeyboardEvent): void {
    const last = (this.group?.items.length ?? 0) - 1;
    const steps: Record<string, number> = {
      ArrowRight: this.at + 1,
      ArrowLeft: this.at - 1,
      ArrowDown: this.at + this.grid.columns,
      ArrowUp: this.at - this.grid.columns,
      Home: 0,
      End: last,
    };
    const next = steps[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (next !== undefined) {
      if (next >= 0 && next <= last) this.at = next;
      this.grid.reveal(this.at);
      this.style();
    } else if (event.key === " ") this.choose(this.at);
    else if (event.key === "o") void openHere(this.group?.items[this.at]?.key ?? "", this.list);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

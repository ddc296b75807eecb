// Two pictures or more, large: side by side, one over the other behind a divider, or what differs between
// their pixels. Below, their distance and the bits that differ. More than two stand side by side only, each
// with its distance to the first.

import { bitSquare, differing } from "../shared/bits";
import { drawDifference, drawOver } from "../shared/difference";
import { make } from "../shared/dom";
import { counted } from "../shared/format";
import { captions, distanceBar, type Item, nameOf } from "../shared/item";
import type { Thumbnails } from "../shared/thumbnails";
import { stuck } from "./model";

export type View = "side" | "over" | "difference";
const VIEWS: [View, string][] = [
  ["side", "Side by side"],
  ["over", "Overlay"],
  ["difference", "Difference"],
];

export interface Shown {
  items: readonly Item[];
  /** Bits between the first two, where they are known. */
  distance: number | undefined;
  /** The distance that fills the bar. */
  maximum: number;
  /** What was said of them. */
  verdict: string;
  /** Keys of items that have left the collection. */
  gone: ReadonlySet<string>;
  /** Whether one may be kept, so that the others leave. */
  keeps: boolean;
}

/** Returns the distance of two items by their hashes, or nothing where one is not known. */
export function distanceOf(a: Item, b: Item): number | undefined {
  return differing(a.dhash ?? "", b.dhash ?? "")?.length;
}

export class Comparison {
  readonly element = make("div", "tagcat-compare");
  private view: View = "side";
  private shown: Shown | undefined;
  private divider = 50;
  private wanted: string[] = [];
  private readonly pictures = new Map<string, HTMLImageElement>();
  private readonly tabs = new Map<View, HTMLButtonElement>();
  private readonly head = make("div", "tagcat-review-tabs", { role: "group", "aria-label": "View" });
  private readonly sides = make("div", "tagcat-review-sides");
  private readonly canvas = make("canvas", "tagcat-compare-canvas", { role: "img" });
  private readonly slider = make("input", "tagcat-compare-slider", { type: "range", min: 0, max: 100 });
  private readonly swap = make("button", "tagcat-button", { type: "button", "aria-keyshortcuts": "B" });
  private readonly under: HTMLElement;
  private readonly told = make("div", "tagcat-quiet tagcat-compare-told");
  private readonly laid: HTMLElement;
  private readonly facts = make("div", "tagcat-compare-facts");

  constructor(
    private readonly thumbnails: Thumbnails,
    private readonly keep: (kept: Item, others: Item[]) => void,
  ) {
    for (const [view, text] of VIEWS) {
      const tab = make("button", "tagcat-review-tab", { type: "button", text });
      tab.addEventListener("click", () => this.turn(view));
      this.tabs.set(view, tab);
      this.head.append(tab);
    }
    this.head.append(make("kbd", "tagcat-key", { text: "D", title: "The next view", "aria-hidden": "true" }));
    this.swap.append(
      make("span", "", { text: "Blink" }),
      make("kbd", "", { text: "B", "aria-hidden": "true" }),
    );
    this.swap.title = "Show the other picture alone";
    this.swap.addEventListener("click", () => this.blink());
    this.slider.setAttribute("aria-label", "Divider between the left and the right picture");
    this.slider.addEventListener("input", () => this.divide(Number(this.slider.value)));
    this.canvas.addEventListener("pointerdown", (event) => this.drag(event));
    this.canvas.addEventListener("pointermove", (event) => event.buttons && this.drag(event));
    this.under = make("div", "tagcat-compare-under", {}, this.slider, this.swap);
    this.laid = make("div", "tagcat-compare-laid", {}, this.canvas, this.under, this.told);
    this.element.append(this.head, this.sides, this.laid, this.facts);
  }

  /** Shows other items; the view stays. */
  show(shown: Shown): void {
    const before = [...this.sides.children];
    this.shown = shown;
    this.sides.replaceChildren(...shown.items.map((item, at) => this.figure(item, at)));
    this.sides.classList.toggle("tagcat-many", shown.items.length > 2);
    // Released after the new ones are attached, so that a picture shown in both keeps its URL.
    for (const child of before) this.thumbnails.release(child as HTMLElement);
    this.state();
    this.draw();
  }

  clear(): void {
    for (const child of [...this.sides.children]) this.thumbnails.release(child as HTMLElement);
    this.sides.replaceChildren();
    this.facts.replaceChildren();
    this.forget([]);
    this.shown = undefined;
  }

  /** Shows another view; the next one where none is named. */
  turn(view?: View): void {
    const at = VIEWS.findIndex(([name]) => name === this.view);
    this.view = view ?? (VIEWS[(at + 1) % VIEWS.length] as [View, string])[0];
    this.draw();
  }

  /** Goes from one picture to the other, over each other. */
  blink(): void {
    if (this.pair() === undefined) return;
    if (this.view !== "over") this.turn("over");
    this.divide(this.divider < 100 ? 100 : 0);
  }

  private pair(): [Item, Item] | undefined {
    const items = this.shown?.items ?? [];
    return items.length === 2 ? [items[0] as Item, items[1] as Item] : undefined;
  }

  private figure(item: Item, at: number): HTMLElement {
    const { items, gone, verdict, keeps } = this.shown as Shown;
    const box = make("div", "tagcat-thumb tagcat-review-large");
    box.dataset.key = item.key;
    const figure = make("figure", "tagcat-review-figure", {}, box, captions(item));
    const left = gone.has(item.key);
    figure.classList.toggle("tagcat-gone", left);
    this.thumbnails.attach(box, item.key, nameOf(item));
    if (left) figure.append(make("div", "tagcat-review-left", { text: "left the collection" }));
    if (verdict === "" && keeps) figure.append(this.keeper(item, at, items, gone));
    return figure;
  }

  /** Returns the button that keeps one item and takes the others out. */
  private keeper(item: Item, at: number, items: readonly Item[], gone: ReadonlySet<string>): HTMLElement {
    const others = items.filter((other) => other.key !== item.key && !gone.has(other.key));
    const two = items.length === 2;
    const [text, key] = two
      ? at
        ? ["Keep right", "R"]
        : ["Keep left", "L"]
      : ["Keep only this", `${at + 1}`];
    const why = stuck(others);
    const named = others.map((other) => other.name).join(", ");
    const button = make(
      "button",
      "tagcat-button tagcat-review-keep",
      {
        type: "button",
        "aria-keyshortcuts": key,
        disabled: why !== "" || gone.has(item.key) || others.length === 0,
        title:
          why ||
          `Takes ${named} out of the collection. No file on the disk is touched, and U brings it back.`,
      },
      make("span", "", { text }),
      make("kbd", "", { text: key, "aria-hidden": "true" }),
    );
    button.addEventListener("click", () => this.keep(item, others));
    return button;
  }

  /** Writes the distance and the bits that differ. */
  private state(): void {
    const { items, distance, maximum } = this.shown as Shown;
    const [first, ...others] = items as [Item, ...Item[]];
    if (others.length > 1) {
      const words = others.map((other) => {
        const bits = distanceOf(first, other);
        return `${nameOf(other)}: ${bits === undefined ? "not known" : counted(bits, "bits")}`;
      });
      const text = `Distance to ${nameOf(first)}: ${words.join(" · ")}`;
      this.facts.replaceChildren(make("div", "tagcat-quiet", { text, dir: "auto" }));
      return;
    }
    const square = others[0] && bitSquare(first.dhash ?? "", others[0].dhash ?? "");
    this.facts.replaceChildren();
    if (square) {
      square.title = "The 64 bits of the dHash; those that differ are marked";
      this.facts.append(square);
    }
    if (distance !== undefined) this.facts.append(distanceBar(distance, maximum));
  }

  private draw(): void {
    const pair = this.pair();
    const view = pair ? this.view : "side";
    for (const [name, tab] of this.tabs) {
      tab.setAttribute("aria-pressed", String(name === view));
      tab.disabled = pair === undefined && name !== "side";
      tab.title = tab.disabled ? "For two pictures" : "";
    }
    this.sides.hidden = view !== "side";
    this.laid.hidden = view === "side";
    this.under.hidden = view !== "over";
    this.told.hidden = view !== "difference";
    this.forget(pair && view !== "side" ? pair.map((item) => item.key) : []);
    if (!pair || view === "side") return;
    const names = `${nameOf(pair[0])} and ${nameOf(pair[1])}`;
    this.canvas.setAttribute(
      "aria-label",
      view === "over" ? `${names}, overlaid` : `What differs between ${names}`,
    );
    for (const key of this.wanted) {
      if (!this.pictures.has(key)) this.thumbnails.want(key, (url) => this.load(key, url));
    }
    this.paint();
  }

  private load(key: string, url: string): void {
    const picture = new Image();
    picture.addEventListener("load", () => {
      if (!this.wanted.includes(key)) return;
      this.pictures.set(key, picture);
      this.paint();
    });
    picture.src = url;
  }

  /** Wants these pictures and no others. */
  private forget(wanted: string[]): void {
    for (const key of this.wanted) {
      if (wanted.includes(key)) continue;
      this.thumbnails.unwant(key);
      this.pictures.delete(key);
    }
    this.wanted = wanted;
  }

  private paint(): void {
    const [left, right] = this.wanted.map((key) => this.pictures.get(key));
    const ready = left !== undefined && right !== undefined;
    this.canvas.classList.toggle("tagcat-waiting", !ready);
    this.told.textContent = "";
    if (!ready) {
      this.canvas.width = this.canvas.height = 1;
      if (this.view === "difference") this.told.textContent = "Both pictures are needed; one is not here.";
    } else if (this.view === "over") drawOver(this.canvas, left, right, this.divider / 100);
    else this.told.textContent = drawDifference(this.canvas, left, right);
    this.slider.value = String(this.divider);
    this.slider.setAttribute("aria-valuetext", `${this.divider} % of the left picture`);
  }

  private divide(divider: number): void {
    this.divider = divider;
    this.paint();
  }

  /** Moves the divider to where the pointer is on the picture, which may be narrower than its canvas. */
  private drag(event: PointerEvent): void {
    if (this.view !== "over") return;
    const box = this.canvas.getBoundingClientRect();
    const scale = Math.min(box.width / this.canvas.width, box.height / this.canvas.height);
    const width = this.canvas.width * scale;
    if (!(width > 0)) return;
    const part = (event.clientX - (box.left + (box.width - width) / 2)) / width;
    this.divide(Math.round(100 * Math.min(1, Math.max(0, part))));
  }
}

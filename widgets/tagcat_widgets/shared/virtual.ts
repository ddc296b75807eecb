// Draws only the cells that can be seen. A scroller holds one tall (or wide) canvas; cells are placed on it
// by index as they come into view and dropped as they leave it, so that 10,000 items cost as much as 50.

import { make } from "./dom";

export interface Shape {
  /** Draws the cell of one index. */
  render: (index: number) => HTMLElement;
  /** Hears that a cell was taken off the screen. */
  release?: (cell: HTMLElement) => void;
  /** Least width of a cell in CSS pixels; 0: one column as wide as the scroller. */
  width: number;
  /** Height of a cell whose width came out as given. */
  height: (width: number) => number;
  gap: number;
  /** One row that scrolls sideways, its cells exactly `width` wide. */
  horizontal?: boolean;
}

const AHEAD = 300; // px drawn beyond each edge, so that a slow scroll never shows an empty cell
const UNMEASURED = 800; // px: a page that is laid out later, or a test without layout

export class Virtual {
  readonly canvas = make("div", "tagcat-canvas", { role: "none" });
  columns = 1;
  private count = 0;
  private readonly cells = new Map<number, HTMLElement>();
  private readonly observer: ResizeObserver | undefined;
  private frame = 0;

  constructor(
    readonly scroller: HTMLElement,
    private shape: Shape,
  ) {
    scroller.append(this.canvas);
    scroller.addEventListener("scroll", this.later, { passive: true });
    if (typeof ResizeObserver === "function") {
      this.observer = new ResizeObserver(this.later);
      this.observer.observe(scroller);
    }
  }

  /** Draws everything anew for `count` items, in another shape if one is given. */
  reset(count: number, shape: Partial<Shape> = {}): void {
    this.shape = { ...this.shape, ...shape };
    this.count = count;
    this.clear();
    this.draw();
  }

  /** Calls `change` with each drawn cell. */
  each(change: (cell: HTMLElement, index: number) => void): void {
    for (const [index, cell] of this.cells) change(cell, index);
  }

  cell(index: number): HTMLElement | undefined {
    return this.cells.get(index);
  }

  /** Scrolls as little as needed to show an index whole, and draws it. */
  reveal(index: number): void {
    const { size, along, view } = this.measure();
    const lead = Math.floor(index / (this.shape.horizontal ? 1 : this.columns)) * (along + this.shape.gap);
    const now = this.shape.horizontal ? this.scroller.scrollLeft : this.scroller.scrollTop;
    let next = now;
    if (lead < now) next = lead;
    else if (lead + along > now + view) next = Math.min(lead + along - view, Math.max(0, size - view));
    if (next !== now) {
      if (this.shape.horizontal) this.scroller.scrollLeft = next;
      else this.scroller.scrollTop = next;
    }
    this.draw();
  }

  /** Returns the indices of the cells that a rectangle on the canvas touches, drawn or not. */
  touched(left: number, top: number, right: number, bottom: number): number[] {
    const { along, across, cell } = this.measure();
    const { gap, horizontal } = this.shape;
    const [down, wide] = horizontal ? [across, along] : [along, cell];
    const columns = horizontal ? this.count : this.columns;
    const lines = Math.ceil(this.count / Math.max(1, columns));
    // A cell begins every `size + gap` pixels; the gap behind it belongs to none.
    const range = (from: number, to: number, size: number, count: number): [number, number] => [
      Math.max(0, Math.ceil((from - size) / (size + gap))),
      Math.min(count - 1, Math.floor(to / (size + gap))),
    ];
    const [first, last] = range(left, right, wide, columns);
    const [head, foot] = range(top, bottom, down, lines);
    const found: number[] = [];
    for (let line = head; line <= foot; line++) {
      for (let column = first; column <= last; column++) {
        const index = line * columns + column;
        if (index < this.count) found.push(index);
      }
    }
    return found;
  }

  /** Returns the middle of a cell on the canvas, drawn or not. */
  middle(index: number): [number, number] {
    const { along, across, cell } = this.measure();
    const { gap, horizontal } = this.shape;
    if (horizontal) return [index * (along + gap) + along / 2, across / 2];
    const line = Math.floor(index / this.columns);
    return [(index % this.columns) * (cell + gap) + cell / 2, line * (along + gap) + along / 2];
  }

  /** How many rows fit in the view. */
  get rows(): number {
    const { along, view } = this.measure();
    return Math.max(1, Math.floor(view / (along + this.shape.gap)));
  }

  close(): void {
    this.observer?.disconnect();
    this.scroller.removeEventListener("scroll", this.later);
    cancelAnimationFrame(this.frame);
    this.clear();
  }

  private readonly later = () => {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  };

  private clear(): void {
    for (const cell of this.cells.values()) this.drop(cell);
    this.cells.clear();
  }

  private drop(cell: HTMLElement): void {
    this.shape.release?.(cell);
    cell.remove();
  }

  /** Returns the canvas's length, a cell's length and the view's length along the scroll, in pixels. */
  private measure() {
    const { width, height, gap, horizontal } = this.shape;
    const outer = this.canvas.clientWidth || this.scroller.clientWidth || UNMEASURED;
    if (horizontal) {
      const size = Math.max(0, this.count * (width + gap) - gap);
      const view = this.scroller.clientWidth || UNMEASURED;
      return { size, along: width, view, across: height(width), cell: width };
    }
    this.columns = width ? Math.max(1, Math.floor((outer + gap) / (width + gap))) : 1;
    const cell = (outer - gap * (this.columns - 1)) / this.columns;
    const along = height(cell);
    const lines = Math.ceil(this.count / this.columns);
    const view = this.scroller.clientHeight || UNMEASURED;
    return { size: Math.max(0, lines * (along + gap) - gap), along, view, across: cell, cell };
  }

  private draw(): void {
    const { gap, horizontal } = this.shape;
    // The canvas of a horizontal list has a width of its own; a vertical one takes its scroller's.
    if (!horizontal) this.canvas.style.width = "";
    const { size, along, view, across, cell: width } = this.measure();
    this.canvas.style[horizontal ? "width" : "height"] = `${size}px`;
    if (horizontal) this.canvas.style.height = `${across}px`;
    const start = (horizontal ? this.scroller.scrollLeft : this.scroller.scrollTop) - AHEAD;
    const step = along + gap;
    const perLine = horizontal ? 1 : this.columns;
    const from = Math.max(0, Math.floor(start / step)) * perLine;
    const to = Math.min(this.count, Math.ceil((start + view + 2 * AHEAD) / step) * perLine);
    for (const [index, cell] of this.cells) {
      if (index >= from && index < to) continue;
      this.drop(cell);
      this.cells.delete(index);
    }
    let before: HTMLElement | undefined;
    for (let index = from; index < to; index++) {
      let cell = this.cells.get(index);
      if (!cell) {
        cell = this.shape.render(index);
        this.cells.set(index, cell);
        // In the order of the items, so that a screen reader meets them in it.
        if (before) before.after(cell);
        else this.canvas.prepend(cell);
      }
      before = cell;
      const line = Math.floor(index / perLine) * step;
      const side = (index % perLine) * (width + gap);
      const [x, y] = horizontal ? [line, 0] : [side, line];
      cell.style.transform = `translate(${x}px, ${y}px)`;
      cell.style.width = `${width}px`;
      cell.style.height = `${horizontal ? across : along}px`;
    }
  }
}

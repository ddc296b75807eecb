// What is drawn with the mouse over a gallery: a rectangle, which selects what it touches, or a free line, which
// selects those whose middle it runs around. It may begin anywhere, on a picture too, since pictures are not
// dragged away; near the edge the list scrolls on. A finger scrolls as ever.

import { make } from "../shared/dom";
import { within } from "../shared/scatter";
import type { Virtual } from "../shared/virtual";

const SLACK = 6; // px that a click may slip
const EDGE = 36; // px from the edge where the list begins to scroll
const FASTEST = 24; // px a frame
const STEP = 4; // px between two corners of a free line
// Parsed, since making it by hand takes an address of its namespace, and bundles hold no address.
const LINE = '<svg class="tagcat-lasso-line" aria-hidden="true"><polygon points=""></polygon></svg>';

export interface Drawing {
  /** Whether a line is free, where no key says so. */
  free(): boolean;
  /** What the drawing holds now; `keep` to add it to what was selected. */
  touch(hits: number[], keep: boolean): void;
  /** The drawing was let go; without `done` it was given up. */
  end(done: boolean): void;
}

export class Lasso {
  private readonly box = make("div", "tagcat-lasso", { "aria-hidden": "true" });
  private readonly line = new DOMParser().parseFromString(LINE, "text/html").body
    .firstElementChild as Element;
  private readonly shape = this.line.firstElementChild as Element;
  private corners: number[] = []; // of a free line, x and y on the canvas
  private free = false;
  private pointer = -1;
  private start = { x: 0, y: 0 };
  private now = { x: 0, y: 0 }; // in the window
  private keep = false;
  private drawing = false;
  private frame = 0;

  constructor(
    private readonly list: HTMLElement,
    private readonly grid: Virtual,
    private readonly heard: Drawing,
  ) {
    list.addEventListener("pointerdown", this.down);
    list.addEventListener("pointermove", this.move);
    list.addEventListener("pointerup", this.up);
    list.addEventListener("pointercancel", this.cancel);
    list.addEventListener("click", this.click, { capture: true });
  }

  /** Gives up what is being drawn; returns whether there was something. */
  readonly cancel = (): boolean => {
    const drawn = this.drawing;
    this.finish();
    if (drawn) this.heard.end(false);
    return drawn;
  };

  close(): void {
    this.finish();
  }

  private readonly down = (event: PointerEvent) => {
    const { left, top } = this.list.getBoundingClientRect();
    const inside =
      event.clientX - left < this.list.clientWidth && event.clientY - top < this.list.clientHeight;
    if (event.button !== 0 || event.pointerType === "touch" || !inside) return; // a finger, or the scroll bar
    this.pointer = event.pointerId;
    this.start = this.place(event.clientX, event.clientY);
    this.now = { x: event.clientX, y: event.clientY };
    this.keep = event.ctrlKey || event.metaKey || event.shiftKey;
    this.free = event.altKey || this.heard.free();
    this.corners = [this.start.x, this.start.y];
  };

  private readonly move = (event: PointerEvent) => {
    if (event.pointerId !== this.pointer) return;
    this.now = { x: event.clientX, y: event.clientY };
    if (!this.drawing) {
      const { x, y } = this.place(event.clientX, event.clientY);
      if (Math.hypot(x - this.start.x, y - this.start.y) < SLACK) return;
      this.drawing = true;
      this.list.setPointerCapture?.(event.pointerId);
      this.grid.canvas.append(this.free ? this.line : this.box);
      this.frame = requestAnimationFrame(this.scroll);
    }
    this.draw();
  };

  private readonly up = (event: PointerEvent) => {
    if (event.pointerId !== this.pointer) return;
    const drawn = this.drawing;
    this.finish();
    if (!drawn) return;
    this.swallow = true;
    setTimeout(() => {
      this.swallow = false; // where no click follows
    });
    this.heard.end(true);
  };

  private swallow = false;
  /** The click that ends a drawing chooses nothing. */
  private readonly click = (event: Event) => {
    if (!this.swallow) return;
    this.swallow = false;
    event.stopPropagation();
    event.preventDefault();
  };

  private finish(): void {
    cancelAnimationFrame(this.frame);
    this.pointer = -1;
    this.drawing = false;
    this.box.remove();
    this.line.remove();
  }

  /** Returns a point of the window on the canvas, which moves as the list scrolls. */
  private place(x: number, y: number): { x: number; y: number } {
    const { left, top } = this.grid.canvas.getBoundingClientRect();
    return { x: x - left, y: y - top };
  }

  private draw(): void {
    const { x, y } = this.place(this.now.x, this.now.y);
    if (this.free) {
      this.drawLine(x, y);
      return;
    }
    const [left, top] = [Math.min(x, this.start.x), Math.min(y, this.start.y)];
    const [right, bottom] = [Math.max(x, this.start.x), Math.max(y, this.start.y)];
    const { width, height } = this.grid.canvas.getBoundingClientRect();
    const edge = (value: number, most: number) => Math.max(0, Math.min(value, most));
    this.box.style.transform = `translate(${edge(left, width)}px, ${edge(top, height)}px)`;
    this.box.style.width = `${edge(right, width) - edge(left, width)}px`;
    this.box.style.height = `${edge(bottom, height) - edge(top, height)}px`;
    this.heard.touch(this.grid.touched(left, top, right, bottom), this.keep);
  }

  private drawLine(x: number, y: number): void {
    const [before, above] = this.corners.slice(-2) as [number, number];
    if (Math.hypot(x - before, y - above) >= STEP) this.corners.push(x, y);
    this.shape.setAttribute("points", [...this.corners, x, y].join(" "));
    const xs = this.corners.filter((_, at) => at % 2 === 0);
    const ys = this.corners.filter((_, at) => at % 2 === 1);
    const most = (numbers: number[]) => numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const least = (numbers: number[]) => numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const near = this.grid.touched(least(xs), least(ys), most(xs), most(ys));
    const middles = new Float32Array(near.flatMap((index) => this.grid.middle(index)));
    this.heard.touch(
      within(middles, this.corners).map((at) => near[at] as number),
      this.keep,
    );
  }

  /** Scrolls on while the pointer stands near an edge. */
  private readonly scroll = () => {
    const box = this.list.getBoundingClientRect();
    const speed = (before: number, after: number) =>
      Math.max(0, Math.min(FASTEST, (EDGE - after) / 2)) -
      Math.max(0, Math.min(FASTEST, (EDGE - before) / 2));
    const dx = speed(this.now.x - box.left, box.right - this.now.x);
    const dy = speed(this.now.y - box.top, box.bottom - this.now.y);
    const [x, y] = [this.list.scrollLeft, this.list.scrollTop];
    this.list.scrollBy?.(dx, dy);
    if (this.list.scrollLeft !== x || this.list.scrollTop !== y) this.draw();
    this.frame = requestAnimationFrame(this.scroll);
  };
}

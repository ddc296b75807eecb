// Thumbnails on demand. A view attaches boxes to keys; the keys that are on screen and not yet here are
// asked for in one message {type: "thumbnails", view, keys}, which replaces the view's earlier wish: what
// was scrolled past is never drawn. The kernel answers {type: "thumbnails", view, found, missing} with one
// buffer for each key found. What the kernel has no picture of may lie on this device: then it is drawn from
// there, and what does lie here is marked; the mark is a button where its box may hold one. When the person
// lets the browser open more, what is missing is tried again. A picture lives as a blob URL while it is on
// screen or among the last few.

import type { AnyModel } from "@anywidget/types";
import { ALLOWED, keptAt } from "./device_files";
import { deviceThumbnail } from "./device_thumbnail";
import { hereMark, make } from "./dom";
import { contentOf, openHere } from "./viewer";

interface Answer {
  type?: unknown;
  view?: unknown;
  found?: string[];
  missing?: { key: string; reason: string }[];
  sheet?: [string, number, number, number, number][]; // key, left, top, width, height in the one buffer
}

/** A decoded picture, or its place in a decoded sheet of many. */
export interface Picture {
  bitmap: ImageBitmap;
  left: number;
  top: number;
  width: number;
  height: number;
}

const PAUSE = 40; // ms: a fast scroll becomes few messages

export class Thumbnails {
  private readonly view = Math.random().toString(36).slice(2);
  private readonly urls = new Map<string, string>(); // oldest use first
  private readonly reasons = new Map<string, string>();
  private readonly boxes = new Map<HTMLElement, string>();
  private readonly openers = new WeakMap<HTMLElement, string>(); // boxes whose mark is a button, and its name
  private readonly takers = new Map<string, (url: string) => void>();
  private readonly receivers = new Map<string, (picture: Picture) => void>();
  private readonly here = new Set<string>(); // keys whose files lie on this device
  private closed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    // biome-ignore lint/suspicious/noExplicitAny: any widget's model can carry thumbnails
    private readonly model: AnyModel<any>,
    private readonly keep = 300,
    private readonly small = false, // of at most 80 pixels a side, many on one sheet
  ) {
    model.on("msg:custom", this.receive);
    globalThis.addEventListener(ALLOWED, this.retry);
  }

  /** Shows the thumbnail of `key` in `box`, as soon as it is here.
   *
   * With `opens`, the item's name, the mark of what lies on this device is a button that opens it. An option
   * of a listbox may hold no button: there the mark is a sign.
   */
  attach(box: HTMLElement, key: string, opens?: string): void {
    this.boxes.set(box, key);
    if (opens !== undefined) this.openers.set(box, opens);
    this.paint(box, key);
    if (!this.urls.has(key) && !this.reasons.has(key)) this.schedule();
    if (!this.here.has(key)) void this.look(key);
  }

  /** Calls `take` with the picture's blob URL as soon as it is here; for what is drawn without an element. */
  want(key: string, take: (url: string) => void): void {
    this.takers.set(key, take);
    const url = this.urls.get(key);
    if (url !== undefined) take(url);
    else if (!this.reasons.has(key)) this.schedule();
  }

  /** Says that what was wanted is wanted no more. */
  unwant(key: string): void {
    this.takers.delete(key);
    this.trim();
  }

  /** Calls `receive` once with the decoded picture, for who draws and keeps it. */
  fetch(key: string, receive: (picture: Picture) => void): void {
    this.receivers.set(key, receive);
    if (!this.reasons.has(key)) this.schedule();
  }

  /** Says that `box`, or every box inside it, has left the screen. */
  release(element: HTMLElement): void {
    this.boxes.delete(element);
    for (const box of element.querySelectorAll<HTMLElement>(".tagcat-thumb")) this.boxes.delete(box);
    this.trim();
  }

  /** Forgets why thumbnails were missing, so that they are asked for again. */
  readonly retry = (): void => {
    this.reasons.clear();
    this.schedule();
  };

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.model.off("msg:custom", this.receive);
    globalThis.removeEventListener(ALLOWED, this.retry);
    for (const url of this.urls.values()) URL.revokeObjectURL(url);
    this.urls.clear();
    this.boxes.clear();
    this.takers.clear();
    this.receivers.clear();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const lacking = [...this.boxes.values(), ...this.takers.keys()].filter((key) => !this.urls.has(key));
      const keys = [...new Set([...lacking, ...this.receivers.keys()])].filter(
        (key) => !this.reasons.has(key),
      );
      const small = this.small ? { small: true } : {};
      if (keys.length) this.model.send({ type: "thumbnails", view: this.view, keys, ...small });
    }, PAUSE);
  }

  private readonly receive = (message: Answer, buffers: DataView[]) => {
    if (message?.type !== "thumbnails" || message.view !== this.view) return;
    if (message.sheet && buffers[0]) void this.takeSheet(message.sheet, buffers[0]);
    for (const [index, key] of (message.found ?? []).entries()) {
      const buffer = buffers[index];
      if (buffer) this.take(key, new Blob([buffer as BlobPart], { type: "image/jpeg" }));
    }
    for (const { key, reason } of message.missing ?? []) {
      this.reasons.set(key, reason);
      this.repaint(key);
      void this.drawHere(key);
    }
    this.trim();
  };

  /** Gives a picture to who wants it, else shows it where it stands. */
  private take(key: string, picture: Blob): void {
    const receive = this.receivers.get(key);
    this.receivers.delete(key);
    if (receive) {
      createImageBitmap(picture).then(
        (bitmap) => receive({ bitmap, left: 0, top: 0, width: bitmap.width, height: bitmap.height }),
        () => {}, // no picture: whoever waits goes on without one
      );
    }
    if (this.small || this.urls.has(key)) return;
    if (receive && !this.takers.has(key) && ![...this.boxes.values()].includes(key)) return;
    const url = URL.createObjectURL(picture);
    this.urls.set(key, url);
    this.repaint(key);
    this.takers.get(key)?.(url);
  }

  /** Gives the pictures of a sheet to those who want them. */
  private async takeSheet(tiles: NonNullable<Answer["sheet"]>, buffer: DataView): Promise<void> {
    const wanted = tiles.flatMap(([key, ...place]) => {
      const receive = this.receivers.get(key);
      this.receivers.delete(key); // it is asked for no more
      return receive ? [{ receive, place }] : [];
    });
    const bitmap = await createImageBitmap(new Blob([buffer as BlobPart], { type: "image/jpeg" }));
    if (!bitmap || this.closed) return;
    for (const { receive, place } of wanted) {
      const [left, top, width, height] = place;
      receive({ bitmap, left, top, width, height });
    }
  }

  /** Marks what lies on this device. */
  private async look(key: string): Promise<void> {
    if (!(await keptAt(contentOf(key))) || this.closed) return;
    this.here.add(key);
    for (const [box, shown] of this.boxes) if (shown === key) this.paint(box, key);
  }

  /** Draws what the kernel has no picture of, if its file lies on this device. */
  private async drawHere(key: string): Promise<void> {
    const picture = await deviceThumbnail(key);
    if (this.closed || this.urls.has(key)) return;
    if (!picture) {
      // Not the kernel's reason where a click helps: the browser may only have to ask.
      if (!this.here.has(key)) return;
      this.reasons.set(key, "on your device: open it to see it");
      this.repaint(key);
      return;
    }
    this.reasons.delete(key);
    this.take(key, picture);
    this.trim();
  }

  private repaint(wanted: string): void {
    for (const [box, key] of this.boxes) if (key === wanted) this.paint(box, key, true);
  }

  /** Shows what is known of `key`; only a picture that has just come fades in, one redrawn stands at once. */
  private paint(box: HTMLElement, key: string, fresh = false): void {
    const url = this.urls.get(key);
    const reason = this.reasons.get(key);
    box.classList.toggle("tagcat-missing", url === undefined && reason !== undefined);
    box.classList.toggle("tagcat-waiting", url === undefined && reason === undefined);
    const mark = this.mark(box, key);
    // The mark stays where it is, since it may have the focus.
    const fill = (...nodes: Node[]) => {
      for (const child of [...box.childNodes]) if (child !== mark) child.remove();
      box.prepend(...nodes);
    };
    if (url !== undefined) {
      this.urls.delete(key); // to the end: used last
      this.urls.set(key, url);
      // The name stands beside the picture and in its option's label, so the picture itself is silent.
      const look = fresh ? "tagcat-fresh" : "";
      const decoding = fresh ? "async" : "sync";
      fill(make("img", look, { src: url, alt: "", draggable: "false", decoding }));
    } else if (reason !== undefined) {
      fill(
        make("span", "tagcat-missing-mark", { "aria-hidden": "true" }),
        make("span", "tagcat-missing-reason", { text: reason, title: reason, dir: "auto" }),
      );
    } else if (box.dataset.hold === undefined) {
      fill(); // a box that holds keeps its picture until the next one is here
    }
  }

  /** Returns the box's mark, if its file lies on this device. */
  private mark(box: HTMLElement, key: string): HTMLElement | undefined {
    const before = box.querySelector<HTMLElement>(":scope > .tagcat-thumb-here");
    const here = this.here.has(key);
    if (here && before?.dataset.key === key) return before;
    before?.remove();
    if (!here) return undefined;
    const name = this.openers.get(box);
    const mark =
      name === undefined
        ? make("span", "tagcat-thumb-here", { "data-key": key }, hereMark())
        : this.button(name, key, box);
    box.append(mark);
    return mark;
  }

  private button(name: string, key: string, box: HTMLElement): HTMLElement {
    const said = `Open ${name} on this device`;
    const label = { type: "button", "data-key": key, "aria-label": said };
    const button = make("button", "tagcat-thumb-here", label, hereMark(said));
    button.addEventListener("click", () => openHere(key, box));
    return button;
  }

  private trim(): void {
    if (this.urls.size <= this.keep) return;
    const shown = new Set([...this.boxes.values(), ...this.takers.keys()]);
    for (const [key, url] of this.urls) {
      if (this.urls.size <= this.keep) return;
      if (shown.has(key)) continue;
      URL.revokeObjectURL(url);
      this.urls.delete(key);
    }
  }
}

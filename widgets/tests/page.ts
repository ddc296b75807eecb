// What the tests need of a page: a model as anywidget hands it out, and thumbnails by hand.

import type { AnyModel, Render } from "@anywidget/types";
import { vi } from "vitest";

// biome-ignore lint/suspicious/noExplicitAny: a test's traits are whatever its widget has
type State = Record<string, any>;

export class FakeModel {
  sent: State[] = [];
  saved = 0;
  private readonly listeners = new Map<string, Set<(...values: never[]) => void>>();
  constructor(readonly state: State) {}

  get = (trait: string) => this.state[trait];
  set = (trait: string, value: unknown) => {
    if (this.state[trait] === value) return;
    this.state[trait] = value;
    this.emit(`change:${trait}`);
    this.emit("change");
  };
  save_changes = () => {
    this.saved += 1;
  };
  send = (message: State) => {
    this.sent.push(message);
  };
  on = (event: string, callback: (...values: never[]) => void) => {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(callback));
  };
  off = (event: string, callback: (...values: never[]) => void) => {
    this.listeners.get(event)?.delete(callback);
  };
  emit = (event: string, ...values: unknown[]) => {
    for (const callback of [...(this.listeners.get(event) ?? [])]) callback(...(values as never[]));
  };
  /** Events that something still listens to. */
  get heard(): string[] {
    return [...this.listeners].filter(([, callbacks]) => callbacks.size).map(([event]) => event);
  }
  /** Answers the last wish for thumbnails. */
  answer = (found: string[], missing: State[] = []) => {
    const wish = this.sent.filter((message) => message.type === "thumbnails").at(-1);
    const buffers = found.map((key) => new DataView(new TextEncoder().encode(key).buffer));
    this.emit("msg:custom", { type: "thumbnails", view: wish?.view, found, missing }, buffers);
  };
}

/** Draws a widget into a fresh page; returns its model, its element and how to take it away. */
export async function draw<T extends State>(widget: { render: Render<T> }, state: T) {
  document.body.replaceChildren();
  const el = document.createElement("div");
  document.body.append(el);
  const model = new FakeModel(state);
  const props = { model: model as unknown as AnyModel<T>, el };
  const remove = await widget.render(props as unknown as Parameters<Render<T>>[0]);
  return { model, el, remove: remove as () => void };
}

/** Counts blob URLs: made minus revoked. */
export function watchUrls() {
  const alive = new Set<string>();
  let serial = 0;
  vi.spyOn(URL, "createObjectURL").mockImplementation(() => {
    serial += 1;
    alive.add(`blob:test/${serial}`);
    return `blob:test/${serial}`;
  });
  vi.spyOn(URL, "revokeObjectURL").mockImplementation((url) => {
    alive.delete(url);
  });
  return alive;
}

export const HOSTILE = [
  "<img src=x onerror=globalThis.hacked=1>",
  "\"'><script>globalThis.hacked=1</script>",
  "\u202egnp.exe",
  "a".repeat(10_000),
  "&lt;b&gt;",
  "{{constructor.constructor('globalThis.hacked=1')()}}",
];

export function press(target: Element, key: string, options: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...options });
  target.dispatchEvent(event);
  return event;
}

export function one<E extends HTMLElement>(el: Element, selector: string): E {
  const found = el.querySelector<E>(selector);
  if (!found) throw new Error(`no ${selector} in ${el.innerHTML.slice(0, 300)}`);
  return found;
}

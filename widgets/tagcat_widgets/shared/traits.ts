// How a widget follows what Python says. A new state comes as one change a trait, one after the other: what is
// put together from several traits is drawn once, when all of them are here.

import type { AnyModel } from "@anywidget/types";

/** Traits, and what is done when one of them changed. */
export type Followed = readonly [traits: readonly string[], act: () => void];

/** Follows traits; returns a function that ends it. */
// biome-ignore lint/suspicious/noExplicitAny: any widget's traits
export function follow(model: AnyModel<any>, ...followed: Followed[]): () => void {
  const each = (call: "on" | "off") => {
    for (const [traits, act] of followed) for (const trait of traits) model[call](`change:${trait}`, act);
  };
  each("on");
  return () => each("off");
}

/** Returns a function that calls `action` once after what runs now, however often it is called until then. */
export function together(action: () => void): () => void {
  let planned = false;
  return () => {
    if (planned) return;
    planned = true;
    queueMicrotask(() => {
      planned = false;
      action();
    });
  };
}

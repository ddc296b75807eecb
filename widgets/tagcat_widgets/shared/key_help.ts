// The keys of a widget, told on the page: a round button "?" and a list that it opens.

import { make, uniqueId } from "./dom";

export interface KeyHelp {
  button: HTMLButtonElement;
  panel: HTMLElement;
  toggle(): void;
}

/** Returns a button and its list; each row is the keys and what they do. */
export function keyHelp(rows: readonly (readonly [string, string])[]): KeyHelp {
  const id = uniqueId("keys");
  const panel = make("div", "tagcat-keys", { id, role: "region", "aria-label": "Keys", hidden: true });
  const list = make("dl", "");
  for (const [keys, told] of rows) {
    const shown = keys.split(" ").map((key) => make("kbd", "tagcat-key", { text: key }));
    list.append(make("div", "", {}, make("dt", "", {}, ...shown), make("dd", "", { text: told })));
  }
  panel.append(list);
  const button = make(
    "button",
    "tagcat-button tagcat-keys-button",
    { type: "button", "aria-expanded": "false", "aria-controls": id, "aria-keyshortcuts": "?" },
    make("span", "", { text: "Keys" }),
    make("kbd", "", { text: "?", "aria-hidden": "true" }),
  );
  const toggle = () => {
    panel.hidden = !panel.hidden;
    button.setAttribute("aria-expanded", String(!panel.hidden));
  };
  button.addEventListener("click", toggle);
  return { button, panel, toggle };
}

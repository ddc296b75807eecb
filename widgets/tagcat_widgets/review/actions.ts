// The buttons under what is in question, each with its key on it.

import { make } from "../shared/dom";

type Name = "previous" | "match" | "reject" | "compare" | "back" | "tag" | "undo" | "next";

/** Text, key as it is shown, key as a screen reader is told it. */
const BUTTONS: Record<Name, [string, string, string]> = {
  previous: ["Previous", "←", "ArrowLeft"],
  match: ["A match", "M", "M"],
  reject: ["Not a match", "N", "N"],
  compare: ["Compare", "C", "C"],
  back: ["Back to the group", "Esc", "Escape"],
  tag: ["Tag", "T", "T"],
  undo: ["Undo", "U", "U"],
  next: ["Next", "→", "ArrowRight"],
};

export class Actions {
  readonly element = make("div", "tagcat-review-actions");
  private readonly buttons = new Map<Name, HTMLButtonElement>();

  constructor(acts: Record<Name, () => void>) {
    for (const [name, [text, key, spoken]] of Object.entries(BUTTONS) as [Name, [string, string, string]][]) {
      const button = make(
        "button",
        `tagcat-button tagcat-review-${name}`,
        { type: "button", "aria-keyshortcuts": spoken },
        make("span", "", { text }),
        make("kbd", "", { text: key, "aria-hidden": "true" }),
      );
      button.addEventListener("click", acts[name]);
      this.buttons.set(name, button);
      this.element.append(button);
    }
  }

  /** Says which buttons there are, and which can be pressed; returns whether the focus was on one that can't. */
  turn(state: Record<Name, "open" | "closed" | "hidden">): boolean {
    let lost = false;
    for (const [name, button] of this.buttons) {
      lost ||= button === document.activeElement && state[name] !== "open";
      button.hidden = state[name] === "hidden";
      button.disabled = state[name] !== "open";
    }
    return lost;
  }
}

// The board that a map of dots or a graph is drawn on, and the tools beside it. To a screen reader it is a
// listbox whose one drawn option is the item in focus. A canvas does not follow the theme by itself, so the
// board says when its colours are others.

import { make, uniqueId } from "./dom";

export class MapBoard {
  readonly id: string;
  readonly element: HTMLElement;
  readonly tools: HTMLElement;
  private readonly option: HTMLElement;

  /** Makes the board of a `kind` ("graph", "map") around what is drawn on; `title` is that of its tools. */
  constructor(kind: string, title: string, drawn: HTMLElement) {
    this.id = uniqueId(kind);
    this.option = make("div", "tagcat-unseen", { role: "option", id: this.id });
    this.element = make(
      "div",
      `tagcat-${kind}-board`,
      { role: "listbox", "aria-multiselectable": "true", tabindex: 0 },
      drawn,
      this.option,
    );
    this.tools = make("div", "tagcat-map-tools", { role: "toolbar", "aria-label": title });
  }

  /** Makes the one option that of the item in focus, or none. */
  tell(text: string | undefined, chosen: boolean, at: number, count: number): void {
    this.option.textContent = text ?? "";
    if (text === undefined) {
      this.element.removeAttribute("aria-activedescendant");
      return;
    }
    this.option.setAttribute("aria-selected", String(chosen));
    this.option.setAttribute("aria-posinset", String(at + 1));
    this.option.setAttribute("aria-setsize", String(count));
    this.element.setAttribute("aria-activedescendant", this.id);
  }

  tool(text: string, title: string, action: () => void): HTMLButtonElement {
    const button = make("button", "tagcat-map-tool", { type: "button", title, "aria-label": title, text });
    button.addEventListener("click", action);
    this.tools.append(button);
    return button;
  }

  /** Calls `zoom` with a factor and the pointer where a person turns the wheel with Ctrl, or pinches. */
  onWheel(zoom: (factor: number, event: WheelEvent) => void): void {
    this.element.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return; // the page scrolls; a pinch comes with Ctrl
        event.preventDefault();
        zoom(Math.exp(-event.deltaY / 300), event);
      },
      { passive: false },
    );
  }
}

/** Calls `act` when the colours of the page change; returns a function that ends it. */
export function followTheme(act: () => void): () => void {
  const dark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
  dark?.addEventListener?.("change", act);
  const theme = new MutationObserver(act);
  theme.observe(document.body, { attributes: true });
  return () => {
    dark?.removeEventListener?.("change", act);
    theme.disconnect();
  };
}

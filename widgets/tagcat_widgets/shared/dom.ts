// Makes elements. Text goes in by textContent only, so a name from a file or a person is never HTML.

type Attributes = Record<string, string | number | boolean | undefined>;

/** Returns a new element with a class, attributes (`text` is its text content) and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  attributes: Attributes = {},
  ...children: Node[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name === "text") element.textContent = String(value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** Returns an element for a text of unknown origin: as text, in its own direction, whole on hover. */
export function name(className: string, text: string): HTMLElement {
  return make("span", className, { text, dir: "auto", title: text });
}

/** Returns the sign ⧈ of a file that can be opened from where the user sits. */
export function hereMark(said = "on this device"): HTMLElement {
  return make("span", "tagcat-here", { text: "⧈", role: "img", "aria-label": said, title: said });
}

/** Prepares a widget's root: its theme, and its own keys instead of the notebook's shortcuts.
 *
 * JupyterLab acts on keys as they bubble up to the document: "d" twice deletes the cell. Keys without a
 * modifier end here; Ctrl+S and its like go on to the notebook.
 */
export function root(el: HTMLElement, className: string): HTMLElement {
  const element = make("div", `tagcat ${className}`);
  element.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
  el.append(element);
  return element;
}

let serial = 0;

/** Returns an id that no other element of this page has. */
export function uniqueId(prefix: string): string {
  serial += 1;
  return `tagcat-${prefix}-${Math.random().toString(36).slice(2, 8)}-${serial}`;
}

/** Returns a function that calls `action` at once, then at most every `milliseconds`, the last call last. */
export function throttle(milliseconds: number, action: () => void): (() => void) & { flush: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const run = () => {
    again = false;
    action();
    timer = setTimeout(() => {
      timer = undefined;
      if (again) run();
    }, milliseconds);
  };
  const call = () => {
    if (timer === undefined) run();
    else again = true;
  };
  const flush = () => {
    if (!again) return;
    clearTimeout(timer);
    run();
  };
  return Object.assign(call, { flush });
}

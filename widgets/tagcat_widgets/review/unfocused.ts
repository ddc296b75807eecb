// Keys for a widget while nothing on the page has the focus: who opens the page and looks at the first pair
// presses M or N, and need not click it before. Only while most of the widget's stage is in sight, so that no
// pair is judged that nobody sees, and never the keys that scroll a page.

const SCROLLING = ["ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", " "];

/** Gives `hear` the keys that nothing else takes while `stage` is in sight; returns what ends it. */
export function hearUnfocused(stage: Element, hear: (event: KeyboardEvent) => void): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.target !== document.body || SCROLLING.includes(event.key)) return;
    if (inSight(stage)) hear(event);
  };
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}

function inSight(stage: Element): boolean {
  const { top, bottom, height } = stage.getBoundingClientRect();
  const seen = Math.min(bottom, innerHeight) - Math.max(top, 0);
  return height > 0 && seen >= Math.min(height, innerHeight) / 2;
}

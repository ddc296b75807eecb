// A gallery: a listbox whose options are drawn only while they can be seen. `selected` is shared with
// Python both ways. The focus is one index that the arrow keys move; a screen reader follows it through
// aria-activedescendant, so it need not be a drawn element until it is revealed.

import type { Render } from "@anywidget/types";
import { make, name, root, uniqueId } from "./shared/dom";
import { counted } from "./shared/format";
import { type Item, timeOf } from "./shared/item";
import { extend, toggle } from "./shared/selection";
import { Thumbnails } from "./shared/thumbnails";
import { OpenButton, openHere } from "./shared/viewer";
import { Virtual } from "./shared/virtual";

interface Model {
  items: Item[];
  selected: string[];
  arrangement: "grid" | "strip";
  thumbnail_size: number;
  height: number;
  empty: string;
  label: string;
  shortcuts: string;
}

const CAPTION = 44; // px under a thumbnail in a grid
const STRIP_CAPTION = 26;

const render: Render<Model> = ({ model, el }) => {
  const gallery = root(el, "tagcat-gallery");
  const id = uniqueId("gallery");
  const status = make("div", "tagcat-gallery-status tagcat-quiet tagcat-numbers", { "aria-live": "polite" });
  const list = make("div", "tagcat-scroller tagcat-gallery-list", {
    role: "listbox",
    "aria-multiselectable": "true",
    tabindex: 0,
  });
  const empty = make("div", "tagcat-empty");
  const open = new OpenButton(); // of the item in focus: an option of a list may hold no button
  gallery.append(list, empty, make("div", "tagcat-gallery-foot", {}, status, open.element));

  const thumbnails = new Thumbnails(model);
  let items: Item[] = [];
  let selected = new Set<string>();
  let focus = 0;
  let anchor = 0;

  const strip = () => model.get("arrangement") === "strip";
  const grid = new Virtual(list, {
    width: 160,
    height: (width) => width + CAPTION,
    gap: 12,
    render: cell,
    release: (element) => thumbnails.release(element),
  });

  function cell(index: number): HTMLElement {
    const item = items[index] as Item;
    const thumb = make("div", "tagcat-thumb");
    const time = timeOf(item);
    const mark = make("span", "tagcat-gallery-mark", { "aria-hidden": "true" });
    const caption = make("div", "tagcat-gallery-caption");
    if (strip()) {
      caption.append(make("span", "tagcat-unseen", { text: item.name, dir: "auto" }));
      caption.append(
        make("span", "tagcat-ellipsis tagcat-numbers", { text: time || item.detail, dir: "auto" }),
      );
    } else {
      caption.append(name("tagcat-ellipsis tagcat-gallery-name", item.name));
      const detail = [time, item.detail].filter(Boolean).join(" · ");
      caption.append(name("tagcat-ellipsis tagcat-quiet tagcat-numbers", detail));
    }
    const frame = make("div", "tagcat-gallery-frame", {}, thumb, mark);
    if (item.badge) frame.append(make("span", "tagcat-gallery-badge", { text: item.badge, dir: "auto" }));
    const option = make(
      "div",
      "tagcat-gallery-item",
      {
        role: "option",
        id: `${id}-${index}`,
        "aria-setsize": items.length,
        "aria-posinset": index + 1,
        title: strip() ? [item.name, item.detail].filter(Boolean).join(" · ") : undefined,
      },
      frame,
      caption,
    );
    option.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest(".tagcat-thumb-here")) {
        void openHere(item.key, gallery);
        return;
      }
      const onMark = event.target === mark;
      choose(index, event.shiftKey, onMark || event.ctrlKey || event.metaKey);
    });
    thumbnails.attach(thumb, item.key);
    style(option, index);
    return option;
  }

  function style(option: HTMLElement, index: number): void {
    const chosen = selected.has((items[index] as Item).key);
    option.setAttribute("aria-selected", String(chosen));
    option.classList.toggle("tagcat-focus", index === focus);
  }

  function restyle(): void {
    grid.each(style);
    if (items.length) list.setAttribute("aria-activedescendant", `${id}-${focus}`);
    else list.removeAttribute("aria-activedescendant");
    void open.show(items[focus]);
    const total = counted(items.length, strip() ? "frames" : "items");
    status.textContent = selected.size ? `${selected.size} of ${total} selected` : total;
  }

  function choose(index: number, range: boolean, keep: boolean): void {
    const keys = items.map((item) => item.key);
    if (range) selected = extend(keys, keep ? selected : new Set(), anchor, index);
    else {
      selected = keep ? toggle(selected, keys[index] as string) : new Set([keys[index] as string]);
      anchor = index;
    }
    focus = index;
    share();
  }

  function share(): void {
    restyle();
    // In the order of the items, so that equal selections are equal lists.
    const keys = items.filter((item) => selected.has(item.key)).map((item) => item.key);
    model.set("selected", keys);
    model.save_changes();
  }

  function move(event: KeyboardEvent): number | undefined {
    const columns = strip() ? 1 : grid.columns;
    const last = items.length - 1;
    const right = getComputedStyle(list).direction === "rtl" ? -1 : 1;
    const steps: Record<string, number> = {
      ArrowRight: focus + right,
      ArrowLeft: focus - right,
      ArrowDown: strip() ? focus : Math.min(focus + columns, last),
      ArrowUp: strip() ? focus : focus - columns >= 0 ? focus - columns : focus,
      PageDown: focus + columns * grid.rows,
      PageUp: focus - columns * grid.rows,
      Home: 0,
      End: last,
    };
    const next = steps[event.key];
    return next === undefined ? undefined : Math.max(0, Math.min(last, next));
  }

  list.addEventListener("keydown", (event) => {
    if (!items.length) return;
    const next = move(event);
    const command = event.ctrlKey || event.metaKey;
    if (next !== undefined) {
      focus = next;
      grid.reveal(focus);
      if (event.shiftKey) choose(focus, true, command);
      else {
        anchor = focus;
        restyle();
      }
    } else if (event.key === " " || event.key === "Enter") {
      choose(focus, event.shiftKey, event.key === " " && !event.shiftKey);
    } else if (event.key === "a" && command) {
      selected = new Set(items.map((item) => item.key));
      share();
    } else if (
      event.key.length === 1 &&
      !command &&
      !event.altKey &&
      model.get("shortcuts").includes(event.key)
    ) {
      if (!selected.size) choose(focus, false, false);
      model.send({ pressed: event.key });
    } else if (event.key === "o" && !command && !event.altKey && !open.element.hidden) {
      open.open();
    } else if (event.key === "Escape" && selected.size) {
      selected = new Set();
      share();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const takeItems = () => {
    const kept = items[focus]?.key;
    items = model.get("items");
    selected = new Set(model.get("selected"));
    // The focus stays on the same item where it is still there.
    focus = Math.max(
      0,
      items.findIndex((item) => item.key === kept),
    );
    anchor = focus;
    const size = model.get("thumbnail_size");
    gallery.classList.toggle("tagcat-strip", strip());
    list.hidden = items.length === 0;
    empty.hidden = items.length > 0;
    empty.textContent = model.get("empty");
    list.setAttribute("aria-label", model.get("label"));
    list.setAttribute("aria-orientation", strip() ? "horizontal" : "vertical");
    list.style.maxHeight = strip() ? "" : `${model.get("height")}px`;
    thumbnails.retry();
    grid.reset(items.length, {
      width: size,
      height: strip() ? (width) => Math.round(width * 0.5625) + STRIP_CAPTION : (width) => width + CAPTION,
      gap: strip() ? 8 : 12,
      horizontal: strip(),
    });
    restyle();
  };
  const takeSelected = () => {
    selected = new Set(model.get("selected"));
    restyle();
  };

  const shape = ["items", "arrangement", "thumbnail_size", "height", "empty", "label"];
  for (const trait of shape) model.on(`change:${trait}`, takeItems);
  model.on("change:selected", takeSelected);
  takeItems();
  return () => {
    for (const trait of shape) model.off(`change:${trait}` as "change:items", takeItems);
    model.off("change:selected", takeSelected);
    grid.close();
    thumbnails.close();
  };
};

export default { render };

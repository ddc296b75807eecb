// A gallery: a listbox whose options are drawn only while they can be seen. `selected` is shared with
// Python both ways. The focus is one index that the arrow keys move; a screen reader follows it through
// aria-activedescendant, so it need not be a drawn element until it is revealed. What is sorted out or
// filtered away stays selected: another widget may show it.

import type { Render } from "@anywidget/types";
import { type Arrangement, arranged } from "./gallery/arrange";
import { cellOf } from "./gallery/cell";
import { KEYS, stepOf } from "./gallery/keys";
import { Lasso } from "./gallery/lasso";
import { Tools } from "./gallery/tools";
import { make, root, uniqueId } from "./shared/dom";
import { counted, formatCount } from "./shared/format";
import type { Item } from "./shared/item";
import { keyHelp } from "./shared/key_help";
import { extend, rectangle, toggle } from "./shared/selection";
import { Thumbnails } from "./shared/thumbnails";
import { follow } from "./shared/traits";
import { OpenButton, openHere } from "./shared/viewer";
import { Virtual } from "./shared/virtual";

interface Model extends Arrangement {
  items: Item[];
  selected: string[];
  arrangement: "grid" | "strip";
  thumbnail_size: number;
  height: number;
  empty: string;
  label: string;
  shortcuts: string;
  tools: boolean;
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
  const help = keyHelp(KEYS);
  const tools = new Tools((change) => {
    for (const [trait, value] of Object.entries(change)) model.set(trait as keyof Arrangement, value);
    model.save_changes();
  }, drawFreely);
  tools.element.append(help.button);
  const foot = make("div", "tagcat-gallery-foot", {}, status, open.element);
  gallery.append(tools.element, help.panel, list, empty, foot);

  tools.free(false);
  const thumbnails = new Thumbnails(model);
  let all: Item[] = [];
  let items: Item[] = []; // those that are shown, in their order
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
  let before = selected; // what was selected when a drawing was begun
  let free = false; // whether free lines are drawn
  function drawFreely(): void {
    free = !free;
    tools.free(free);
    list.classList.toggle("tagcat-free", free);
  }
  const lasso = new Lasso(list, grid, {
    free: () => free,
    touch(hits, keep) {
      const keys = hits.map((index) => (items[index] as Item).key);
      selected = new Set(keep ? [...before, ...keys] : keys);
      restyle();
    },
    end(done) {
      if (!done) selected = before;
      share();
    },
  });

  function cell(index: number): HTMLElement {
    const item = items[index] as Item;
    const place = { id: `${id}-${index}`, "aria-setsize": items.length, "aria-posinset": index + 1 };
    const { option, thumb, mark } = cellOf(item, strip(), place);
    option.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest(".tagcat-thumb-here")) {
        void openHere(item.key, gallery);
        return;
      }
      choose(
        index,
        event.shiftKey ? "range" : "one",
        event.target === mark || event.ctrlKey || event.metaKey,
      );
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
    status.textContent = told();
  }

  function told(): string {
    if (!all.length) return "";
    const total = counted(all.length, all.every((item) => item.time !== null) ? "frames" : "items");
    if (items.length === all.length) {
      return selected.size ? `${formatCount(selected.size)} of ${total} selected` : total;
    }
    const hidden = selected.size - items.filter((item) => selected.has(item.key)).length;
    const unseen = hidden ? `, ${formatCount(hidden)} of them not shown` : "";
    const chosen = selected.size ? ` · ${formatCount(selected.size)} selected${unseen}` : "";
    return `${formatCount(items.length)} of ${total} shown${chosen}`;
  }

  function choose(index: number, how: "one" | "range" | "rectangle", keep: boolean): void {
    const keys = items.map((item) => item.key);
    if (how === "rectangle") {
      const columns = strip() ? items.length : grid.columns;
      selected = new Set([...(keep ? selected : []), ...rectangle(keys, columns, anchor, index)]);
    } else if (how === "range") selected = extend(keys, keep ? selected : new Set(), anchor, index);
    else {
      selected = keep ? toggle(selected, keys[index] as string) : new Set([keys[index] as string]);
      anchor = index;
    }
    focus = index;
    share();
  }

  function share(): void {
    before = selected;
    restyle();
    // In the order of the items, so that equal selections are equal lists.
    const keys = all.filter((item) => selected.has(item.key)).map((item) => item.key);
    model.set("selected", keys);
    model.save_changes();
  }

  list.addEventListener("keydown", (event) => {
    if (event.key === "?") help.toggle();
    else if (event.key === "Escape" && lasso.cancel()) restyle();
    else if (!items.length || !press(event)) return;
    event.preventDefault();
    event.stopPropagation();
  });

  /** Does what a key means; returns whether it means something here. */
  function press(event: KeyboardEvent): boolean {
    const next = stepOf(event.key, {
      focus,
      count: items.length,
      columns: strip() ? 1 : grid.columns,
      rows: grid.rows,
      strip: strip(),
      backwards: getComputedStyle(list).direction === "rtl",
    });
    const command = event.ctrlKey || event.metaKey;
    const letter = event.key.length === 1 && !command && !event.altKey;
    if (next !== undefined && (event.shiftKey || !event.altKey)) {
      focus = next;
      grid.reveal(focus);
      if (event.shiftKey) choose(focus, event.altKey ? "rectangle" : "range", command);
      else {
        anchor = focus;
        restyle();
      }
    } else if (event.key === " " || event.key === "Enter") {
      choose(focus, event.shiftKey ? "range" : "one", event.key === " " && !event.shiftKey);
    } else if (event.key === "a" && command) {
      selected = new Set(items.map((item) => item.key));
      share();
    } else if (letter && model.get("shortcuts").includes(event.key)) {
      if (!selected.size) choose(focus, "one", false);
      model.send({ pressed: event.key });
    } else if (event.key === "l" && letter) drawFreely();
    else if (event.key === "o" && letter && !open.element.hidden) open.open();
    else if (event.key === "Escape" && selected.size) {
      selected = new Set();
      share();
    } else return false;
    return true;
  }

  /** Draws anew what is shown; the focus stays on the same item where it is still there. */
  const arrange = () => {
    const kept = items[focus]?.key;
    const by = {
      sort: model.get("sort"),
      descending: model.get("descending"),
      search: model.get("search"),
      filters: model.get("filters"),
    };
    items = arranged(all, by);
    tools.show(by);
    focus = Math.max(
      0,
      items.findIndex((item) => item.key === kept),
    );
    anchor = focus;
    list.hidden = items.length === 0;
    empty.hidden = items.length > 0;
    empty.textContent = all.length ? "Nothing of this is left: Show all brings it back." : model.get("empty");
    grid.reset(items.length, {
      width: model.get("thumbnail_size"),
      height: strip() ? (width) => Math.round(width * 0.5625) + STRIP_CAPTION : (width) => width + CAPTION,
      gap: strip() ? 8 : 12,
      horizontal: strip(),
    });
    restyle();
  };
  const takeItems = () => {
    all = model.get("items");
    selected = before = new Set(model.get("selected"));
    gallery.classList.toggle("tagcat-strip", strip());
    tools.element.hidden = strip() || !model.get("tools") || all.length < 2;
    if (tools.element.hidden) help.panel.hidden = true;
    else tools.take(all);
    list.setAttribute("aria-label", model.get("label"));
    list.setAttribute("aria-orientation", strip() ? "horizontal" : "vertical");
    list.style.maxHeight = strip() ? "" : `${model.get("height")}px`;
    thumbnails.retry();
    arrange();
  };
  const takeSelected = () => {
    selected = before = new Set(model.get("selected"));
    restyle();
  };

  const unfollow = follow(
    model,
    [["items", "arrangement", "thumbnail_size", "height", "empty", "label", "tools"], takeItems],
    [["sort", "descending", "search", "filters"], arrange],
    [["selected"], takeSelected],
  );
  takeItems();
  return () => {
    unfollow();
    lasso.close();
    grid.close();
    thumbnails.close();
  };
};

export default { render };

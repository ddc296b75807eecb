// Pairs and groups of pictures that look alike, to be looked through one after the other. At the left the
// list, at the right the pair in question, large, with its distance. "Not a match" goes to Python as
// {type: "reject", a, b} and can be undone by {type: "undo", a, b}; Python answers through `rejected`.

import type { Render } from "@anywidget/types";
import { make, name, root, uniqueId } from "./shared/dom";
import { counted, formatCount } from "./shared/format";
import { captions, distanceBar, type Item, nameOf } from "./shared/item";
import { Thumbnails } from "./shared/thumbnails";
import { Virtual } from "./shared/virtual";

interface Pair {
  a: Item;
  b: Item;
  distance: number;
}
interface Group {
  title: string;
  items: Item[];
}
interface Model {
  pairs: Pair[];
  groups: Group[];
  mode: "pairs" | "groups";
  index: number;
  group_index: number;
  rejected: [string, string][];
  maximum: number;
  height: number;
  empty: string;
  error: string;
}

const ROW = 64; // px of a row of the list

const render: Render<Model> = ({ model, el }) => {
  const review = root(el, "tagcat-review");
  const id = uniqueId("review");
  const thumbnails = new Thumbnails(model);

  const tab = (mode: Model["mode"]) => {
    const button = make("button", "tagcat-review-tab", { type: "button" });
    button.addEventListener("click", () => share("mode", mode));
    return button;
  };
  const tabs = { pairs: tab("pairs"), groups: tab("groups") };
  const button = (text: string, key: string, act: () => void, className = "") => {
    const element = make(
      "button",
      `tagcat-button ${className}`,
      { type: "button", "aria-keyshortcuts": key === "←" ? "ArrowLeft" : key === "→" ? "ArrowRight" : key },
      make("span", "", { text }),
      make("kbd", "", { text: key, "aria-hidden": "true" }),
    );
    element.addEventListener("click", act);
    return element;
  };
  const previous = button("Previous", "←", () => step(-1));
  const next = button("Next", "→", () => step(1));
  const reject = button("Not a match", "N", () => rejectThis(), "tagcat-review-reject");
  const undo = button("Undo", "U", () => undoThis());
  const position = make("span", "tagcat-quiet tagcat-numbers tagcat-review-position", {
    "aria-live": "polite",
  });
  const list = make("div", "tagcat-scroller tagcat-review-list", { role: "listbox", tabindex: 0 });
  const focus = make("div", "tagcat-review-focus", { role: "group", "aria-live": "polite" });
  const actions = make("div", "tagcat-review-actions", {}, previous, reject, undo, next);
  const error = make("div", "tagcat-review-error", { role: "alert" });
  const empty = make("div", "tagcat-empty");
  const stage = make("div", "tagcat-review-stage", {}, focus, actions);
  const body = make("div", "tagcat-review-body", {}, list, stage);
  const modes = make("div", "tagcat-review-tabs", { role: "group", "aria-label": "Show" });
  modes.append(tabs.pairs, tabs.groups);
  review.append(make("div", "tagcat-review-head", {}, modes, position), error, body, empty);

  const rows = new Virtual(list, {
    width: 0,
    height: () => ROW,
    gap: 2,
    render: row,
    release: (cell) => thumbnails.release(cell),
  });
  let inside: Virtual | undefined; // the grid of the group in question

  const grouped = () => model.get("mode") === "groups";
  const count = () => (grouped() ? model.get("groups") : model.get("pairs")).length;
  const current = () => Math.min(model.get(grouped() ? "group_index" : "index"), Math.max(0, count() - 1));
  const isRejected = (pair: Pair | undefined) =>
    pair !== undefined && model.get("rejected").some(([a, b]) => a === pair.a.key && b === pair.b.key);

  function share<K extends keyof Model>(trait: K, value: Model[K]): void {
    model.set(trait, value);
    model.save_changes();
  }

  function go(index: number): void {
    if (index < 0 || index >= count() || index === current()) return;
    share(grouped() ? "group_index" : "index", index);
  }

  /** Goes to the next one in a direction, past pairs that are rejected. */
  function step(direction: number): void {
    let index = current() + direction;
    const pairs = model.get("pairs");
    while (!grouped() && index >= 0 && index < pairs.length && isRejected(pairs[index])) index += direction;
    go(index);
  }

  function rejectThis(): void {
    const pair = model.get("pairs")[current()];
    if (grouped() || !pair || isRejected(pair)) return;
    model.send({ type: "reject", a: pair.a.key, b: pair.b.key });
    step(1);
  }

  /** Takes back the pair in question where it is rejected, else the last one that was. */
  function undoThis(): void {
    const pair = model.get("pairs")[current()];
    const last = model.get("rejected").at(-1);
    const [a, b] = pair && isRejected(pair) ? [pair.a.key, pair.b.key] : (last ?? []);
    if (a !== undefined) model.send({ type: "undo", a, b });
  }

  function picture(item: Item, className: string, opens?: string): HTMLElement {
    const box = make("div", `tagcat-thumb ${className}`);
    thumbnails.attach(box, item.key, opens);
    return box;
  }

  function row(index: number): HTMLElement {
    const option = make("div", "tagcat-review-row", {
      role: "option",
      id: `${id}-${index}`,
      "aria-setsize": count(),
      "aria-posinset": index + 1,
    });
    if (grouped()) {
      const group = model.get("groups")[index] as Group;
      option.append(
        make(
          "div",
          "tagcat-review-minis",
          {},
          ...group.items.slice(0, 2).map((item) => picture(item, "tagcat-mini")),
        ),
        make(
          "div",
          "tagcat-review-words",
          {},
          name("tagcat-ellipsis", group.title),
          make("span", "tagcat-quiet", { text: counted(group.items.length, "items") }),
        ),
      );
    } else {
      const pair = model.get("pairs")[index] as Pair;
      option.append(
        make(
          "div",
          "tagcat-review-minis",
          {},
          picture(pair.a, "tagcat-mini"),
          picture(pair.b, "tagcat-mini"),
        ),
        make(
          "div",
          "tagcat-review-words",
          {},
          name("tagcat-ellipsis", nameOf(pair.a)),
          name("tagcat-ellipsis tagcat-quiet", nameOf(pair.b)),
        ),
        make(
          "span",
          "tagcat-review-number tagcat-numbers",
          {},
          make("span", "tagcat-unseen", { text: "distance " }),
          make("span", "", { text: pair.distance }),
        ),
        make("span", "tagcat-unseen tagcat-review-said"),
      );
    }
    option.addEventListener("click", () => go(index));
    styleRow(option, index);
    return option;
  }

  function styleRow(option: HTMLElement, index: number): void {
    option.setAttribute("aria-selected", String(index === current()));
    if (grouped()) return;
    const gone = isRejected(model.get("pairs")[index]);
    option.classList.toggle("tagcat-rejected", gone);
    const said = option.querySelector(".tagcat-review-said");
    if (said) said.textContent = gone ? "not a match" : "";
  }

  function showPair(pair: Pair): void {
    const figure = (item: Item) =>
      make(
        "figure",
        "tagcat-review-figure",
        {},
        picture(item, "tagcat-review-large", nameOf(item)),
        captions(item),
      );
    const sides = make("div", "tagcat-review-sides", {}, figure(pair.a), figure(pair.b));
    const said = `${nameOf(pair.a)} and ${nameOf(pair.b)}`;
    focus.setAttribute("aria-label", said);
    focus.append(sides, distanceBar(pair.distance, model.get("maximum")));
    if (isRejected(pair)) focus.append(make("div", "tagcat-review-verdict", { text: "Not a match" }));
  }

  function showGroup(group: Group): void {
    const title = make("div", "tagcat-review-title");
    title.append(
      name("", group.title),
      make("span", "tagcat-quiet", { text: counted(group.items.length, "items") }),
    );
    const grid = make("div", "tagcat-scroller tagcat-review-grid", { role: "list", tabindex: 0 });
    grid.setAttribute("aria-label", group.title);
    focus.setAttribute("aria-label", group.title);
    focus.append(title, grid);
    inside = new Virtual(grid, {
      width: 150,
      height: (width) => Math.round(width * 0.75) + 44,
      gap: 12,
      render: (index) => {
        const item = group.items[index] as Item;
        const cell = make("div", "tagcat-review-cell", { role: "listitem" });
        cell.append(picture(item, "tagcat-review-medium", nameOf(item)), captions(item));
        return cell;
      },
      release: (cell) => thumbnails.release(cell),
    });
    inside.reset(group.items.length);
  }

  /** Shows the pair or group in question. */
  function show(): void {
    inside?.close();
    inside = undefined;
    const before = [...focus.children];
    for (const child of before) child.remove();
    if (count()) {
      if (grouped()) showGroup(model.get("groups")[current()] as Group);
      else showPair(model.get("pairs")[current()] as Pair);
    }
    // Released after the new ones are attached, so that a picture shown in both keeps its URL.
    for (const child of before) thumbnails.release(child as HTMLElement);
    const pair = grouped() ? undefined : model.get("pairs")[current()];
    const gone = isRejected(pair);
    position.textContent = count() ? `${formatCount(current() + 1)} of ${formatCount(count())}` : "";
    previous.disabled = current() <= 0;
    next.disabled = current() >= count() - 1;
    reject.hidden = grouped() || gone;
    undo.hidden = grouped() || model.get("rejected").length === 0;
    rows.each(styleRow);
    if (count()) list.setAttribute("aria-activedescendant", `${id}-${current()}`);
    else list.removeAttribute("aria-activedescendant");
  }

  /** Draws all of it: the lists have changed, or which of them is shown. */
  const redraw = () => {
    for (const mode of ["pairs", "groups"] as const) {
      const total = model.get(mode).length;
      tabs[mode].replaceChildren(
        make("span", "", { text: mode === "pairs" ? "Pairs" : "Groups" }),
        make("span", "tagcat-review-count tagcat-numbers", { text: formatCount(total) }),
      );
      tabs[mode].setAttribute("aria-pressed", String(model.get("mode") === mode));
    }
    review.style.setProperty("--tc-height", `${model.get("height")}px`);
    review.classList.toggle("tagcat-groups", grouped());
    list.setAttribute("aria-label", grouped() ? "Groups" : "Pairs");
    body.hidden = count() === 0;
    empty.hidden = count() > 0;
    empty.textContent = model.get("empty");
    thumbnails.retry();
    rows.reset(count());
    show();
    if (count()) rows.reveal(current());
  };
  const turn = () => {
    show();
    if (count()) rows.reveal(current());
  };
  const complain = () => {
    error.textContent = model.get("error");
    error.hidden = !model.get("error");
  };

  review.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inGrid = event.target instanceof Element && event.target.classList.contains("tagcat-review-grid");
    const acts: Record<string, (() => void) | undefined> = {
      ArrowRight: () => step(1),
      ArrowLeft: () => step(-1),
      ArrowDown: inGrid ? undefined : () => go(current() + 1),
      ArrowUp: inGrid ? undefined : () => go(current() - 1),
      Home: inGrid ? undefined : () => go(0),
      End: inGrid ? undefined : () => go(count() - 1),
      n: rejectThis,
      u: undoThis,
    };
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  });

  const all = ["pairs", "groups", "mode", "maximum", "height", "empty"];
  const some = ["index", "group_index", "rejected"];
  for (const trait of all) model.on(`change:${trait}`, redraw);
  for (const trait of some) model.on(`change:${trait}`, turn);
  model.on("change:error", complain);
  redraw();
  complain();
  return () => {
    for (const trait of all) model.off(`change:${trait}` as "change:pairs", redraw);
    for (const trait of some) model.off(`change:${trait}` as "change:pairs", turn);
    model.off("change:error", complain);
    inside?.close();
    rows.close();
    thumbnails.close();
  };
};

export default { render };

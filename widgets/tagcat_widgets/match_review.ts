// Pairs and groups of pictures that look alike, to be looked through one after the other. At the left the
// list, at the right what is in question, large. What a person says goes to Python as a message: {type:
// "reject" | "match", a, b}, {type: "keep", kept, removed}, {type: "tag", keys, name}, {type: "undo"}, the
// last one with a and b for the verdict on that pair. Python answers through `rejected`, `confirmed`, `taken`,
// `removed` and `told`, once it is stored. What was judged before is a list of its own, shown on demand.

import type { Render } from "@anywidget/types";
import { Actions } from "./review/actions";
import { Comparison, distanceOf } from "./review/comparison";
import { GroupGrid } from "./review/group";
import { keysFor } from "./review/keys";
import { type Model, type Pair, stuck } from "./review/model";
import { Queue } from "./review/queue";
import { Rows } from "./review/rows";
import { TagBox } from "./review/tag_box";
import { hearUnfocused } from "./review/unfocused";
import { make, root } from "./shared/dom";
import { counted, formatCount } from "./shared/format";
import { type Item, nameOf } from "./shared/item";
import { keyHelp } from "./shared/key_help";
import { Thumbnails } from "./shared/thumbnails";
import { follow } from "./shared/traits";

const render: Render<Model> = ({ model, el }) => {
  const review = root(el, "tagcat-review");
  const thumbnails = new Thumbnails(model);
  const owns = model.get("access") === "owner"; // judges, and takes items out
  const tagsToo = model.get("access") !== "reading";
  const help = keyHelp(keysFor(model.get("access")));
  const queue = new Queue(model);
  const rows = new Rows(queue, thumbnails, go);

  const tab = (mode: Model["mode"]) => {
    const button = make("button", "tagcat-review-tab", { type: "button" });
    button.addEventListener("click", () => {
      model.set("mode", mode);
      model.save_changes();
    });
    return button;
  };
  const tabs = { pairs: tab("pairs"), groups: tab("groups"), judged: tab("judged") };
  const names = { pairs: "Pairs", groups: "Groups", judged: "Judged" };
  const position = make("span", "tagcat-quiet tagcat-numbers");
  const progress = make("progress", "tagcat-review-progress", { "aria-label": "Pairs that are judged" });
  const where = make("div", "tagcat-review-position", {}, position, progress);
  const comparison = new Comparison(thumbnails, keep);
  const grid = new GroupGrid(thumbnails, () => turnButtons());
  const verdict = make("div", "tagcat-review-verdict");
  const focus = make(
    "div",
    "tagcat-review-focus",
    { role: "group", tabindex: -1 },
    comparison.element,
    grid.element,
    verdict,
  );
  const tags = new TagBox(
    () => model.get("tags"),
    (name) => model.send({ type: "tag", keys: shown().map((item) => item.key), name }),
    () => focus.focus({ preventScroll: true }),
  );
  const actions = new Actions({
    previous: () => go(queue.next(-1)),
    match: () => judge("match"),
    reject: () => judge("reject"),
    compare: () => compareChosen(),
    back: () => backToGroup(),
    tag: () => openTag(),
    undo: () => undoThis(),
    next: () => go(queue.next(1)),
  });
  const told = make("div", "tagcat-quiet tagcat-review-told", { role: "status", dir: "auto" });
  const spoken = make("div", "tagcat-unseen", { "aria-live": "polite" });
  const error = make("div", "tagcat-review-error", { role: "alert" });
  const empty = make("div", "tagcat-empty");
  const stage = make("div", "tagcat-review-stage", {}, focus, tags.element, actions.element, told);
  const body = make("div", "tagcat-review-body", {}, rows.element, stage);
  const modes = make("div", "tagcat-review-tabs", { role: "group", "aria-label": "Show" });
  modes.append(tabs.pairs, tabs.groups, tabs.judged);
  const head = make("div", "tagcat-review-head", {}, modes, where, help.button);
  review.append(head, help.panel, error, body, empty, spoken);

  let compared: Item[] | undefined; // what of a group stands side by side

  /** The items in question: a pair, or what of a group is compared or chosen. */
  function shown(): Item[] {
    const pair = queue.pair;
    if (pair) return [pair.a, pair.b];
    return queue.grouped ? (compared ?? grid.items) : [];
  }

  function go(index: number): void {
    compared = undefined; // of the group before
    if (!queue.go(index)) show();
  }

  function judge(type: "reject" | "match"): void {
    const [a, b, ...more] = shown();
    const pair = queue.pair;
    if (!owns) return;
    if (!a || !b || more.length || (queue.grouped && (!compared || type === "match"))) return;
    if (pair && !judgeable(pair, type)) return;
    model.send({ type, a: a.key, b: b.key });
    if (pair && model.get("mode") === "pairs") go(queue.next(1));
  }

  /** Whether a verdict would say something new of a pair. */
  function judgeable(pair: Pair, type: "reject" | "match"): boolean {
    return !queue.left(pair) && queue.verdict(pair) !== (type === "match" ? "A match" : "Not a match");
  }

  function keep(kept: Item, others: Item[]): void {
    if (!others.length || stuck(others)) return;
    model.send({ type: "keep", kept: kept.key, removed: others.map((item) => item.key) });
    if (queue.pair) go(queue.next(1));
  }

  /** Keeps the item that stands at a place, where its button is open. */
  function keepAt(place: number): void {
    comparison.element.querySelectorAll<HTMLButtonElement>(".tagcat-review-keep")[place]?.click();
  }

  /** Takes back the verdict on the pair in question where it has one, else what was done last. */
  function undoThis(): void {
    const pair = queue.pair;
    if (owns && pair && queue.verdict(pair)) {
      model.send({ type: "undo", a: pair.a.key, b: pair.b.key });
    } else if (tagsToo && model.get("undoable")) model.send({ type: "undo" });
  }

  function openTag(): void {
    const items = shown().length;
    if (items && tagsToo) tags.open(queue.pair ? "Tag both" : `Tag ${counted(items, "items")}`);
  }

  function compareChosen(): void {
    if (!queue.grouped || compared || grid.items.length < 2) return;
    compared = grid.items;
    show();
    focus.focus({ preventScroll: true });
  }
  function backToGroup(): void {
    compared = undefined;
    show();
    grid.focus();
  }

  /** Shows what is in question. */
  function show(): void {
    const inside = focus.contains(document.activeElement);
    const pair = queue.pair;
    const large = pair ? [pair.a, pair.b] : compared;
    comparison.element.hidden = large === undefined;
    grid.element.hidden = large !== undefined || queue.count === 0;
    verdict.textContent = pair ? queue.said(pair) : "";
    verdict.hidden = verdict.textContent === "";
    if (large) {
      const [a, b] = large as [Item, Item];
      const distance = pair?.distance ?? distanceOf(a, b);
      const maximum = model.get("maximum");
      comparison.show({
        items: large,
        distance,
        maximum,
        verdict: pair ? queue.said(pair) : "",
        gone: queue.gone,
        keeps: owns,
      });
      focus.setAttribute("aria-label", large.map(nameOf).join(" and "));
    } else comparison.clear();
    const { group } = queue;
    grid.show(group, queue.gone);
    if (group && !large) focus.setAttribute("aria-label", group.title);
    turnButtons();
    rows.style();
    // What had the focus may be gone with the pair before.
    if (inside && !focus.contains(document.activeElement)) focus.focus({ preventScroll: true });
  }

  /** Says where we are, and opens and closes the buttons. */
  function turnButtons(): void {
    const pair = queue.pair;
    const now = pair ? queue.said(pair) : "";
    const { all, grouped } = queue;
    const judged = queue.judged.length;
    const place = `${formatCount(queue.at + 1)} of ${formatCount(queue.count)}`;
    const done = `${formatCount(judged)} of ${counted(all, "pairs")} judged`;
    position.textContent = [queue.count ? place : "", !grouped && judged ? done : ""]
      .filter(Boolean)
      .join(" · ");
    progress.hidden = grouped || !judged;
    progress.max = Math.max(1, all);
    progress.value = judged;
    tabs.judged.lastElementChild?.replaceChildren(formatCount(judged));
    const named = pair ? `${nameOf(pair.a)} and ${nameOf(pair.b)}, distance ${pair.distance}` : "";
    const heard = queue.count ? [place, named, now].filter(Boolean).join(": ") : "";
    if (spoken.textContent !== heard) spoken.textContent = heard;
    const open = (yes: boolean) => (yes ? "open" : "closed");
    const only = (there: boolean, yes = true) => (there ? open(yes) : "hidden");
    const lost = actions.turn({
      previous: open(queue.at > 0),
      next: open(queue.at < queue.count - 1),
      match: only(owns && pair !== undefined && judgeable(pair, "match")),
      reject: only(owns && (pair ? judgeable(pair, "reject") : compared?.length === 2)),
      compare: only(grouped && !compared, grid.items.length > 1),
      back: only(grouped && compared !== undefined),
      tag: only(tagsToo, shown().length > 0),
      undo: only(
        tagsToo,
        model.get("undoable") || (owns && pair !== undefined && queue.verdict(pair) !== ""),
      ),
    });
    if (lost) focus.focus({ preventScroll: true }); // the keys must go on
  }

  /** Draws all of it: the lists have changed, or which of them is shown. */
  const redraw = () => {
    queue.read();
    for (const mode of ["pairs", "groups", "judged"] as const) {
      const total = mode === "judged" ? queue.judged : model.get(mode);
      tabs[mode].replaceChildren(
        make("span", "", { text: names[mode] }),
        make("span", "tagcat-review-count tagcat-numbers", { text: formatCount(total.length) }),
      );
      tabs[mode].setAttribute("aria-pressed", String(model.get("mode") === mode));
    }
    review.style.setProperty("--tc-height", `${model.get("height")}px`);
    review.classList.toggle("tagcat-groups", queue.grouped);
    body.hidden = queue.count === 0;
    empty.hidden = queue.count > 0;
    const words = {
      pairs: model.get("judged").length ? "Every pair within this distance is judged." : model.get("empty"),
      groups: model.get("empty"),
      judged: "No pair within this distance is judged yet.",
    };
    empty.textContent = words[model.get("mode")];
    compared = undefined;
    thumbnails.retry();
    rows.reset();
    turn();
  };
  const turn = () => {
    queue.read();
    show();
    rows.reveal();
  };
  const tell = () => {
    error.textContent = model.get("error");
    error.hidden = !model.get("error");
    told.textContent = model.get("told");
    turnButtons();
  };

  const hear = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement) return; // letters are letters there
    const acts: Record<string, () => void> = {
      ArrowRight: () => go(queue.next(1)),
      ArrowLeft: () => go(queue.next(-1)),
      ArrowDown: () => go(queue.at + 1),
      ArrowUp: () => go(queue.at - 1),
      Home: () => go(0),
      End: () => go(queue.count - 1),
      Escape: () => compared && backToGroup(),
      m: () => judge("match"),
      n: () => judge("reject"),
      l: () => shown().length === 2 && keepAt(0),
      r: () => shown().length === 2 && keepAt(1),
      t: openTag,
      u: undoThis,
      d: () => comparison.turn(),
      b: () => comparison.blink(),
      c: compareChosen,
      "?": help.toggle,
    };
    for (const place of [1, 2, 3, 4, 5, 6]) acts[place] = () => shown().length > 2 && keepAt(place - 1);
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  };
  review.addEventListener("keydown", hear);
  const unhear = hearUnfocused(stage, hear);

  const unfollow = follow(
    model,
    [["pairs", "groups", "judged", "mode", "maximum", "height", "empty"], redraw],
    [["index", "group_index", "judged_index", "rejected", "confirmed", "taken", "removed"], turn],
    [["error", "told", "undoable"], tell],
    [["tags"], () => tags.refresh()],
  );
  redraw();
  tell();
  return () => {
    unhear();
    unfollow();
    grid.close();
    comparison.clear();
    rows.close();
    thumbnails.close();
  };
};

export default { render };

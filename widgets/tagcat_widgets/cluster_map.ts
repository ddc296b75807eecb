// A map of dots on a canvas. A drag draws a line around dots and selects what lies inside (or moves the map,
// where the person says so); the mouse that only moves shows a picture and changes nothing. To a screen
// reader the map is a listbox whose one drawn option is the dot in focus.

import type { AnyModel, Render } from "@anywidget/types";
import { floats, numbers } from "./shared/bytes";
import { make, root, uniqueId } from "./shared/dom";
import { counted, formatCount } from "./shared/format";
import { type Item, nameOf } from "./shared/item";
import { paint } from "./shared/map_canvas";
import { MapCard } from "./shared/map_card";
import { type How, Legend } from "./shared/map_legend";
import {
  DIRECTIONS,
  nearest,
  neighbour,
  project,
  showing,
  type View,
  within,
  zoomed,
} from "./shared/scatter";
import { toggle } from "./shared/selection";
import { Thumbnails } from "./shared/thumbnails";

interface Model {
  items: Item[];
  places: DataView;
  clusters: DataView;
  selected: string[];
  height: number;
  empty: string;
  label: string;
}

const MARGIN = 28; // px around the outermost dots
const REACH = 12; // px from a dot that still mean it
const STILL = 4; // px that a click may shake
const UNMEASURED = 800; // px: a page that is laid out later

const render: Render<Model> = ({ model, el }) => {
  const map = root(el, "tagcat-map");
  const id = uniqueId("map");
  const canvas = make("canvas", "tagcat-map-canvas", { "aria-hidden": "true" });
  const option = make("div", "tagcat-unseen", { role: "option", id });
  const board = make(
    "div",
    "tagcat-map-board",
    { role: "listbox", "aria-multiselectable": "true", tabindex: 0 },
    canvas,
    option,
  );
  const tools = make("div", "tagcat-map-tools", { role: "toolbar", "aria-label": "The map" });
  const legend = new Legend((cluster, how) => choose(members[cluster] as number[], how));
  const status = make("div", "tagcat-map-status tagcat-quiet tagcat-numbers", { "aria-live": "polite" });
  const empty = make("div", "tagcat-empty");
  const thumbnails = new Thumbnails(model as unknown as AnyModel<Model>);
  const card = new MapCard(thumbnails);
  const frame = make("div", "tagcat-map-frame", {}, board, tools, card.element);
  map.append(frame, empty, legend.element, status);

  let items: Item[] = [];
  let places = new Float32Array();
  let dots = new Float32Array();
  let clusters = new Uint16Array();
  let members: number[][] = []; // the dots of each cluster
  let selected = new Set<string>();
  let focus = 0;
  let hovered = -1;
  let view: View = { scale: 1, left: 0, top: 0 };
  let touched = false; // whether the person zoomed or moved: then a new size keeps the view
  let moving = false; // whether a drag moves the map instead of drawing a line
  let line: number[] = [];
  let drag: { x: number; y: number; view: View } | undefined;
  let frameRequest = 0;

  const width = () => board.clientWidth || UNMEASURED;
  const height = () => model.get("height");

  // ---- drawing ------------------------------------------------------------------------------------

  const later = () => {
    cancelAnimationFrame(frameRequest);
    frameRequest = requestAnimationFrame(draw);
  };

  function draw(): void {
    project(places, view, dots);
    const chosen = items.map((item) => selected.has(item.key));
    const rings = [hovered, board.matches(":focus-visible") ? focus : -1];
    paint(canvas, { width: width(), height: height(), dots, members, chosen, rings, line });
  }

  function home(): void {
    view = showing(places, width(), height(), MARGIN);
    touched = false;
    later();
  }

  function zoom(factor: number, x = width() / 2, y = height() / 2): void {
    view = zoomed(view, factor, x, y);
    touched = true;
    hide();
    later();
  }

  // ---- selecting ----------------------------------------------------------------------------------

  function choose(indices: number[], how: How): void {
    const keys = indices.map((at) => (items[at] as Item).key);
    if (how === "only") selected = new Set(keys);
    else if (how === "toggle") for (const key of keys) selected = toggle(selected, key);
    else {
      const next = new Set(selected);
      for (const key of keys) how === "add" ? next.add(key) : next.delete(key);
      selected = next;
    }
    share();
  }

  function share(): void {
    restyle();
    // In the order of the items, so that equal selections are equal lists.
    model.set(
      "selected",
      items.filter((item) => selected.has(item.key)).map((item) => item.key),
    );
    model.save_changes();
  }

  function restyle(): void {
    const total = counted(items.length, "items");
    status.textContent = selected.size ? `${formatCount(selected.size)} of ${total} selected` : total;
    legend.press(
      members.map((of) => of.length > 0 && of.every((at) => selected.has((items[at] as Item).key))),
    );
    tell();
    later();
  }

  /** Makes the one option the dot in focus. */
  function tell(): void {
    const item = items[focus];
    if (!item) {
      board.removeAttribute("aria-activedescendant");
      option.textContent = "";
      return;
    }
    option.textContent = `${nameOf(item)}, cluster ${clusters[focus]}`;
    option.setAttribute("aria-selected", String(selected.has(item.key)));
    option.setAttribute("aria-posinset", String(focus + 1));
    option.setAttribute("aria-setsize", String(items.length));
    board.setAttribute("aria-activedescendant", id);
  }

  // ---- looking ------------------------------------------------------------------------------------

  function look(at: number): void {
    if (at === hovered) return;
    hide();
    if (at < 0) return;
    hovered = at;
    const place: [number, number] = [dots[2 * at] as number, dots[2 * at + 1] as number];
    card.show(items[at] as Item, `cluster ${clusters[at]}`, place, [width(), height()]);
    later();
  }

  function hide(): void {
    if (hovered < 0) return;
    hovered = -1;
    card.hide();
    later();
  }

  // ---- mouse, pen and finger ----------------------------------------------------------------------

  const spot = (event: PointerEvent | WheelEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  board.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !items.length) return;
    const [x, y] = spot(event);
    drag = { x, y, view };
    line = moving ? [] : [x, y];
    board.setPointerCapture?.(event.pointerId);
  });
  board.addEventListener("pointermove", (event) => {
    const [x, y] = spot(event);
    if (!drag) {
      look(nearest(dots, x, y, REACH));
      return;
    }
    hide();
    if (moving) {
      view = { ...drag.view, left: drag.view.left + x - drag.x, top: drag.view.top + y - drag.y };
      touched = true;
    } else line.push(x, y);
    later();
  });
  board.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const [x, y] = spot(event);
    const reach = Math.max(
      Math.hypot(x - drag.x, y - drag.y),
      ...pairs(line).map(([px, py]) => Math.hypot(px - (drag?.x ?? 0), py - (drag?.y ?? 0))),
    );
    const still = reach <= STILL;
    drag = undefined;
    const drawn = line;
    line = [];
    const many = event.shiftKey ? "add" : event.altKey ? "remove" : "only";
    if (still) {
      const at = nearest(dots, x, y, REACH);
      if (at >= 0) {
        focus = at;
        choose([at], event.ctrlKey || event.metaKey || event.shiftKey ? "toggle" : "only");
      } else if (many === "only" && selected.size) choose([], "only");
    } else if (!moving) choose(within(dots, drawn), many);
    later();
  });
  board.addEventListener("pointercancel", () => {
    drag = undefined;
    line = [];
    later();
  });
  board.addEventListener("pointerleave", hide);
  board.addEventListener("focus", later);
  board.addEventListener("blur", later);
  board.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls; a pinch comes with Ctrl
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 300), ...spot(event));
    },
    { passive: false },
  );

  // ---- keys ---------------------------------------------------------------------------------------

  board.addEventListener("keydown", (event) => {
    if (!items.length) return;
    const command = event.ctrlKey || event.metaKey;
    const direction = DIRECTIONS[event.key];
    if (direction) {
      focus = neighbour(dots, focus, ...direction);
      tell();
      hide();
      look(focus);
    } else if (event.key === " ") choose([focus], "toggle");
    else if (event.key === "Enter") choose([focus], "only");
    else if (event.key === "c" && !command) choose(members[clusters[focus] as number] ?? [], "only");
    else if (event.key === "+" || event.key === "=") zoom(1.3);
    else if (event.key === "-") zoom(1 / 1.3);
    else if (event.key === "0" && !command) home();
    else if (event.key === "a" && command) choose([...items.keys()], "only");
    else if (event.key === "Escape" && line.length) {
      drag = undefined;
      line = [];
      later();
    } else if (event.key === "Escape" && selected.size) choose([], "only");
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // ---- tools and legend ---------------------------------------------------------------------------

  const tool = (text: string, title: string, action: () => void) => {
    const button = make("button", "tagcat-map-tool", { type: "button", title, "aria-label": title, text });
    button.addEventListener("click", action);
    tools.append(button);
    return button;
  };
  const lasso = tool("◌", "A drag selects", () => mode(false));
  const hand = tool("✥", "A drag moves the map", () => mode(true));
  tool("+", "Larger", () => zoom(1.3));
  tool("−", "Smaller", () => zoom(1 / 1.3));
  tool("⤢", "Show all", home);

  function mode(move: boolean): void {
    moving = move;
    lasso.setAttribute("aria-pressed", String(!move));
    hand.setAttribute("aria-pressed", String(move));
    board.classList.toggle("tagcat-map-moving", move);
  }

  // ---- what Python says ---------------------------------------------------------------------------

  const take = () => {
    const kept = items[focus]?.key;
    items = model.get("items");
    places = floats(model.get("places"), 2 * items.length);
    clusters = numbers(model.get("clusters"), items.length);
    dots = new Float32Array(places.length);
    selected = new Set(model.get("selected"));
    members = [];
    for (const [at, cluster] of clusters.entries()) {
      while (members.length <= cluster) members.push([]);
      members[cluster]?.push(at);
    }
    focus = Math.max(
      0,
      items.findIndex((item) => item.key === kept),
    );
    hide();
    frame.hidden = items.length === 0;
    legend.element.hidden = items.length === 0;
    empty.hidden = items.length > 0;
    empty.textContent = model.get("empty");
    board.setAttribute("aria-label", model.get("label"));
    canvas.style.height = `${height()}px`;
    legend.show(members.map((of) => of.length));
    thumbnails.retry();
    home();
    project(places, view, dots);
    restyle();
  };
  const takeSelected = () => {
    selected = new Set(model.get("selected"));
    restyle();
  };

  const watched = ["items", "places", "clusters", "height", "empty", "label"];
  let planned = false;
  // The three columns of new points come one after the other: draw once, when all are here.
  const takeSoon = () => {
    if (planned) return;
    planned = true;
    queueMicrotask(() => {
      planned = false;
      take();
    });
  };
  for (const trait of watched) model.on(`change:${trait}`, takeSoon);
  model.on("change:selected", takeSelected);

  const resized = () => (touched ? later() : home());
  const observer = typeof ResizeObserver === "function" ? new ResizeObserver(resized) : undefined;
  observer?.observe(board);
  // The ink follows the theme, which a canvas does not do by itself.
  const dark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
  dark?.addEventListener?.("change", later);
  const theme = new MutationObserver(later);
  theme.observe(document.body, { attributes: true });

  mode(false);
  take();
  return () => {
    for (const trait of watched) model.off(`change:${trait}` as "change:items", takeSoon);
    model.off("change:selected", takeSelected);
    observer?.disconnect();
    theme.disconnect();
    dark?.removeEventListener?.("change", later);
    cancelAnimationFrame(frameRequest);
    thumbnails.close();
  };
};

function pairs(line: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < line.length; at += 2) found.push([line[at] as number, line[at + 1] as number]);
  return found;
}

export default { render };

// A map of dots on a canvas. A drag draws a line around dots and selects what lies inside (or moves the map,
// where the person says so); the mouse that only moves shows a picture and changes nothing. To a screen
// reader the map is a listbox whose one drawn option is the dot in focus.

import type { AnyModel, Render } from "@anywidget/types";
import { floats, numbers } from "./shared/bytes";
import { make, root } from "./shared/dom";
import { counted, formatCount } from "./shared/format";
import { type Item, nameOf } from "./shared/item";
import { followTheme, MapBoard } from "./shared/map_board";
import { paint } from "./shared/map_canvas";
import { MapCard } from "./shared/map_card";
import { MapDrag } from "./shared/map_drag";
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
import { follow, together } from "./shared/traits";

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
const UNMEASURED = 800; // px: a page that is laid out later

const render: Render<Model> = ({ model, el }) => {
  const map = root(el, "tagcat-map");
  const canvas = make("canvas", "tagcat-map-canvas", { "aria-hidden": "true" });
  const maker = new MapBoard("map", "The map", canvas);
  const board = maker.element;
  const legend = new Legend((cluster, how) => choose(members[cluster] as number[], how));
  const status = make("div", "tagcat-map-status tagcat-quiet tagcat-numbers", { "aria-live": "polite" });
  const empty = make("div", "tagcat-empty");
  const thumbnails = new Thumbnails(model as unknown as AnyModel<Model>);
  const card = new MapCard(thumbnails);
  const frame = make("div", "tagcat-map-frame", {}, board, maker.tools, card.element);
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
    paint(canvas, { width: width(), height: height(), dots, members, chosen, rings, line: drag.line });
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

  function tell(): void {
    const item = items[focus];
    const text = item && `${nameOf(item)}, cluster ${clusters[focus]}`;
    maker.tell(text, selected.has(item?.key ?? ""), focus, items.length);
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

  const drag = new MapDrag(board, canvas, {
    ready: () => items.length > 0,
    look: (x, y) => look(nearest(dots, x, y, REACH)),
    drag(right, down) {
      hide();
      if (drag.moving) {
        view = { ...view, left: view.left + right, top: view.top + down };
        touched = true;
      }
      later();
    },
    click(x, y, event) {
      const at = nearest(dots, x, y, REACH);
      if (at >= 0) {
        focus = at;
        choose([at], event.ctrlKey || event.metaKey || event.shiftKey ? "toggle" : "only");
      } else if (!event.shiftKey && !event.altKey && selected.size) choose([], "only");
    },
    surround(line, event) {
      choose(within(dots, line), event.shiftKey ? "add" : event.altKey ? "remove" : "only");
    },
    end: later,
  });
  board.addEventListener("pointerleave", hide);
  board.addEventListener("focus", later);
  board.addEventListener("blur", later);
  maker.onWheel((factor, event) => zoom(factor, ...drag.spot(event)));

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
    else if (event.key === "Escape" && drag.line.length) drag.cancel();
    else if (event.key === "Escape" && selected.size) choose([], "only");
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // ---- tools and legend ---------------------------------------------------------------------------

  const lasso = maker.tool("◌", "A drag selects", () => mode(false));
  const hand = maker.tool("✥", "A drag moves the map", () => mode(true));
  maker.tool("+", "Larger", () => zoom(1.3));
  maker.tool("−", "Smaller", () => zoom(1 / 1.3));
  maker.tool("⤢", "Show all", home);

  function mode(move: boolean): void {
    drag.moving = move;
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
  const unfollow = follow(model, [watched, together(take)], [["selected"], takeSelected]);

  const resized = () => (touched ? later() : home());
  const observer = typeof ResizeObserver === "function" ? new ResizeObserver(resized) : undefined;
  observer?.observe(board);
  const unfollowTheme = followTheme(later);

  mode(false);
  take();
  return () => {
    unfollow();
    observer?.disconnect();
    unfollowTheme();
    cancelAnimationFrame(frameRequest);
    thumbnails.close();
  };
};

export default { render };

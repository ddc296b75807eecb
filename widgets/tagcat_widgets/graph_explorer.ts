// The graph on a canvas, by vis-network, which draws, drags and finds what is under the mouse. Places come
// from Python, so no springs run. A node is a dot until its thumbnail is here (`graph/pictures.ts`); thumbnails
// are asked for all nodes of a small graph, and in a large one for those that the person has come near to.

import type { AnyModel, Render } from "@anywidget/types";
import { DataSet, DataView as EdgeView } from "vis-data/esnext";
import { Network } from "vis-network/esnext";
import { Bar } from "./graph/bar";
import { read } from "./graph/columns";
import type { Drawn, Model } from "./graph/model";
import { PICTURE, Pictures } from "./graph/pictures";
import { make, root, throttle } from "./shared/dom";
import { counted, formatCount } from "./shared/format";
import { caption, look, tinted } from "./shared/graph_look";
import { type Item, nameOf } from "./shared/item";
import { followTheme, MapBoard } from "./shared/map_board";
import { MapCard } from "./shared/map_card";
import { DIRECTIONS, neighbour } from "./shared/scatter";
import { toggle } from "./shared/selection";
import { Thumbnails } from "./shared/thumbnails";
import { follow, together } from "./shared/traits";

const CELL = { width: 132, height: 48 }; // px at scale 1; every second row of a group is free
const PICTURED = 2_000; // thumbnails at most in one graph
const FEW = 200; // nodes that fit a view with their pictures
const NEAR = 12; // px on screen from which a thumbnail says something

const render: Render<Model> = ({ model, el }) => {
  const graph = root(el, "tagcat-graph");
  const stage = make("div", "tagcat-graph-stage", { "aria-hidden": "true" });
  const maker = new MapBoard("graph", "The graph", stage);
  const board = maker.element;
  const status = make("div", "tagcat-map-status tagcat-quiet tagcat-numbers", { "aria-live": "polite" });
  const empty = make("div", "tagcat-empty");
  const thumbnails = new Thumbnails(model as unknown as AnyModel<Model>);
  const small = new Thumbnails(model as unknown as AnyModel<Model>, 0, true);
  const card = new MapCard(thumbnails);
  const frame = make("div", "tagcat-map-frame", {}, board, maker.tools, card.element);
  const bar = new Bar(model, maker.id, {
    names: () => items,
    found: (number) => {
      said = number === undefined ? "" : `${formatCount(number)} found`;
      say();
    },
    choose: (keys) => {
      choose(keys);
      const ids = keys.map((key) => at.get(key) as number);
      focus = ids[0] as number;
      network.fit({ nodes: ids, animation: false, maxZoomLevel: 1.2 });
      moved = true;
      pictureSoon();
    },
  });
  graph.append(bar.element, frame, empty, status);

  let items: Item[] = [];
  let at = new Map<string, number>();
  let selected = new Set<string>();
  let focus = 0;
  let said = "";
  let shownEdges = 0;
  let most = 1; // the greatest number on an edge
  let tints: string[] = [];
  let moved = false; // whether the person has chosen what to see
  let placed = new Float32Array(); // the cells that the nodes began in

  const nodes = new DataSet<{ id: number; x?: number; y?: number; [fact: string]: unknown }>();
  const edges = new DataSet<Drawn>();
  const far = () => model.get("measure") === "distance";
  const seen = new EdgeView<Drawn>(edges, {
    filter: ({ number }) => (far() ? number <= model.get("max_distance") : number >= model.get("min_count")),
  });
  const network = new Network(stage, { nodes: nodes as never, edges: seen as never }, look(graph, 0));
  // One stop for the Tab key is enough, and it is the board.
  for (const inner of stage.querySelectorAll<HTMLElement>("[tabindex]")) inner.tabIndex = -1;

  // ---- pictures -----------------------------------------------------------------------------------

  const pictures = new Pictures(
    small,
    thumbnails,
    (id) => items[id as number]?.key,
    () => drawSoon(),
  );
  const drawSoon = throttle(200, () => {
    network.redraw();
    // Pictures are larger than dots: what was shown whole is shown whole again.
    if (!moved && items.length <= FEW) requestAnimationFrame(() => moved || showAll());
  });

  /** Asks for the thumbnails that the person can make out; once asked for, they stay. */
  function picture(): void {
    const scale = network.getScale();
    const few = items.length <= PICTURED;
    if (!few && scale * 2 * PICTURE < NEAR) return;
    const near = few && scale < 0.5 ? [] : inView(scale);
    const wanted = (few ? items : near).filter((item) => !pictures.asked(item));
    wanted.splice(Math.max(0, PICTURED - pictures.count));
    for (const item of wanted) pictures.ask(item);
    if (!few) nodes.update(wanted.map((item) => ({ id: at.get(item.key) as number, ...pictured })));
    pictures.sharpen(near, scale);
  }

  /** Returns the items whose nodes the person can see. */
  function inView(scale: number): Item[] {
    const { x, y } = network.getViewPosition();
    const wide = (board.clientWidth || 800) / scale / 2 + PICTURE;
    const high = model.get("height") / scale / 2 + PICTURE;
    const places = network.getPositions();
    return items.filter((_, index) => {
      const place = places[index];
      return place && Math.abs(place.x - x) < wide && Math.abs(place.y - y) < high;
    });
  }
  const pictureSoon = throttle(200, picture);

  // The size is what has to fit when all is shown: wide pictures, and names under them.
  const pictured = { shape: "custom", ctxRenderer: pictures.draw, size: 1.5 * PICTURE };

  // ---- selecting ----------------------------------------------------------------------------------

  function choose(keys: Iterable<string>): void {
    selected = new Set(keys);
    restyle();
    // In the order of the items, so that equal selections are equal lists.
    model.set(
      "selected",
      items.filter((item) => selected.has(item.key)).map((item) => item.key),
    );
    model.save_changes();
  }

  function restyle(): void {
    const ids = [...selected].map((key) => at.get(key)).filter((index) => index !== undefined);
    network.selectNodes(ids, false);
    say();
  }

  function say(): void {
    const parts = [
      counted(items.length, model.get("noun")),
      counted(shownEdges, far() ? "matches" : "pairs"),
    ];
    if (selected.size) parts.push(`${formatCount(selected.size)} selected`);
    if (said) parts.push(said);
    status.textContent = parts.join(" · ");
    const item = items[focus];
    maker.tell(item && nameOf(item), selected.has(item?.key ?? ""), focus, items.length);
  }

  const keyOf = (index: unknown) => items[index as number]?.key;
  const expand = (index: unknown) => {
    const key = keyOf(index);
    if (key !== undefined && model.get("expandable")) model.send({ type: "expand", key });
  };

  network.on("select", ({ nodes: chosen }: { nodes: number[] }) => {
    if (chosen.length) focus = chosen.at(-1) as number;
    choose(chosen.map(keyOf).filter((key) => key !== undefined));
  });
  network.on("doubleClick", ({ nodes: chosen }: { nodes: number[] }) => expand(chosen[0]));
  network.on("hoverNode", ({ node }: { node: number }) => {
    const item = items[node];
    const place = network.getPositions([node])[node];
    if (!item || !place) return;
    const dot = network.canvasToDOM(place);
    card.show(item, item.detail, [dot.x, dot.y], [board.clientWidth || 800, model.get("height")]);
  });
  const hide = () => card.hide();
  network.on("blurNode", hide);
  network.on("dragStart", () => {
    moved = true;
    hide();
  });
  network.on("zoom", pictureSoon);
  network.on("dragEnd", pictureSoon);
  network.on("animationFinished", pictureSoon);
  network.on("afterDrawing", (pen: CanvasRenderingContext2D) => {
    const place = board.matches(":focus-visible") ? network.getPositions([focus])[focus] : undefined;
    if (!place) return;
    pen.strokeStyle = getComputedStyle(board).color;
    pen.lineWidth = 2 / network.getScale();
    const around = PICTURE + 8;
    pen.strokeRect(place.x - around, place.y - around, 2 * around, 2 * around);
  });

  // ---- moving around ------------------------------------------------------------------------------

  function zoom(factor: number, pixel?: { x: number; y: number }): void {
    const scale = Math.min(6, Math.max(0.01, network.getScale() * factor));
    const middle = network.getViewPosition();
    const held = pixel ? network.DOMtoCanvas(pixel) : middle;
    const by = network.getScale() / scale;
    const position = { x: held.x + (middle.x - held.x) * by, y: held.y + (middle.y - held.y) * by };
    network.moveTo({ scale, position, animation: false });
    moved = true;
    hide();
    pictureSoon();
  }
  function showAll(): void {
    moved = false;
    network.redraw(); // takes the size that its element has by now
    network.fit({ animation: false, maxZoomLevel: 1.5 });
    pictureSoon();
  }
  maker.onWheel((factor, event) => {
    const box = stage.getBoundingClientRect();
    zoom(factor, { x: event.clientX - box.left, y: event.clientY - box.top });
  });

  board.addEventListener("keydown", (event) => {
    if (!items.length) return;
    const direction = DIRECTIONS[event.key];
    const key = keyOf(focus) as string;
    if (direction) {
      const places = network.getPositions();
      const dots = new Float32Array(2 * items.length);
      for (let index = 0; index < items.length; index++) {
        dots[2 * index] = places[index]?.x ?? 0;
        dots[2 * index + 1] = places[index]?.y ?? 0;
      }
      focus = neighbour(dots, focus, ...direction);
      moved = true;
      network.moveTo({ position: { x: dots[2 * focus] as number, y: dots[2 * focus + 1] as number } });
      say();
    } else if (event.key === " ") choose(toggle(selected, key));
    else if (event.key === "Enter") choose([key]);
    else if (event.key === "e") expand(focus);
    else if (event.key === "+" || event.key === "=") zoom(1.3);
    else if (event.key === "-") zoom(1 / 1.3);
    else if (event.key === "0") showAll();
    else if (event.key === "/") bar.focus();
    else if (event.key === "Escape" && selected.size) choose([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  board.addEventListener("focus", () => network.redraw());
  board.addEventListener("blur", () => network.redraw());

  maker.tool("+", "Larger", () => zoom(1.3));
  maker.tool("−", "Smaller", () => zoom(1 / 1.3));
  maker.tool("⤢", "Show all", showAll);

  const takeReach = () => {
    bar.show(most);
    seen.refresh();
    shownEdges = seen.length;
    say();
  };

  // ---- what Python says ---------------------------------------------------------------------------

  const take = () => {
    const before = items;
    const kept = items[focus]?.key;
    items = model.get("items");
    at = new Map(items.map((item, index) => [item.key, index]));
    selected = new Set(model.get("selected"));
    focus = at.get(kept ?? "") ?? 0;
    const columns = read(model);
    const { cells, colours } = columns;
    most = columns.most;
    // More of the same graph: what is there stays where the person has put it.
    const grown =
      before.length > 0 &&
      before.every(({ key, name }, index) => items[index]?.key === key && items[index].name === name) &&
      tints.every((colour, index) => colours[index] === colour) &&
      placed.every((value, index) => cells[index] === value);
    placed = cells;
    tints = colours;
    hide();
    if (grown) {
      const start = before.length;
      nodes.add(items.slice(start).map((_, more) => place(start + more)));
    } else {
      nodes.clear();
      pictures.clear();
      nodes.add(items.map((_, index) => place(index)));
    }
    edges.clear();
    edges.add(columns.edges);
    network.setOptions(look(graph, columns.edges.length));
    frame.hidden = items.length === 0;
    bar.element.hidden = items.length === 0;
    empty.hidden = items.length > 0;
    empty.textContent = model.get("empty");
    board.setAttribute("aria-label", model.get("label"));
    stage.style.height = `${model.get("height")}px`;
    thumbnails.retry();
    small.retry();
    takeReach();
    restyle();
    if (grown) pictureSoon();
    else showAll();

    function place(index: number) {
      const [x, y] = [cells[2 * index] as number, cells[2 * index + 1] as number];
      const called = model.get("named") ? { label: caption((items[index] as Item).name) } : {};
      const shape = items.length <= PICTURED ? pictured : {};
      return {
        id: index,
        x: x * CELL.width,
        y: y * CELL.height,
        ...called,
        ...shape,
        ...tinted(colours[index]),
      };
    }
  };
  const takeSelected = () => {
    selected = new Set(model.get("selected"));
    restyle();
  };
  const heard = (message: { type?: unknown; text?: unknown }) => {
    if (message?.type !== "say") return;
    said = String(message.text);
    say();
  };

  const watched = ["items", "ends", "numbers", "colours", "cells", "height", "empty", "label"];
  const unfollow = follow(
    model,
    [watched, together(take)],
    [["selected"], takeSelected],
    [["max_distance", "min_count"], takeReach],
  );
  model.on("msg:custom", heard);

  const unfollowTheme = followTheme(() => network.setOptions(look(graph, edges.length)));
  // A page that is laid out later had no size to show all in.
  let width = board.clientWidth;
  const sized = new ResizeObserver(() => {
    if (!width && board.clientWidth) showAll();
    width = board.clientWidth;
  });
  sized.observe(board);

  take();
  return () => {
    unfollow();
    model.off("msg:custom", heard);
    unfollowTheme();
    sized.disconnect();
    pictures.close();
    small.close();
    thumbnails.close();
    network.destroy();
  };
};

export default { render };

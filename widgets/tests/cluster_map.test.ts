import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import clusterMap from "../tagcat_widgets/cluster_map";
import type { Item } from "../tagcat_widgets/shared/item";
import { draw, type FakeModel, HOSTILE, one, press, watchUrls } from "./page";

// Four dots in an 800 × 400 box: 0 and 1 on the left, 2 and 3 on the right.
const PLACES = [0, 0, 0, 1, 4, 0, 4, 1];
const CLUSTERS = [0, 0, 1, 1];
const item = (index: number, extra: Partial<Item> = {}): Item => ({
  key: `u:${index}`,
  name: `${index}.jpg`,
  detail: "",
  badge: "",
  time: null,
  ...extra,
});
const bytes = (array: Float32Array | Uint16Array) => new DataView(array.buffer);
const start = (state = {}) =>
  draw(clusterMap, {
    items: [0, 1, 2, 3].map((index) => item(index)),
    places: bytes(new Float32Array(PLACES)),
    clusters: bytes(new Uint16Array(CLUSTERS)),
    selected: [] as string[],
    height: 400,
    empty: "Nothing.",
    label: "Map",
    ...state,
  });
const board = (el: Element) => one(el, "[role=listbox]");
const chosen = (model: FakeModel) => (model.state.selected as string[]).join(" ");
// The scale is (800 - 2 * 28) / 4 = 186: dots at x 28 and 772, y 293 and 107.
const [LEFT, RIGHT, LOW, HIGH] = [28, 772, 293, 107];

function pointer(el: Element, type: string, x: number, y: number, init: MouseEventInit = {}) {
  board(el).dispatchEvent(
    new MouseEvent(`pointer${type}`, { bubbles: true, clientX: x, clientY: y, ...init }),
  );
}
function click(el: Element, x: number, y: number, init: MouseEventInit = {}) {
  pointer(el, "down", x, y, init);
  pointer(el, "up", x, y, init);
}
function around(el: Element, x: number, init: MouseEventInit = {}) {
  pointer(el, "down", x - 20, 50, init);
  for (const [px, py] of [
    [x + 20, 50],
    [x + 20, 350],
    [x - 20, 350],
  ] as const) {
    pointer(el, "move", px, py, init);
  }
  pointer(el, "up", x - 20, 350, init);
}

beforeEach(() => void watchUrls());
afterEach(() => vi.restoreAllMocks());

describe("ClusterMap", () => {
  it("selects what a line is drawn around, adds with Shift, takes out with Alt", async () => {
    const { model, el } = await start();
    around(el, LEFT);
    expect(chosen(model)).toBe("u:0 u:1");
    around(el, RIGHT, { shiftKey: true });
    expect(chosen(model)).toBe("u:0 u:1 u:2 u:3");
    around(el, LEFT, { altKey: true });
    expect(chosen(model)).toBe("u:2 u:3");
    expect(one(el, ".tagcat-map-status").textContent).toBe("2 of 4 items selected");
  });

  it("keeps the selection while the mouse moves, and shows what it is over", async () => {
    const { model, el } = await start({ selected: ["u:3"] });
    pointer(el, "move", LEFT + 3, LOW);
    expect(one(el, ".tagcat-map-card").hidden).toBe(false);
    expect(one(el, ".tagcat-map-name").textContent).toBe("0.jpg");
    pointer(el, "move", 400, 200);
    expect(one(el, ".tagcat-map-card").hidden).toBe(true);
    expect(chosen(model)).toBe("u:3");
    expect(model.saved).toBe(0);
  });

  it("selects by click and ctrl; a click beside all dots selects none", async () => {
    const { model, el } = await start();
    click(el, LEFT, HIGH);
    expect(chosen(model)).toBe("u:1");
    click(el, RIGHT, LOW, { ctrlKey: true });
    expect(chosen(model)).toBe("u:1 u:2");
    click(el, 400, 200);
    expect(chosen(model)).toBe("");
  });

  it("selects clusters by the legend", async () => {
    const { model, el } = await start();
    const buttons = [...el.querySelectorAll<HTMLElement>(".tagcat-map-cluster")];
    expect(buttons.map((button) => button.textContent)).toEqual(["Cluster 0, 2", "Cluster 1, 2"]);
    buttons[1]?.click();
    expect(chosen(model)).toBe("u:2 u:3");
    expect(buttons.map((button) => button.getAttribute("aria-pressed"))).toEqual(["false", "true"]);
    buttons[0]?.dispatchEvent(new MouseEvent("click", { shiftKey: true }));
    expect(chosen(model)).toBe("u:0 u:1 u:2 u:3");
    buttons[1]?.click();
    expect(chosen(model)).toBe("u:0 u:1");
  });

  it("is used by keys alone", async () => {
    const { model, el } = await start();
    const list = board(el);
    const option = () => one(el, "[role=option]");
    expect(option().textContent).toBe("0.jpg, cluster 0");
    press(list, "ArrowUp");
    expect(option().textContent).toBe("1.jpg, cluster 0");
    expect(press(list, "ArrowRight").defaultPrevented).toBe(true);
    expect(option().textContent).toBe("3.jpg, cluster 1");
    press(list, " ");
    expect(chosen(model)).toBe("u:3");
    expect(option().getAttribute("aria-selected")).toBe("true");
    press(list, "c");
    expect(chosen(model)).toBe("u:2 u:3");
    press(list, "a", { ctrlKey: true });
    expect(model.state.selected).toHaveLength(4);
    press(list, "Escape");
    expect(chosen(model)).toBe("");
    expect(press(list, "x").defaultPrevented).toBe(false);
  });

  it("moves and zooms without losing the selection", async () => {
    const { model, el } = await start({ selected: ["u:0"] });
    const [, hand, larger, , all] = [...el.querySelectorAll<HTMLElement>(".tagcat-map-tool")];
    larger?.click();
    hand?.click();
    around(el, LEFT);
    expect(chosen(model)).toBe("u:0");
    all?.click();
    click(el, RIGHT, LOW);
    await new Promise(requestAnimationFrame);
    click(el, RIGHT, LOW);
    expect(chosen(model)).toBe("u:2");
  });

  it("shows what Python selects, and other points", async () => {
    const { model, el } = await start();
    model.set("selected", ["u:2", "u:3"]);
    expect(one(el, ".tagcat-map-status").textContent).toBe("2 of 4 items selected");
    model.set("places", bytes(new Float32Array([1, 1])));
    model.set("clusters", bytes(new Uint16Array([7])));
    model.set("items", [item(9)]);
    await Promise.resolve();
    expect(el.querySelectorAll(".tagcat-map-cluster")).toHaveLength(8);
    expect(one(el, "[role=option]").textContent).toBe("9.jpg, cluster 7");
  });

  it("says what an empty one says, and bears bytes that are too short", async () => {
    const { el } = await start({ items: [], places: bytes(new Float32Array(0)) });
    expect(one(el, ".tagcat-empty").textContent).toBe("Nothing.");
    press(board(el), "ArrowRight");
    click(el, 1, 1);
    const short = await start({ places: bytes(new Float32Array(1)), clusters: bytes(new Uint16Array(0)) });
    expect(one(short.el, "[role=option]").textContent).toBe("0.jpg, cluster 0");
  });

  it("shows hostile names as text", async () => {
    const { el } = await start({ items: HOSTILE.slice(0, 4).map((text, at) => item(at, { name: text })) });
    pointer(el, "move", LEFT, LOW);
    expect(one(el, ".tagcat-map-name").textContent).toBe(HOSTILE[0]);
    expect(el.querySelector("script, img")).toBeNull();
    expect("hacked" in globalThis).toBe(false);
  });

  it("leaves nothing behind", async () => {
    const { model, remove } = await start();
    remove();
    expect(model.heard).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import gallery from "../tagcat_widgets/gallery";
import type { Item } from "../tagcat_widgets/shared/item";
import { draw, type FakeModel, HOSTILE, one, press, watchUrls } from "./page";
import { galleryState } from "./states";

const item = (index: number, extra: Partial<Item> = {}): Item => ({
  key: `u:${index}`,
  name: `${index}.jpg`,
  detail: "640 × 480",
  badge: "",
  time: null,
  ...extra,
});
const items = (count: number) => [...Array(count).keys()].map((index) => item(index));
const start = (state = {}) => draw(gallery, { ...galleryState(), items: items(20), ...state });
const options = (el: Element) => [...el.querySelectorAll<HTMLElement>("[role=option]")];
const click = (el: Element, index: number, init: MouseEventInit = {}) =>
  options(el)[index]?.dispatchEvent(new MouseEvent("click", { bubbles: true, ...init }));
/** Gives the list a size, and a mouse to draw on it with. */
const drawnOn = (el: Element) => {
  const list = one(el, "[role=listbox]");
  Object.defineProperty(list, "clientWidth", { value: 800 });
  Object.defineProperty(list, "clientHeight", { value: 500 });
  const mouse = (type: string, x: number, y: number, init: PointerEventInit = {}) => {
    const place = { clientX: x, clientY: y, pointerId: 1, pointerType: "mouse", bubbles: true };
    list.dispatchEvent(new PointerEvent(type, { ...place, ...init }));
  };
  return { list, mouse };
};
const chosen = (model: FakeModel) => (model.state.selected as string[]).join(" ");

beforeEach(() => void watchUrls());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("Gallery", () => {
  it("draws few of 10,000 items and says how many there are", async () => {
    const { el } = await start({ items: items(10_000) });
    expect(options(el).length).toBeGreaterThan(10);
    expect(options(el).length).toBeLessThan(100);
    expect(options(el)[0]?.getAttribute("aria-setsize")).toBe("10000");
    expect(one(el, ".tagcat-gallery-status").textContent).toBe("10,000 items");
  });

  it("tells Python of a letter that is asked for, with something selected", async () => {
    const { model, el } = await start({ shortcuts: "t" });
    const list = one(el, "[role=listbox]");
    const pressed = () => model.sent.filter((message) => "pressed" in message);
    press(list, "x");
    expect(pressed()).toEqual([]);
    expect(press(list, "t").defaultPrevented).toBe(true);
    expect(pressed()).toEqual([{ pressed: "t" }]);
    expect(chosen(model)).toBe("u:0");
    press(list, "t", { ctrlKey: true });
    expect(pressed().length).toBe(1);
  });

  it("selects by click, ctrl and shift, in the order of the items", async () => {
    const { model, el } = await start();
    click(el, 3);
    expect(chosen(model)).toBe("u:3");
    click(el, 1, { ctrlKey: true });
    expect(chosen(model)).toBe("u:1 u:3");
    click(el, 1, { ctrlKey: true });
    expect(chosen(model)).toBe("u:3");
    click(el, 2);
    click(el, 5, { shiftKey: true });
    expect(chosen(model)).toBe("u:2 u:3 u:4 u:5");
    expect(model.saved).toBe(5);
    expect(options(el).map((option) => option.getAttribute("aria-selected"))[5]).toBe("true");
  });

  it("adds by the mark alone", async () => {
    const { model, el } = await start();
    click(el, 0);
    one(options(el)[2] as HTMLElement, ".tagcat-gallery-mark").dispatchEvent(
      new MouseEvent("click", { bubbles: true }),
    );
    expect(chosen(model)).toBe("u:0 u:2");
  });

  it("is used by keys alone", async () => {
    const { model, el } = await start({ items: items(1_000) });
    const list = one(el, "[role=listbox]");
    expect(press(list, "ArrowRight").defaultPrevented).toBe(true);
    press(list, " ");
    expect(chosen(model)).toBe("u:1");
    press(list, "End");
    press(list, " ");
    expect(chosen(model)).toBe("u:1 u:999");
    const active = list.getAttribute("aria-activedescendant") ?? "";
    expect(document.getElementById(active)?.textContent).toContain("999.jpg");
    press(list, "Home");
    press(list, "ArrowRight", { shiftKey: true });
    expect(chosen(model)).toBe("u:0 u:1");
    press(list, "a", { ctrlKey: true });
    expect(model.state.selected).toHaveLength(1_000);
    press(list, "Escape");
    expect(chosen(model)).toBe("");
    expect(press(list, "x").defaultPrevented).toBe(false);
  });

  it("moves by rows with the arrows up and down", async () => {
    const { model, el } = await start();
    const list = one(el, "[role=listbox]");
    press(list, "ArrowDown"); // 800 px hold 4 columns of 160 px with gaps of 12
    press(list, "Enter");
    expect(chosen(model)).toBe("u:4");
    press(list, "ArrowUp");
    press(list, "Enter");
    expect(chosen(model)).toBe("u:0");
  });

  it("selects rectangles by keys", async () => {
    const { model, el } = await start();
    const list = one(el, "[role=listbox]"); // 4 columns
    press(list, "ArrowRight");
    press(list, "ArrowRight", { shiftKey: true, altKey: true });
    press(list, "ArrowDown", { shiftKey: true, altKey: true });
    expect(chosen(model)).toBe("u:1 u:2 u:5 u:6");
    expect(press(list, "ArrowDown", { altKey: true }).defaultPrevented).toBe(false);
  });

  it("sorts and filters what it shows, and keeps selected what it hides", async () => {
    const rows = [
      item(0, { name: "b10.jpg", ranks: { size: 3 }, facets: { tag: ["sea", "x"] } }),
      item(1, { name: "b9.jpg", ranks: { size: 1 }, facets: { tag: ["sea"] } }),
      item(2, { name: "A.jpg" }),
    ];
    const { model, el } = await start({ items: rows, selected: ["u:2"] });
    const names = () => [...el.querySelectorAll(".tagcat-gallery-name")].map((name) => name.textContent);
    const pick = (label: string, text: string) => {
      const select = one<HTMLSelectElement>(el, `[aria-label="${label}"]`);
      const at = [...select.options].findIndex((option) => option.textContent === text);
      expect(at).toBeGreaterThanOrEqual(0);
      select.selectedIndex = at;
      select.dispatchEvent(new Event("change"));
    };
    pick("Sort by", "Sort: Name");
    expect(names()).toEqual(["A.jpg", "b9.jpg", "b10.jpg"]);
    pick("Sort by", "Sort: Size");
    one(el, ".tagcat-gallery-turn").click();
    expect(names()).toEqual(["b10.jpg", "b9.jpg", "A.jpg"]); // what has no size stays last
    expect([model.state.sort, model.state.descending]).toEqual(["size", true]);
    pick("Tag", "sea (2)");
    expect(names()).toEqual(["b10.jpg", "b9.jpg"]);
    expect(one(el, ".tagcat-gallery-status").textContent).toBe(
      "2 of 3 items shown · 1 selected, 1 of them not shown",
    );
    click(el, 0, { ctrlKey: true });
    expect(chosen(model)).toBe("u:0 u:2");
    pick("Tag", "no tag (1)");
    expect(model.state.filters).toEqual({ tag: "" });
    expect(names()).toEqual(["A.jpg"]);
    const search = one<HTMLInputElement>(el, "[type=search]");
    search.value = "B9";
    search.dispatchEvent(new Event("input"));
    expect(one(el, ".tagcat-empty").hidden).toBe(false);
    [...el.querySelectorAll("button")].find((button) => button.textContent === "Show all")?.click();
    expect(names()).toHaveLength(3);
    expect(chosen(model)).toBe("u:0 u:2");
  });

  it("offers no choice of what all items share, unless it is chosen", async () => {
    const rows = [item(0, { facets: { cluster: ["4"] } }), item(1, { facets: { cluster: ["4"] } })];
    const { model, el } = await start({ items: rows });
    const hidden = () => one(el, "[aria-label=Cluster]").hidden;
    expect(hidden()).toBe(true);
    model.set("filters", { cluster: "4" });
    expect(hidden()).toBe(false);
    model.set("filters", {});
    expect(hidden()).toBe(true);
    model.set("items", [...rows, item(2, { facets: { cluster: ["7"] } })]);
    expect(hidden()).toBe(false);
  });

  it("offers a bar only where there is something to sort", async () => {
    const bar = async (state: object) => one((await start(state)).el, ".tagcat-gallery-tools").hidden;
    expect(await bar({})).toBe(false);
    expect(await bar({ items: items(1) })).toBe(true);
    expect(await bar({ tools: false })).toBe(true);
    expect(await bar({ arrangement: "strip" })).toBe(true);
  });

  it("selects what a rectangle touches, as it is drawn, and tells Python once", async () => {
    const { model, el } = await start();
    const { list, mouse } = drawnOn(el);
    const seen = () => options(el).filter((option) => option.getAttribute("aria-selected") === "true").length;
    mouse("pointerdown", 195, 20); // cells of 191 px and gaps of 12
    mouse("pointermove", 197, 20);
    expect(el.querySelector(".tagcat-lasso")).toBeNull();
    mouse("pointermove", 420, 250);
    expect(el.querySelector(".tagcat-lasso")).not.toBeNull();
    expect(seen()).toBe(4);
    expect(model.saved).toBe(0);
    mouse("pointerup", 420, 250);
    click(el, 9); // the browser's own click at the end of it
    expect(chosen(model)).toBe("u:1 u:2 u:5 u:6");
    expect(model.saved).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    mouse("pointerdown", 0, 0, { ctrlKey: true });
    mouse("pointermove", 30, 30);
    expect(seen()).toBe(5);
    press(list, "Escape");
    expect(seen()).toBe(4);
    mouse("pointerup", 30, 30);
    expect(chosen(model)).toBe("u:1 u:2 u:5 u:6");
    mouse("pointerdown", 0, 0, { pointerType: "touch" });
    mouse("pointermove", 300, 300, { pointerType: "touch" });
    expect(el.querySelector(".tagcat-lasso")).toBeNull();
  });

  it("selects what a free line runs around, by the middles", async () => {
    const { model, el } = await start();
    const { list, mouse } = drawnOn(el);
    const draw = (init: PointerEventInit, ...corners: [number, number][]) => {
      for (const [at, [x, y]] of corners.entries()) mouse(at ? "pointermove" : "pointerdown", x, y, init);
      const [x, y] = corners.at(-1) as [number, number];
      expect(el.querySelector(".tagcat-lasso-line polygon")).not.toBeNull();
      expect(el.querySelector(".tagcat-lasso")).toBeNull();
      mouse("pointerup", x, y, init);
    };
    // Around the middles of 0, 4 and 5, but not of 1: cells are 191 wide, 235 high, 12 apart.
    const corner: [number, number][] = [
      [10, 10],
      [190, 10],
      [190, 250],
      [390, 250],
      [390, 480],
      [10, 480],
    ];
    press(list, "l");
    expect(one(el, ".tagcat-gallery-free").getAttribute("aria-pressed")).toBe("true");
    draw({}, ...corner);
    expect(chosen(model)).toBe("u:0 u:4 u:5");
    await new Promise((resolve) => setTimeout(resolve, 5));
    one(el, ".tagcat-gallery-free").click(); // rectangles again
    draw({ altKey: true, ctrlKey: true }, [420, 20], [590, 20], [590, 230], [420, 230]);
    expect(chosen(model)).toBe("u:0 u:2 u:4 u:5");
    expect(el.querySelector(".tagcat-lasso-line")).toBeNull();
  });

  it("shows what Python selects", async () => {
    const { model, el } = await start();
    model.set("selected", ["u:2"]);
    expect(options(el)[2]?.getAttribute("aria-selected")).toBe("true");
    expect(one(el, ".tagcat-gallery-status").textContent).toBe("1 of 20 items selected");
    expect(model.saved).toBe(0);
  });

  it("asks for thumbnails of what it shows and keeps the item in focus when items change", async () => {
    vi.useFakeTimers();
    const { model, el } = await start();
    vi.runAllTimers();
    expect(model.sent[0]?.keys.slice(0, 2)).toEqual(["u:0", "u:1"]);
    model.answer(["u:0"], [{ key: "u:1", reason: "gone" }]);
    expect(one(options(el)[0] as HTMLElement, "img").getAttribute("alt")).toBe("");
    expect(options(el)[1]?.textContent).toContain("gone");
    click(el, 3);
    model.set("items", items(20).slice(2));
    const active = one(el, "[role=listbox]").getAttribute("aria-activedescendant") ?? "";
    expect(document.getElementById(active)?.textContent).toContain("3.jpg");
  });

  it("shows times under the frames of a strip", async () => {
    const { el } = await start({
      arrangement: "strip",
      items: [item(0, { time: 0 }), item(1, { time: 1.2 })],
    });
    const captions = [...el.querySelectorAll(".tagcat-gallery-caption")].map(
      (caption) => caption.textContent,
    );
    expect(captions).toEqual(["0.jpg0:00.00", "1.jpg0:01.20"]);
    expect(one(el, "[role=listbox]").getAttribute("aria-orientation")).toBe("horizontal");
    expect(one(el, ".tagcat-gallery-status").textContent).toBe("2 frames");
  });

  it("says what an empty one says", async () => {
    const { el } = await start({ items: [], empty: "<b>Nothing</b>" });
    expect(one(el, ".tagcat-empty").hidden).toBe(false);
    expect(one(el, ".tagcat-empty").textContent).toBe("<b>Nothing</b>");
    expect(one(el, "[role=listbox]").hidden).toBe(true);
    press(one(el, "[role=listbox]"), "ArrowRight");
  });

  it("shows hostile names as text", async () => {
    const { el } = await start({
      items: HOSTILE.map((text, index) => item(index, { name: text, detail: text, badge: text })),
    });
    expect(el.querySelector("script, img")).toBeNull();
    expect(one(el, ".tagcat-gallery-name").textContent).toBe(HOSTILE[0]);
    expect("hacked" in globalThis).toBe(false);
  });

  it("leaves nothing behind", async () => {
    const { model, el, remove } = await start();
    click(el, 0);
    remove();
    expect(model.heard).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import strip from "../tagcat_widgets/key_frame_strip";
import type { Item } from "../tagcat_widgets/shared/item";
import { draw, HOSTILE, one, press, watchUrls } from "./page";

const frame = (index: number, time: number, name = ""): Item => ({
  key: `u:f:${index}`,
  name,
  detail: "",
  badge: "",
  time,
});
const frames = (count: number, apart = 1) =>
  [...Array(count).keys()].map((index) => frame(index, index * apart));
const start = (state = {}) =>
  draw(strip, {
    items: frames(5),
    selected: [] as string[],
    duration: 10,
    position: 0,
    empty: "Nothing.",
    label: "Key frames",
    ...state,
  });
const options = (el: Element) => [...el.querySelectorAll<HTMLElement>("[role=option]")];
const click = (el: Element | undefined, init: MouseEventInit = {}) =>
  el?.dispatchEvent(new MouseEvent("click", { bubbles: true, ...init }));

beforeEach(() => void watchUrls());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("KeyFrameStrip", () => {
  it("lays frames where their times are", async () => {
    const { el } = await start();
    const left = options(el).map((option) => Number.parseFloat(option.style.left));
    // 800 px of which 62 on each side are kept free: 67.6 px a second.
    expect(left.map(Math.round)).toEqual([62, 130, 197, 265, 332]);
    expect(options(el).map((option) => option.getAttribute("aria-label"))[1]).toBe("0:01.00");
    expect(one(el, ".tagcat-line-status").textContent).toBe("5 key frames");
  });

  it("shows thumbnails where there is room, and of what is hovered", async () => {
    const { el } = await start();
    const pictured = () => options(el).map((option) => option.querySelector(".tagcat-thumb") !== null);
    expect(pictured()).toEqual([true, false, true, false, true]);
    options(el)[1]?.dispatchEvent(new MouseEvent("mouseenter"));
    expect(pictured()).toEqual([true, true, true, false, true]);
    options(el)[1]?.dispatchEvent(new MouseEvent("mouseleave"));
    expect(pictured()).toEqual([true, false, true, false, true]);
    click(one(el, "[aria-label=Wider]"));
    expect(pictured()).toEqual([true, true, true, true, true]);
    click(one(el, "[aria-label=Narrower]"));
    expect(one<HTMLButtonElement>(el, "[aria-label=Narrower]").disabled).toBe(true);
  });

  it("draws few of 10,000 key frames", async () => {
    const { el } = await start({ items: frames(10_000, 0.5), duration: 5_000 });
    expect(options(el).length).toBeGreaterThan(100);
    expect(options(el).length).toBeLessThan(450);
    expect(el.querySelectorAll(".tagcat-thumb").length).toBeLessThan(10);
    expect(one(el, ".tagcat-line-status").textContent).toBe("10,000 key frames");
  });

  it("selects and goes there by a click", async () => {
    const { model, el } = await start();
    click(options(el)[2]);
    expect(model.state).toMatchObject({ selected: ["u:f:2"], position: 2 });
    click(options(el)[1], { ctrlKey: true });
    expect(model.state).toMatchObject({ selected: ["u:f:1", "u:f:2"], position: 1 });
    click(options(el)[1], { ctrlKey: true });
    expect(model.state).toMatchObject({ selected: ["u:f:2"], position: 1 });
    expect(model.saved).toBe(3);
    expect(options(el)[2]?.getAttribute("aria-selected")).toBe("true");
  });

  it("goes where the line is clicked, and selects nothing", async () => {
    const { model, el } = await start();
    click(one(el, ".tagcat-line-field"), { clientX: 400 });
    expect(model.state.position).toBeCloseTo(5);
    expect(model.state.selected).toEqual([]);
    expect(one(el, ".tagcat-line-head").style.left).toBe("400px");
  });

  it("is used by keys alone", async () => {
    const { model, el } = await start();
    const list = one(el, "[role=listbox]");
    const active = () =>
      document.getElementById(list.getAttribute("aria-activedescendant") ?? "")?.getAttribute("aria-label");
    expect(active()).toBe("0:00.00");
    expect(press(list, "ArrowRight").defaultPrevented).toBe(true);
    expect(active()).toBe("0:01.00");
    press(list, "Enter");
    expect(model.state).toMatchObject({ selected: ["u:f:1"], position: 1 });
    press(list, "End");
    press(list, " ");
    expect(model.state).toMatchObject({ selected: ["u:f:1", "u:f:4"], position: 4 });
    press(list, "+");
    expect(one(el, ".tagcat-line-field").style.width).toBe("1600px");
    press(list, "-");
    press(list, "Home");
    expect(active()).toBe("0:00.00");
    press(list, "Escape");
    expect(model.state.selected).toEqual([]);
    expect(press(list, "x").defaultPrevented).toBe(false);
  });

  it("shows what Python selects, and where the video is", async () => {
    const { model, el } = await start();
    model.set("selected", ["u:f:3"]);
    expect(options(el)[3]?.getAttribute("aria-selected")).toBe("true");
    expect(options(el)[3]?.querySelector(".tagcat-thumb")).not.toBeNull();
    model.set("position", 10);
    expect(one(el, ".tagcat-line-head").style.left).toBe("738px");
    expect(model.saved).toBe(0);
  });

  it("says what an empty one says", async () => {
    const { el } = await start({ items: [], empty: "<b>Nothing</b>" });
    expect(one(el, ".tagcat-empty").textContent).toBe("<b>Nothing</b>");
    expect(one(el, ".tagcat-line-scroller").hidden).toBe(true);
    press(one(el, "[role=listbox]"), "ArrowRight");
  });

  it("shows hostile names as text", async () => {
    const { el } = await start({ items: HOSTILE.map((text, index) => frame(index, index, text)) });
    expect(el.querySelector("script, img")).toBeNull();
    expect(options(el)[0]?.title).toContain(HOSTILE[0]);
    expect("hacked" in globalThis).toBe(false);
  });

  it("leaves nothing behind", async () => {
    const { model, remove } = await start();
    remove();
    expect(model.heard).toEqual([]);
  });
});

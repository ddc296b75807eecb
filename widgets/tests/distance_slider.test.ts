import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import slider, { barHeight, countAt } from "../tagcat_widgets/distance_slider";
import { draw, HOSTILE, one } from "./page";

const start = (state = {}) =>
  draw(slider, {
    value: 2,
    maximum: 4,
    counts: [3, 1, 4, 1, 5],
    noun: "matches",
    label: "distance",
    caption: "How near",
    cumulative: true,
    disabled: false,
    ...state,
  });
const drag = (input: HTMLInputElement, value: number) => {
  input.value = String(value);
  input.dispatchEvent(new Event("input", { bubbles: true }));
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("countAt", () => {
  it("adds matches up, and takes key frames as they are", () => {
    expect(countAt([3, 1, 4], 1, true)).toBe(4);
    expect(countAt([3, 1, 4], 1, false)).toBe(1);
    expect(countAt([3, 1, 4], 3, true)).toBeUndefined();
    expect(countAt([], 0, false)).toBeUndefined();
  });
});

describe("barHeight", () => {
  it("grows with the count, from nothing to all", () => {
    expect(barHeight(0, 10)).toBe(0);
    expect(barHeight(10, 10)).toBe(100);
    expect(barHeight(1, 1_000_000)).toBe(4);
    expect(barHeight(0, 0)).toBe(0);
  });
});

describe("DistanceSlider", () => {
  it("says its value and its count, to eyes and to screen readers", async () => {
    const { el } = await start();
    expect(one(el, "output").textContent).toBe("distance 2 · 8 matches");
    const input = one<HTMLInputElement>(el, "input[type=range]");
    expect(input.getAttribute("aria-valuetext")).toBe("distance 2, 8 matches");
    expect(one<HTMLLabelElement>(el, "label").htmlFor).toBe(input.id);
    expect(el.querySelectorAll(".tagcat-slider-column.tagcat-in")).toHaveLength(3);
  });

  it("says the count at its value where counts do not add up", async () => {
    const { el } = await start({ cumulative: false, noun: "key frames", counts: [9, 5, 1, 1, 1] });
    expect(one(el, "output").textContent).toBe("distance 2 · 1 key frame");
    expect(el.querySelectorAll(".tagcat-slider-column.tagcat-in")).toHaveLength(1);
  });

  it("waits for counts without saying a wrong one", async () => {
    const { model, el } = await start({ counts: [] });
    expect(one(el, "output").textContent).toBe("distance 2");
    model.set("counts", [1, 0, 0, 0, 0]);
    expect(one(el, "output").textContent).toBe("distance 2 · 1 match");
  });

  it("reaches Python while it is dragged, seldom, and the last value always", async () => {
    const { model, el } = await start({ maximum: 16, counts: [] });
    const input = one<HTMLInputElement>(el, "input");
    for (let value = 0; value <= 16; value++) {
      drag(input, value);
      vi.advanceTimersByTime(20);
    }
    expect(model.saved).toBeGreaterThanOrEqual(2);
    expect(model.saved).toBeLessThanOrEqual(4);
    input.dispatchEvent(new Event("change"));
    expect(model.state.value).toBe(16);
  });

  it("is not pulled back by an echo while it is dragged", async () => {
    const { model, el } = await start();
    const input = one<HTMLInputElement>(el, "input");
    input.dispatchEvent(new Event("pointerdown"));
    drag(input, 4);
    model.set("value", 3);
    expect(input.value).toBe("4");
    input.dispatchEvent(new Event("pointerup"));
    model.set("value", 1);
    expect(input.value).toBe("1");
  });

  it("takes a click on a bar", async () => {
    const { model, el } = await start();
    el.querySelectorAll<HTMLElement>(".tagcat-slider-column")[3]?.click();
    expect(model.state.value).toBe(3);
  });

  it("can't be moved when disabled", async () => {
    const { model, el } = await start({ disabled: true });
    expect(one<HTMLInputElement>(el, "input").disabled).toBe(true);
    el.querySelectorAll<HTMLElement>(".tagcat-slider-column")[3]?.click();
    expect(model.state.value).toBe(2);
  });

  it("shows hostile words as text", async () => {
    const { el } = await start({ caption: HOSTILE[0], noun: HOSTILE[1], label: HOSTILE[1] });
    expect(el.querySelector("script, img")).toBeNull();
    expect(one(el, "label").textContent).toBe(HOSTILE[0]);
  });

  it("leaves nothing behind, not even the last value", async () => {
    const { model, el, remove } = await start();
    drag(one<HTMLInputElement>(el, "input"), 3);
    drag(one<HTMLInputElement>(el, "input"), 4);
    remove();
    expect(model.state.value).toBe(4);
    expect(model.heard).toEqual([]);
  });
});

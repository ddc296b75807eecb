import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import slider, { barHeight, changed, countAt } from "../tagcat_widgets/distance_slider";
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
    stored: null,
    chance: [],
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

describe("changed", () => {
  const counts = [3, 1, 4, 0, 5];
  const said = (value: number, stored: number | null) => changed(counts, value, stored, true, "matches");
  it("says what a distance gains or loses against the stored one", () => {
    expect(said(4, 1)).toBe("9 matches gained against the stored 1");
    expect(said(0, 1)).toBe("1 match lost against the stored 1");
    expect(said(3, 2)).toBe("no matches gained or lost against the stored 2");
    expect(said(2, 2)).toBe("the stored distance");
  });
  it("says nothing where it does not know", () => {
    expect(said(2, null)).toBe("");
    expect(said(2, 5)).toBe("");
    expect(said(5, 2)).toBe("");
  });
});

describe("DistanceSlider", () => {
  it("shows what is gained, lost and chance while it is dragged", async () => {
    const chance = ["fewer than 3", "fewer than 3", "fewer than 5", "about 20", HOSTILE[0]];
    const { el } = await start({ stored: 2, chance });
    const told = one<HTMLElement>(el, ".tagcat-slider-told");
    expect(told.textContent).toBe("the stored distance · fewer than 5 expected to be chance");
    const input = one<HTMLInputElement>(el, "input");
    drag(input, 3);
    expect(told.textContent).toBe("1 match gained against the stored 2 · about 20 expected to be chance");
    expect(input.getAttribute("aria-valuetext")).toBe(
      "distance 3, 9 matches, 1 match gained against the stored 2, about 20 expected to be chance",
    );
    expect(el.querySelectorAll(".tagcat-gained")).toHaveLength(1);
    drag(input, 0);
    expect(told.textContent).toContain("5 matches lost against the stored 2");
    expect(el.querySelectorAll(".tagcat-lost")).toHaveLength(2);
    drag(input, 4);
    expect(told.textContent).toContain(HOSTILE[0]);
    expect(el.querySelector("img")).toBeNull();
  });

  it("tells nothing more without a distance to compare with", async () => {
    const { el } = await start();
    expect(one<HTMLElement>(el, ".tagcat-slider-told").hidden).toBe(true);
    expect(el.querySelector(".tagcat-stored, .tagcat-gained, .tagcat-lost")).toBeNull();
  });

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

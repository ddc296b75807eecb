import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import review from "../tagcat_widgets/match_review";
import { draw, HOSTILE, one, press, watchUrls } from "./page";

const item = (key: string, name = `${key}.jpg`) => ({ key, name, detail: "/photos", badge: "", time: null });
const pair = (a: string, b: string, distance: number) => ({ a: item(a), b: item(b), distance });
const PAIRS = [pair("a", "b", 0), pair("b", "c", 1), pair("c", "d", 5), pair("d", "e", 8)];
const GROUPS = [
  { title: "Group 1", items: ["a", "b", "c"].map((key) => item(key)) },
  { title: "Group 2", items: ["d", "e"].map((key) => item(key)) },
];
const start = (state = {}) =>
  draw(review, {
    pairs: PAIRS,
    groups: GROUPS,
    mode: "pairs" as "pairs" | "groups",
    index: 0,
    group_index: 0,
    rejected: [] as [string, string][],
    maximum: 16,
    height: 500,
    empty: "Nothing.",
    error: "",
    ...state,
  });
const seen = (el: Element) =>
  [...el.querySelectorAll(".tagcat-review-focus .tagcat-review-name")]
    .map((name) => name.textContent)
    .join(" ");
const button = (el: Element, text: string) =>
  [...el.querySelectorAll("button")].find((element) =>
    element.textContent?.includes(text),
  ) as HTMLButtonElement;

beforeEach(() => void watchUrls());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("MatchReview", () => {
  it("shows the pair in question with its distance", async () => {
    const { el } = await start({ index: 2 });
    expect(seen(el)).toBe("c.jpg d.jpg");
    expect(one(el, ".tagcat-review-distance").textContent).toBe("Distance 55 bits of 64 differ");
    expect(one(el, ".tagcat-review-fill").style.width).toBe("31.25%");
    expect(one(el, ".tagcat-review-position").textContent).toBe("3 of 4");
    expect(one(el, "[aria-selected=true]").textContent).toBe("c.jpgd.jpgdistance 5");
  });

  it("goes on by keys, buttons and rows, and stops at the ends", async () => {
    const { model, el } = await start();
    const root = one(el, ".tagcat-review");
    press(root, "ArrowLeft");
    expect(model.state.index).toBe(0);
    press(root, "ArrowRight");
    expect(seen(el)).toBe("b.jpg c.jpg");
    button(el, "Next").click();
    expect(model.state.index).toBe(2);
    el.querySelectorAll<HTMLElement>(".tagcat-review-row")[3]?.click();
    expect(seen(el)).toBe("d.jpg e.jpg");
    expect(button(el, "Next").disabled).toBe(true);
    press(root, "ArrowRight");
    expect(model.state.index).toBe(3);
    press(root, "Home");
    expect(model.state.index).toBe(0);
    expect(model.saved).toBe(4);
  });

  it("sends a rejection, goes on, and marks the pair once Python has stored it", async () => {
    const { model, el } = await start();
    press(one(el, ".tagcat-review"), "n");
    expect(model.sent.filter((message) => message.type === "reject")).toEqual([
      { type: "reject", a: "a", b: "b" },
    ]);
    expect(model.state.index).toBe(1);
    expect(el.querySelector(".tagcat-rejected")).toBeNull();
    model.set("rejected", [["a", "b"]]);
    expect(one(el, ".tagcat-rejected").textContent).toContain("not a match");
    press(one(el, ".tagcat-review"), "ArrowLeft"); // past the rejected one there is nothing
    expect(model.state.index).toBe(1);
  });

  it("undoes the last rejection, or that of the pair in question", async () => {
    const rejected = [
      ["a", "b"],
      ["c", "d"],
    ] as [string, string][];
    const { model, el } = await start({ rejected });
    expect(el.querySelector(".tagcat-review-verdict")?.textContent).toBe("Not a match");
    press(one(el, ".tagcat-review"), "u");
    expect(model.sent.at(-1)).toEqual({ type: "undo", a: "a", b: "b" });
    press(one(el, ".tagcat-review"), "ArrowRight");
    button(el, "Undo").click();
    expect(model.sent.filter((message) => message.type === "undo").at(-1)).toEqual({
      type: "undo",
      a: "c",
      b: "d",
    });
  });

  it("offers no undo where there is nothing to undo", async () => {
    const { model, el } = await start();
    expect(button(el, "Undo").hidden).toBe(true);
    press(one(el, ".tagcat-review"), "u");
    expect(model.sent.filter((message) => message.type === "undo")).toEqual([]);
  });

  it("shows groups, and rejects nothing there", async () => {
    const { model, el } = await start();
    button(el, "Groups").click();
    expect(model.state.mode).toBe("groups");
    expect(seen(el)).toBe("a.jpg b.jpg c.jpg");
    expect(button(el, "Not a match").hidden).toBe(true);
    press(one(el, ".tagcat-review"), "n");
    expect(model.sent.filter((message) => message.type === "reject")).toEqual([]);
    press(one(el, ".tagcat-review"), "ArrowRight");
    expect(seen(el)).toBe("d.jpg e.jpg");
    expect(model.state.index).toBe(0);
    button(el, "Pairs").click();
    expect(seen(el)).toBe("a.jpg b.jpg");
  });

  it("shows another set of pairs, and none", async () => {
    const { model, el } = await start({ index: 3 });
    model.set("pairs", [pair("x", "y", 2)]);
    expect(seen(el)).toBe("x.jpg y.jpg");
    model.set("pairs", []);
    expect(one(el, ".tagcat-empty").hidden).toBe(false);
    expect(one(el, ".tagcat-review-body").hidden).toBe(true);
    press(one(el, ".tagcat-review"), "n");
    press(one(el, ".tagcat-review"), "ArrowRight");
    expect(model.sent.filter((message) => message.type !== "thumbnails")).toEqual([]);
  });

  it("draws few rows of 10,000 pairs", async () => {
    const { el } = await start({
      pairs: [...Array(10_000).keys()].map((n) => pair(`${n}`, `${n + 1}`, n % 9)),
    });
    expect(el.querySelectorAll(".tagcat-review-row").length).toBeLessThan(40);
  });

  it("asks once for a thumbnail that is both in the list and large", async () => {
    vi.useFakeTimers();
    const { model, el } = await start();
    vi.runAllTimers();
    const asked = model.sent.flatMap((message) => message.keys as string[]);
    expect([...asked].sort()).toEqual(["a", "b", "c", "d", "e"]);
    model.answer(["a", "b"]);
    expect(el.querySelectorAll(".tagcat-review-large img")).toHaveLength(2);
  });

  it("says why a verdict was not stored", async () => {
    const { model, el } = await start();
    expect(one(el, "[role=alert]").hidden).toBe(true);
    model.set("error", "This was not stored: the graph is away");
    expect(one(el, "[role=alert]").textContent).toBe("This was not stored: the graph is away");
  });

  it("shows hostile names as text", async () => {
    const pairs = HOSTILE.map((text, n) => ({ a: item(`a${n}`, text), b: item(`b${n}`, text), distance: n }));
    const groups = HOSTILE.map((text, n) => ({ title: text, items: [item(`${n}`, text)] }));
    const { el, model } = await start({ pairs, groups });
    expect(el.querySelector("script, img")).toBeNull();
    model.set("mode", "groups");
    expect(el.querySelector("script, img")).toBeNull();
    expect(one(el, ".tagcat-review-title").firstElementChild?.textContent).toBe(HOSTILE[0]);
    expect("hacked" in globalThis).toBe(false);
  });

  it("leaves nothing behind", async () => {
    const { model, remove } = await start();
    model.set("mode", "groups");
    remove();
    expect(model.heard).toEqual([]);
  });
});

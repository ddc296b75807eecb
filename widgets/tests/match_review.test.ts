import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import review from "../tagcat_widgets/match_review";
import { draw, type FakeModel, HOSTILE, one, press, watchUrls } from "./page";
import { reviewState } from "./states";

const item = (key: string, name = `${key}.jpg`) => ({ key, name, detail: "/photos", badge: "", time: null });
const pair = (a: string, b: string, distance: number) => ({ a: item(a), b: item(b), distance });
const PAIRS = [pair("a", "b", 0), pair("b", "c", 1), pair("c", "d", 5), pair("d", "e", 8)];
const GROUPS = [
  { title: "Group 1", items: ["a", "b", "c"].map((key) => item(key)) },
  { title: "Group 2", items: ["d", "e"].map((key) => item(key)) },
];
const start = (state = {}) => draw(review, { ...reviewState(), pairs: PAIRS, groups: GROUPS, ...state });
const seen = (el: Element) =>
  [...el.querySelectorAll(".tagcat-review-focus .tagcat-review-name")]
    .map((name) => name.textContent)
    .join(" ");
const said = (model: FakeModel) => model.sent.filter((message) => message.type !== "thumbnails");
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
    expect(one(el, "[aria-live=polite]").textContent).toBe("1 of 4: a.jpg and b.jpg, distance 0");
  });

  it("hears keys that nothing else takes, while its pair is in sight", async () => {
    const { model, el, remove } = await start();
    const stage = one(el, ".tagcat-review-stage");
    const box = vi.spyOn(stage, "getBoundingClientRect").mockReturnValue(new DOMRect(0, 100, 700, 500));
    press(document.body, "m");
    expect(said(model)).toEqual([{ type: "match", a: "a", b: "b" }]);
    press(document.body, "ArrowRight");
    expect(model.state.index).toBe(2);
    press(document.body, "End"); // scrolls the page
    expect(model.state.index).toBe(2);
    const elsewhere = document.createElement("input");
    document.body.append(elsewhere);
    press(elsewhere, "n");
    box.mockReturnValue(new DOMRect(0, innerHeight - 100, 700, 500));
    press(document.body, "n");
    box.mockReturnValue(new DOMRect(0, 100, 700, 500));
    remove();
    press(document.body, "n");
    expect(said(model)).toHaveLength(1);
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

  it("offers no more than what one may do", async () => {
    const judged = { ...PAIRS[0], verdict: "a match" };
    const state = { pairs: PAIRS.slice(1), judged: [judged], undoable: true };
    for (const [access, open, sent] of [
      ["reading", [], []],
      ["tagging", ["Tag", "Undo"], [{ type: "undo" }]],
    ] as const) {
      const { model, el } = await start({ ...state, access });
      const root = one(el, ".tagcat-review");
      const texts = [...el.querySelectorAll<HTMLButtonElement>(".tagcat-review-actions button")]
        .filter((element) => !element.hidden)
        .map((element) => element.firstElementChild?.textContent);
      expect(texts).toEqual(["Previous", ...open, "Next"]);
      expect(el.querySelector(".tagcat-review-keep")).toBeNull();
      for (const key of ["m", "n", "l", "r", "u"]) press(root, key);
      expect(said(model)).toEqual(sent);
      press(root, "ArrowRight");
      expect(model.state.index).toBe(1);
      const keys = one(el, ".tagcat-keys").textContent;
      expect([keys?.includes("not a match"), keys?.includes("put a tag")]).toEqual([
        false,
        access === "tagging",
      ]);
    }
  });

  it("undoes the last rejection, or that of the pair in question", async () => {
    const rejected = [
      ["a", "b"],
      ["c", "d"],
    ] as [string, string][];
    const { model, el } = await start({ rejected, undoable: true });
    expect(el.querySelector(".tagcat-review-verdict")?.textContent).toBe("Not a match");
    press(one(el, ".tagcat-review"), "u");
    expect(said(model)).toEqual([{ type: "undo", a: "a", b: "b" }]);
    press(one(el, ".tagcat-review"), "ArrowRight");
    button(el, "Undo").click();
    expect(said(model).at(-1)).toEqual({ type: "undo" });
  });

  it("keeps the keys when a button that was pressed goes", async () => {
    const { model, el } = await start();
    button(el, "Not a match").focus();
    model.set("index", 3);
    model.set("rejected", [["d", "e"]]);
    expect(button(el, "Not a match").hidden).toBe(true);
    expect(document.activeElement).toBe(one(el, ".tagcat-review-focus"));
  });

  it("offers no undo where there is nothing to undo", async () => {
    const { model, el } = await start();
    expect(button(el, "Undo").disabled).toBe(true);
    press(one(el, ".tagcat-review"), "u");
    expect(said(model)).toEqual([]);
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

  it("says that a pair is a match, and asks no more for it", async () => {
    const { model, el } = await start();
    const root = one(el, ".tagcat-review");
    press(root, "m");
    expect(said(model)).toEqual([{ type: "match", a: "a", b: "b" }]);
    expect(model.state.index).toBe(1);
    model.set("confirmed", [["a", "b"]]);
    expect(one(el, ".tagcat-judged").textContent).toContain("a match");
    expect(one(el, ".tagcat-review-position").textContent).toBe("2 of 4 · 1 of 4 pairs judged");
    press(root, "Home");
    expect(one(el, ".tagcat-review-verdict").textContent).toBe("A match");
    press(root, "m");
    expect(said(model)).toHaveLength(1);
    expect(button(el, "A match").hidden).toBe(true);
    press(root, "n"); // another verdict takes its place
    expect(said(model).at(-1)).toEqual({ type: "reject", a: "a", b: "b" });
  });

  it("shows on demand what was judged before, and lets the verdict be changed or taken back", async () => {
    const judged = [
      { ...pair("x", "y", 2), verdict: "a match" },
      { ...pair("y", "z", 3), verdict: "not a match" },
    ];
    const { model, el } = await start({ judged, confirmed: [["b", "c"]] });
    const root = one(el, ".tagcat-review");
    expect(one(el, ".tagcat-review-position").textContent).toBe("1 of 4 · 3 of 6 pairs judged");
    expect(one<HTMLProgressElement>(el, "progress").value).toBe(3);
    button(el, "Judged").click();
    expect(el.querySelectorAll(".tagcat-review-row")).toHaveLength(3);
    expect(seen(el)).toBe("x.jpg y.jpg");
    expect(one(el, ".tagcat-review-verdict").textContent).toBe("A match");
    press(root, "n");
    expect(said(model)).toEqual([{ type: "reject", a: "x", b: "y" }]);
    expect(seen(el)).toBe("x.jpg y.jpg"); // it stays, so that the change is seen
    model.set("rejected", [["x", "y"]]);
    expect(one(el, ".tagcat-review-verdict").textContent).toBe("Not a match");
    press(root, "ArrowRight");
    expect(model.state.judged_index).toBe(1);
    expect(seen(el)).toBe("y.jpg z.jpg");
    press(root, "u");
    expect(said(model).at(-1)).toEqual({ type: "undo", a: "y", b: "z" });
    model.set("taken", [["y", "z"]]);
    expect(one(el, ".tagcat-review-verdict").hidden).toBe(true);
    expect(button(el, "A match").hidden).toBe(false);
    model.set("pairs", []);
    button(el, "Pairs").click();
    expect(one(el, ".tagcat-empty").textContent).toBe("Every pair within this distance is judged.");
  });

  it("keeps the left or the right one, says on the button what that does, and goes on", async () => {
    const { model, el } = await start();
    const root = one(el, ".tagcat-review");
    expect(button(el, "Keep left").title).toBe(
      "Takes b.jpg out of the collection. No file on the disk is touched, and U brings it back.",
    );
    press(root, "r");
    button(el, "Keep left").click();
    expect(said(model)).toEqual([
      { type: "keep", kept: "b", removed: ["a"] },
      { type: "keep", kept: "b", removed: ["c"] },
    ]);
    model.set("removed", ["a"]);
    press(root, "Home");
    expect(one(el, ".tagcat-review-verdict").textContent).toBe("One left the collection");
    expect(el.querySelectorAll(".tagcat-review-figure.tagcat-gone")).toHaveLength(1);
    expect(el.querySelector(".tagcat-review-keep")).toBeNull();
  });

  it("never lets a moment leave its video", async () => {
    const film = { ...item("f", "film.mp4"), time: 2 };
    const { model, el } = await start({ pairs: [{ a: item("a"), b: film, distance: 1 }] });
    expect(button(el, "Keep left").disabled).toBe(true);
    expect(button(el, "Keep left").title).toContain("a moment can't leave without its video");
    expect(button(el, "Keep right").disabled).toBe(false);
    press(one(el, ".tagcat-review"), "l");
    expect(said(model)).toEqual([]);
  });

  it("tags both with a word that completes, without taking its letters for keys", async () => {
    const { model, el } = await start({ tags: [{ name: "harbour", count: 3 }] });
    const root = one(el, ".tagcat-review");
    press(root, "t");
    const field = one<HTMLInputElement>(el, ".tagcat-review-word input");
    expect(document.activeElement).toBe(field);
    expect(field.getAttribute("aria-label")).toBe("Tag both");
    press(field, "n");
    expect(said(model)).toEqual([]);
    field.value = "har";
    field.dispatchEvent(new Event("input"));
    expect(one(el, ".tagcat-tags-offer").textContent).toBe("harbour");
    press(field, "ArrowDown");
    press(field, "Enter");
    expect(said(model)).toEqual([{ type: "tag", keys: ["a", "b"], name: "harbour" }]);
    expect(one(el, ".tagcat-review-word").hidden).toBe(true);
    expect(document.activeElement).toBe(one(el, ".tagcat-review-focus"));
    press(root, "t");
    press(field, "Escape");
    expect(one(el, ".tagcat-review-word").hidden).toBe(true);
  });

  it("turns from view to view", async () => {
    const { el } = await start();
    const root = one(el, ".tagcat-review");
    const view = () => one(el, ".tagcat-compare [aria-pressed=true]").textContent;
    expect(view()).toBe("Side by side");
    press(root, "d");
    expect(view()).toBe("Overlay");
    expect(one(el, ".tagcat-review-sides").hidden).toBe(true);
    const slider = one<HTMLInputElement>(el, ".tagcat-compare-slider");
    expect(slider.value).toBe("50");
    press(root, "b");
    expect(slider.value).toBe("100");
    press(root, "b");
    expect(slider.value).toBe("0");
    expect(slider.getAttribute("aria-valuetext")).toBe("0 % of the left picture");
    button(el, "Difference").click();
    expect(one(el, "canvas").getAttribute("aria-label")).toBe("What differs between a.jpg and b.jpg");
    press(root, "d");
    expect(view()).toBe("Side by side");
  });

  it("shows the bits that differ where hashes are known", async () => {
    const a = { ...item("a"), dhash: "8000000000000001" };
    const b = { ...item("b"), dhash: "0000000000000003" };
    const { el } = await start({ pairs: [{ a, b, distance: 2 }] });
    const square = one(el, ".tagcat-bits");
    expect(square.getAttribute("aria-label")).toBe("Bits that differ: 2 of 64. In row 1: 1; row 8: 7");
    expect(square.children).toHaveLength(64);
    expect(el.querySelectorAll(".tagcat-bit-differs")).toHaveLength(2);
  });

  it("compares what is chosen of a group, and goes back to it", async () => {
    const hashed = ["a", "b", "c"].map((key, n) => ({ ...item(key), dhash: `000000000000000${n}` }));
    const { model, el } = await start({ mode: "groups", groups: [{ title: "Group 1", items: hashed }] });
    const list = one(el, ".tagcat-review-grid");
    press(list, " ");
    press(list, "End");
    press(list, " ");
    expect(el.querySelectorAll(".tagcat-review-cell[aria-selected=true]")).toHaveLength(2);
    press(list, "c");
    expect(seen(el)).toContain("a.jpg c.jpg");
    expect(one(el, ".tagcat-review-distance").textContent).toContain("1 bit of 64 differs");
    press(one(el, ".tagcat-review"), "n");
    expect(said(model)).toEqual([{ type: "reject", a: "a", b: "c" }]);
    press(one(el, ".tagcat-review"), "Escape");
    expect(document.activeElement).toBe(list);
    press(list, "ArrowLeft");
    press(list, " ");
    button(el, "Compare").click();
    expect(el.querySelectorAll(".tagcat-review-figure")).toHaveLength(3);
    expect(one(el, ".tagcat-compare-facts").textContent).toBe(
      "Distance to a.jpg: b.jpg: 1 bit · c.jpg: 1 bit",
    );
    expect(button(el, "Overlay").disabled).toBe(true);
    press(one(el, ".tagcat-review"), "2");
    expect(said(model).at(-1)).toEqual({ type: "keep", kept: "b", removed: ["a", "c"] });
  });

  it("tells its keys", async () => {
    const { el } = await start();
    const keys = one(el, ".tagcat-keys");
    expect(keys.hidden).toBe(true);
    press(one(el, ".tagcat-review"), "?");
    expect(keys.hidden).toBe(false);
    expect(one(el, ".tagcat-keys-button").getAttribute("aria-expanded")).toBe("true");
    expect(keys.textContent).toContain("not a match");
  });

  it("says what was done, and why a verdict was not stored", async () => {
    const { model, el } = await start();
    expect(one(el, "[role=alert]").hidden).toBe(true);
    model.set("told", "a.jpg and b.jpg: a match");
    expect(one(el, "[role=status]").textContent).toBe("a.jpg and b.jpg: a match");
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

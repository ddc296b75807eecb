import { describe, expect, it } from "vitest";
import { lines, suggest, type Tag } from "../tagcat_widgets/shared/tree";
import tagEditor from "../tagcat_widgets/tag_editor";
import { draw, HOSTILE, one, press } from "./page";

const tag = (name: string, extra: Partial<Tag> = {}): Tag => ({
  name,
  colour: "",
  parent: null,
  count: 0,
  on: 0,
  ...extra,
});
const TAGS = [
  tag("sea", { count: 9, on: 2 }),
  tag("harbour", { parent: "sea", count: 3, on: 1 }),
  tag("dusk"),
];
const start = (state = {}) =>
  draw(tagEditor, {
    tags: TAGS,
    chosen: 2,
    current: "",
    told: "",
    undoable: false,
    empty: "No tags.",
    access: "owner",
    ...state,
  });
const field = (el: Element) => one<HTMLInputElement>(el, "[role=combobox]");
const tree = (el: Element) => one(el, "[role=tree]");
const texts = (el: Element, selector: string) =>
  [...el.querySelectorAll(selector)].map((element) => element.textContent);
function type(el: Element, text: string): void {
  field(el).value = text;
  field(el).dispatchEvent(new Event("input"));
}
const wish = (what: string, name: string, value: string | null = null) => ({ type: "do", what, name, value });

describe("a tree of tags", () => {
  it("puts each tag under its parent, by name", () => {
    const found = lines([
      tag("b"),
      tag("a2"),
      tag("a10"),
      tag("x", { parent: "b" }),
      tag("y", { parent: "gone" }),
    ]);
    expect(found.map(({ tag, depth }) => `${depth} ${tag.name}`)).toEqual([
      "0 a2",
      "0 a10",
      "0 b",
      "1 x",
      "0 y",
    ]);
  });

  it("shows the tags of a ring all the same, once", () => {
    const ring = [tag("a", { parent: "b" }), tag("b", { parent: "a" }), tag("c", { parent: "c" })];
    expect(
      lines(ring)
        .map(({ tag }) => tag.name)
        .sort(),
    ).toEqual(["a", "b", "c"]);
  });

  it("suggests what begins with the word before what holds it", () => {
    const tags = [tag("seaside", { count: 1 }), tag("Sea", { count: 5 }), tag("overseas", { count: 9 })];
    expect(suggest(tags, " sEa ")).toEqual(["Sea", "seaside", "overseas"]);
    expect(suggest(tags, "")).toEqual([]);
    expect(suggest(tags, "sea", 1)).toEqual(["Sea"]);
  });
});

describe("TagEditor", () => {
  it("shows what all and what some of the chosen items hold", async () => {
    const { model, el } = await start();
    expect(texts(el, ".tagcat-tags-chip")).toEqual(["sea×", "harbour1 of 2×"]);
    one<HTMLButtonElement>(el, ".tagcat-tags-some").click();
    one<HTMLButtonElement>(el, ".tagcat-tags-off").click();
    expect(model.sent).toEqual([wish("tag", "harbour"), wish("untag", "sea")]);
  });

  it("completes what is typed, by keys", async () => {
    const { model, el } = await start();
    type(el, "s");
    expect(texts(el, "[role=option]")).toEqual(["sea", "dusk"]);
    press(field(el), "ArrowDown");
    press(field(el), "ArrowDown");
    expect(field(el).getAttribute("aria-activedescendant")).toMatch(/offer-1$/);
    press(field(el), "Enter");
    expect(field(el).value).toBe("");
    type(el, " new word ");
    press(field(el), "Enter");
    press(field(el), "Enter");
    expect(model.sent).toEqual([wish("tag", "dusk"), wish("tag", "new word")]);
    type(el, "sea");
    press(field(el), "Escape");
    expect(field(el).value).toBe("");
  });

  it("waits for a choice before it tags", async () => {
    const { model, el } = await start({ chosen: 0 });
    expect(field(el).disabled).toBe(true);
    model.set("chosen", 1);
    expect(field(el).disabled).toBe(false);
    expect(field(el).placeholder).toBe("Tag 1 selected item");
  });

  it("is a tree for the keyboard", async () => {
    const { model, el } = await start();
    expect(texts(el, "[role=treeitem]")).toEqual(["dusk0", "sea9", "harbour3"]);
    press(tree(el), "End");
    press(tree(el), " ");
    press(tree(el), "ArrowUp");
    press(tree(el), " ");
    press(tree(el), "Delete");
    expect(model.sent).toEqual([wish("tag", "harbour"), wish("untag", "sea"), wish("delete", "sea")]);
    press(tree(el), "Enter");
    expect(model.state.current).toBe("sea");
    press(tree(el), "Escape");
    expect(model.state.current).toBe("");
    expect(model.saved).toBe(2);
  });

  it("renames, colours, moves, merges and deletes the open tag", async () => {
    const { model, el } = await start({ current: "harbour" });
    const form = one<HTMLFormElement>(el, "form");
    const text = one<HTMLInputElement>(form, "input[type=text]");
    text.value = " port ";
    form.dispatchEvent(new Event("submit", { cancelable: true }));
    const colour = one<HTMLInputElement>(form, "input[type=color]");
    colour.value = "#ff0000";
    colour.dispatchEvent(new Event("change"));
    const [under, into] = form.querySelectorAll<HTMLSelectElement>("select");
    expect(under?.value).toBe("sea");
    (under as HTMLSelectElement).value = "";
    under?.dispatchEvent(new Event("change"));
    (into as HTMLSelectElement).value = "dusk";
    into?.dispatchEvent(new Event("change"));
    [...form.querySelectorAll("button")].at(-1)?.click();
    expect(model.sent).toEqual([
      wish("rename", "harbour", "port"),
      wish("colour", "harbour", "#ff0000"),
      wish("move", "harbour"),
      wish("merge", "harbour", "dusk"),
      wish("delete", "harbour"),
    ]);
    model.set("tags", TAGS.slice(0, 1));
    model.set("current", "");
    expect(form.hidden).toBe(true);
  });

  it("says what was done and offers to undo it", async () => {
    const { model, el } = await start();
    const undo = one<HTMLButtonElement>(el, ".tagcat-tags-end button");
    expect(undo.disabled).toBe(true);
    model.set("told", "tagged 2 items");
    model.set("undoable", true);
    expect(one(el, ".tagcat-tags-end").textContent).toContain("tagged 2 items");
    undo.click();
    expect(model.sent).toEqual([wish("undo", "")]);
  });

  it("shows hostile names as text, everywhere", async () => {
    const tags = HOSTILE.map((text) => tag(text, { on: 1, colour: text }));
    const { el } = await start({ tags, current: HOSTILE[0], told: HOSTILE[0], chosen: 3 });
    type(el, "img");
    expect(one(el, "[role=option]").textContent).toBe(HOSTILE[0]);
    expect(el.querySelector("script, img")).toBeNull();
    expect("hacked" in globalThis).toBe(false);
  });

  it("says what an empty one says, and leaves nothing behind", async () => {
    const { model, el, remove } = await start({ tags: [] });
    expect(one(el, ".tagcat-empty").textContent).toBe("No tags.");
    press(tree(el), "Enter");
    remove();
    expect(model.heard).toEqual([]);
  });

  it("offers no more than what one may do", async () => {
    const state = { current: "sea", undoable: true };
    const reader = await start({ ...state, access: "reading" });
    expect(texts(reader.el, ".tagcat-tags-chip")).toEqual(["sea", "harbour1 of 2"]);
    expect(one(reader.el, ".tagcat-tags-put").hidden).toBe(true);
    expect(one(reader.el, ".tagcat-tags-form").hidden).toBe(true);
    expect(one(reader.el, ".tagcat-tags-end button").hidden).toBe(true);
    for (const key of [" ", "Delete"]) press(tree(reader.el), key);
    expect(reader.model.sent).toEqual([]);
    press(tree(reader.el), "End");
    press(tree(reader.el), "Enter");
    expect(reader.model.state.current).toBe("harbour");

    const tagger = await start({ ...state, access: "tagging" });
    expect(one(tagger.el, ".tagcat-tags-form").hidden).toBe(true);
    press(tree(tagger.el), "Delete");
    one<HTMLButtonElement>(tagger.el, ".tagcat-tags-off").click();
    one<HTMLButtonElement>(tagger.el, ".tagcat-tags-end button").click();
    expect(tagger.model.sent).toEqual([wish("untag", "sea"), wish("undo", "")]);
  });
});

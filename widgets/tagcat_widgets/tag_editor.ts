// Tags: chips for what the chosen items hold, a field that completes, a tree of all, and a form for the one
// that is open. Every wish is a message; what is shown changes when Python says what became of it.

import type { Render } from "@anywidget/types";
import type { Access } from "./shared/access";
import { make, name, root, uniqueId } from "./shared/dom";
import { counted, formatCount } from "./shared/format";
import { LONGEST, tagField } from "./shared/tag_field";
import { follow } from "./shared/traits";
import { type Line, lines, type Tag } from "./shared/tree";

interface Model {
  tags: Tag[];
  chosen: number;
  current: string;
  told: string;
  undoable: boolean;
  empty: string;
  access: Access;
}

const render: Render<Model> = ({ model, el }) => {
  const editor = root(el, "tagcat-tags");
  const id = uniqueId("tags");
  const chips = make("div", "tagcat-tags-chips", { role: "list", "aria-label": "Tags of what is selected" });
  const {
    element: put,
    input: field,
    draw: drawOffers,
  } = tagField(
    () => model.get("tags"),
    (wanted) => ask("tag", wanted),
  );
  const tree = make("div", "tagcat-tags-tree", { role: "tree", tabindex: 0, "aria-label": "All tags" });
  const empty = make("div", "tagcat-empty");
  const form = make("form", "tagcat-tags-form");
  const undo = make("button", "tagcat-button", { type: "button", text: "Undo" });
  const told = make("span", "tagcat-quiet", { role: "status", dir: "auto" });
  editor.append(
    make("div", "tagcat-tags-now", {}, chips, put),
    tree,
    empty,
    form,
    make("div", "tagcat-tags-end", {}, undo, told),
  );

  let shown: Line[] = [];
  let focus = 0;

  const ask = (what: string, tag: string, value: string | null = null) =>
    model.send({ type: "do", what, name: tag, value });
  const reads = () => model.get("access") === "reading"; // puts no tag on, and takes none off
  const owns = () => model.get("access") === "owner"; // renames, deletes and the like, too

  // ---- what the chosen items hold -----------------------------------------------------------------

  function drawChips(): void {
    const chosen = model.get("chosen");
    const held = model.get("tags").filter((tag) => tag.on > 0);
    chips.replaceChildren(
      ...held.map((tag) => {
        const chip = make("span", "tagcat-tags-chip", { role: "listitem" }, swatch(tag), name("", tag.name));
        const part = tag.on < chosen ? `${formatCount(tag.on)} of ${formatCount(chosen)}` : "";
        if (reads()) {
          if (part) chip.append(make("span", "tagcat-quiet tagcat-numbers", { text: part }));
          return chip;
        }
        if (part) {
          const all = make("button", "tagcat-tags-some tagcat-numbers", {
            type: "button",
            text: part,
            title: "Put it on all that are selected",
          });
          all.addEventListener("click", () => ask("tag", tag.name));
          chip.append(all);
        }
        const off = make("button", "tagcat-tags-off", {
          type: "button",
          text: "×",
          "aria-label": `Take ${tag.name} off`,
        });
        off.addEventListener("click", () => ask("untag", tag.name));
        chip.append(off);
        return chip;
      }),
    );
    const what = chosen ? `Tag ${counted(chosen, "selected items")}` : "Select pictures to tag them";
    field.placeholder = what;
    field.setAttribute("aria-label", what);
    field.disabled = chosen === 0;
  }

  function swatch(tag: Tag): HTMLElement {
    const dot = make("span", "tagcat-tags-swatch", { "aria-hidden": "true" });
    if (/^#[0-9a-f]{6}$/i.test(tag.colour)) dot.style.background = tag.colour;
    return dot;
  }

  // ---- the tree -----------------------------------------------------------------------------------

  function drawTree(): void {
    const kept = shown[focus]?.tag.name;
    shown = lines(model.get("tags"));
    focus = Math.max(
      0,
      shown.findIndex(({ tag }) => tag.name === kept),
    );
    const open = model.get("current");
    tree.replaceChildren(
      ...shown.map(({ tag, depth }, index) => {
        const line = make(
          "div",
          "tagcat-tags-line",
          {
            role: "treeitem",
            id: `${id}-line-${index}`,
            "aria-level": depth + 1,
            "aria-selected": String(tag.name === open),
          },
          swatch(tag),
          name("tagcat-ellipsis", tag.name),
          make("span", "tagcat-quiet tagcat-numbers", { text: formatCount(tag.count) }),
        );
        line.style.paddingInlineStart = `${10 + 18 * depth}px`;
        line.addEventListener("click", () => {
          focus = index;
          show(tag.name === model.get("current") ? "" : tag.name);
        });
        return line;
      }),
    );
    tree.hidden = shown.length === 0;
    empty.hidden = shown.length > 0;
    empty.textContent = model.get("empty");
    mark();
  }

  function mark(): void {
    for (const [index, line] of [...tree.children].entries()) {
      line.classList.toggle("tagcat-focus", index === focus);
    }
    if (shown.length) tree.setAttribute("aria-activedescendant", `${id}-line-${focus}`);
    else tree.removeAttribute("aria-activedescendant");
  }

  function show(tag: string): void {
    model.set("current", tag);
    model.save_changes();
  }

  tree.addEventListener("keydown", (event) => {
    const line = shown[focus];
    if (!line) return;
    const { tag } = line;
    if (event.key === "ArrowDown") focus = Math.min(focus + 1, shown.length - 1);
    else if (event.key === "ArrowUp") focus = Math.max(focus - 1, 0);
    else if (event.key === "Home") focus = 0;
    else if (event.key === "End") focus = shown.length - 1;
    else if (event.key === "Enter") show(tag.name === model.get("current") ? "" : tag.name);
    else if (event.key === " " && model.get("chosen") && !reads()) {
      ask(tag.on === model.get("chosen") ? "untag" : "tag", tag.name);
    } else if (event.key === "Delete" && owns()) ask("delete", tag.name);
    else if (event.key === "Escape" && model.get("current")) show("");
    else return;
    event.preventDefault();
    event.stopPropagation();
    mark();
    tree.children[focus]?.scrollIntoView?.({ block: "nearest" });
  });

  // ---- the form of the open tag -------------------------------------------------------------------

  function drawForm(): void {
    const open = model.get("current");
    const tag = model.get("tags").find((one) => one.name === open);
    form.hidden = !tag || !owns();
    if (!tag || !owns()) {
      form.replaceChildren();
      return;
    }
    const text = make("input", "tagcat-tags-field", {
      type: "text",
      maxlength: LONGEST,
      "aria-label": "Name of the tag",
    });
    text.value = tag.name;
    const colour = make("input", "tagcat-tags-colour", { type: "color", "aria-label": "Colour of the tag" });
    colour.value = /^#[0-9a-f]{6}$/i.test(tag.colour) ? tag.colour : "#5b626b";
    colour.addEventListener("change", () => ask("colour", tag.name, colour.value));
    const others = shown.map((line) => line.tag.name).filter((other) => other !== tag.name);
    const under = pick("Lies under", "no other tag", others, tag.parent ?? "", (other) =>
      ask("move", tag.name, other || null),
    );
    const into = pick("Merge into", "choose a tag …", others, "", (other) => {
      if (other) ask("merge", tag.name, other);
    });
    const remove = make("button", "tagcat-button", { type: "button", text: "Delete the tag" });
    remove.addEventListener("click", () => ask("delete", tag.name));
    const rename = make("button", "tagcat-button", { type: "submit", text: "Rename" });
    form.onsubmit = (event) => {
      event.preventDefault();
      const wanted = text.value.trim();
      if (wanted && wanted !== tag.name) ask("rename", tag.name, wanted);
    };
    const line = make("div", "tagcat-tags-row", {}, colour, text, rename);
    form.replaceChildren(line, make("div", "tagcat-tags-row", {}, under, into, remove));
  }

  function pick(
    label: string,
    none: string,
    others: string[],
    now: string,
    picked: (other: string) => void,
  ): HTMLElement {
    const select = make("select", "tagcat-tags-pick");
    select.append(make("option", "", { value: "", text: none }));
    for (const other of others) select.append(make("option", "", { value: other, text: other }));
    select.value = now;
    select.addEventListener("change", () => picked(select.value));
    return make("label", "", {}, make("span", "tagcat-quiet", { text: label }), select);
  }

  undo.addEventListener("click", () => ask("undo", ""));

  // ---- what Python says ---------------------------------------------------------------------------

  const takeTags = () => {
    drawChips();
    drawTree();
    drawForm();
    if (editor.contains(document.activeElement) && document.activeElement === field) drawOffers();
  };
  const takeOpen = () => {
    drawTree();
    drawForm();
  };
  const takeTold = () => {
    told.textContent = model.get("told");
    undo.disabled = !model.get("undoable");
    put.hidden = undo.hidden = reads();
  };
  takeTags();
  takeTold();
  return follow(
    model,
    [["tags", "empty"], takeTags],
    [["chosen"], drawChips],
    [["current"], takeOpen],
    [["told", "undoable"], takeTold],
  );
};

export default { render };

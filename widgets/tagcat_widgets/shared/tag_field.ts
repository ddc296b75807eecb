// A field for a tag's name that completes what is typed by the tags there are; a new word is a new tag.

import { make, uniqueId } from "./dom";
import { suggest } from "./tree";

/** Characters of a tag's name. */
export const LONGEST = 200;

export interface TagField {
  /** The field with its list of offers. */
  element: HTMLElement;
  input: HTMLInputElement;
  /** Draws the offers anew, after the tags have changed. */
  draw(): void;
}

/** Returns such a field; `take` hears the word that was chosen or typed. */
export function tagField(
  tags: () => readonly { name: string; count: number }[],
  take: (name: string) => void,
): TagField {
  const id = uniqueId("tag-field");
  const input = make("input", "tagcat-tags-field", {
    type: "text",
    role: "combobox",
    maxlength: LONGEST,
    autocomplete: "off",
    "aria-autocomplete": "list",
    "aria-controls": `${id}-list`,
    "aria-expanded": "false",
  });
  const list = make("div", "tagcat-tags-list", { role: "listbox", id: `${id}-list`, "aria-label": "Tags" });
  list.hidden = true;
  let offers: string[] = [];
  let offer = -1;

  function draw(): void {
    offers = suggest(tags(), input.value);
    offer = Math.min(offer, offers.length - 1);
    list.replaceChildren(
      ...offers.map((text, index) => {
        const option = make("div", "tagcat-tags-offer", {
          role: "option",
          id: `${id}-offer-${index}`,
          "aria-selected": String(index === offer),
          dir: "auto",
          text,
        });
        option.addEventListener("pointerdown", (event) => {
          event.preventDefault(); // the field keeps the focus
          choose(text);
        });
        return option;
      }),
    );
    list.hidden = offers.length === 0;
    input.setAttribute("aria-expanded", String(offers.length > 0));
    if (offer >= 0) input.setAttribute("aria-activedescendant", `${id}-offer-${offer}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function choose(text: string): void {
    const wanted = text.trim();
    if (!wanted) return;
    input.value = "";
    offer = -1;
    draw();
    take(wanted);
  }

  input.addEventListener("input", () => {
    offer = -1;
    draw();
  });
  input.addEventListener("blur", () => {
    list.hidden = true;
  });
  input.addEventListener("focus", draw);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") choose(offers[offer] ?? input.value);
    else if (event.key === "ArrowDown" && offers.length) offer = (offer + 1) % offers.length;
    else if (event.key === "ArrowUp" && offers.length) offer = (offer <= 0 ? offers.length : offer) - 1;
    else if (event.key === "Escape" && input.value) input.value = "";
    else return;
    event.preventDefault();
    event.stopPropagation();
    draw();
  });
  return { element: make("div", "tagcat-tags-put", {}, input, list), input, draw };
}

// The bar over a gallery: a field to search in names, a way to sort, and a choice for each facet.

import { make } from "../shared/dom";
import { formatCount } from "../shared/format";
import type { Item } from "../shared/item";
import { type Arrangement, facetsOf, ranksOf } from "./arrange";

const title = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

export class Tools {
  readonly element = make("div", "tagcat-gallery-tools", { role: "group", "aria-label": "Sort and filter" });
  private readonly search = make("input", "tagcat-gallery-search", {
    type: "search",
    placeholder: "Search names",
    "aria-label": "Search names",
  });
  private readonly sort = make("select", "tagcat-gallery-pick", { "aria-label": "Sort by" });
  private readonly turn = make("button", "tagcat-button tagcat-gallery-turn", { type: "button" });
  private readonly lasso = make("button", "tagcat-button tagcat-gallery-free", {
    type: "button",
    text: "Lasso",
    title: "Draw free lines with the mouse around what is meant, not rectangles (L)",
    "aria-keyshortcuts": "L",
  });
  private readonly facets = make("span", "tagcat-gallery-facets");
  private readonly clear = make("button", "tagcat-button", { type: "button", text: "Show all" });
  private by: Arrangement = { sort: "", descending: false, search: "", filters: {} };

  constructor(
    private readonly changed: (change: Partial<Arrangement>) => void,
    lasso: () => void,
  ) {
    this.lasso.addEventListener("click", lasso);
    this.search.addEventListener("input", () => changed({ search: this.search.value }));
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.search.value) return;
      event.preventDefault();
      this.search.value = "";
      changed({ search: "" });
    });
    this.sort.addEventListener("change", () => changed({ sort: this.sort.value }));
    this.turn.addEventListener("click", () => changed({ descending: !this.by.descending }));
    this.clear.addEventListener("click", () => {
      this.search.focus();
      changed({ search: "", filters: {} });
    });
    this.element.append(this.search, this.sort, this.turn, this.facets, this.clear, this.lasso);
  }

  /** Offers what these items can be sorted and filtered by. */
  take(items: readonly Item[]): void {
    const sorts = [["", "As given"], ["name", "Name"], ...ranksOf(items).map((rank) => [rank, title(rank)])];
    this.sort.replaceChildren(
      ...sorts.map(([value, text]) => make("option", "", { value: value ?? "", text: `Sort: ${text}` })),
    );
    this.facets.replaceChildren(
      ...[...facetsOf(items)].map(([facet, counts]) => this.choice(facet, [...counts])),
    );
    this.show(this.by);
  }

  /** Shows what is chosen now. */
  show(by: Arrangement): void {
    this.by = by;
    if (this.search.value !== by.search) this.search.value = by.search;
    this.sort.value = by.sort;
    const said = by.descending ? "Descending" : "Ascending";
    this.turn.textContent = by.descending ? "↓" : "↑";
    this.turn.title = said;
    this.turn.setAttribute("aria-label", `${said}: turn the order round`);
    for (const select of this.facets.querySelectorAll("select")) {
      const value = by.filters[select.dataset.facet ?? ""];
      const at = [...select.options].findIndex((option) => option.dataset.value === value);
      select.selectedIndex = value === undefined ? 0 : Math.max(0, at);
      select.classList.toggle("tagcat-on", select.selectedIndex > 0);
      select.hidden = select.options.length === 2 && select.selectedIndex === 0; // all items share it
    }
    this.clear.hidden = !by.search && Object.keys(by.filters).length === 0;
  }

  /** Shows whether free lines are drawn. */
  free(free: boolean): void {
    this.lasso.setAttribute("aria-pressed", String(free));
    this.lasso.classList.toggle("tagcat-on", free);
  }

  private choice(facet: string, counts: [string, number][]): HTMLSelectElement {
    const select = make("select", "tagcat-gallery-pick", { "aria-label": title(facet), "data-facet": facet });
    select.append(make("option", "", { text: `${title(facet)}: any` }));
    for (const [value, count] of counts) {
      const text = `${value === "" ? `no ${facet}` : value} (${formatCount(count)})`;
      select.append(make("option", "", { text, "data-value": value, dir: "auto" }));
    }
    select.addEventListener("change", () => {
      const { [facet]: _, ...filters } = this.by.filters;
      const value = select.selectedOptions[0]?.dataset.value;
      this.changed({ filters: value === undefined ? filters : { ...filters, [facet]: value } });
    });
    return select;
  }
}

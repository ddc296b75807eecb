// The bar over a graph: a search for names, and how near two pictures must be, or how often two tags meet, for
// their edge to show.

import type { AnyModel } from "@anywidget/types";
import { make, throttle } from "../shared/dom";
import { limitOf } from "../shared/graph_look";
import type { Item } from "../shared/item";
import type { Model } from "./model";

interface Ears {
  names: () => readonly Item[];
  /** Hears how many names hold what is typed; nothing where nothing is. */
  found: (number: number | undefined) => void;
  /** Hears the keys of what was found, when the person asks for them. */
  choose: (keys: string[]) => void;
}

export class Bar {
  readonly element: HTMLElement;
  private readonly search = make("input", "tagcat-graph-search", {
    type: "search",
    placeholder: "Search names",
    "aria-label": "Search names; Enter selects what is found",
  });
  private readonly limit = make("span", "", {});
  private readonly reach: HTMLInputElement;
  private readonly reached: HTMLElement;

  constructor(
    private readonly model: AnyModel<Model>,
    id: string,
    private readonly ears: Ears,
  ) {
    this.reach = make("input", "", { type: "range", min: 0, step: 1, id: `${id}-reach` });
    this.reached = make("output", "tagcat-numbers", { for: `${id}-reach` });
    const parts = [this.limit, this.reach, this.reached];
    const filter = make("label", "tagcat-graph-filter", { for: `${id}-reach` }, ...parts);
    this.element = make("div", "tagcat-graph-bar", {}, this.search, filter);
    this.search.addEventListener("input", () => {
      this.ears.found(this.search.value.trim() ? this.found().length : undefined);
    });
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      const keys = this.found().map((item) => item.key);
      if (keys.length) this.ears.choose(keys);
    });
    const share = throttle(150, () => {
      model.set(this.trait, Number(this.reach.value));
      model.save_changes();
    });
    this.reach.addEventListener("input", () => {
      this.reached.textContent = limitOf(model.get("measure"), Number(this.reach.value));
      share();
    });
  }

  /** Shows the limit as it is; `most` is the greatest number on an edge. */
  show(most: number): void {
    const measure = this.model.get("measure");
    const far = measure === "distance";
    const now = this.model.get(this.trait);
    this.limit.textContent = far ? "Distance up to" : "Together on at least";
    this.reach.min = far ? "0" : "1";
    this.reach.max = String(Math.max(far ? this.model.get("farthest") : most, now));
    this.reach.value = String(now);
    this.reached.textContent = limitOf(measure, now);
  }

  focus(): void {
    this.search.focus();
  }

  private get trait(): "max_distance" | "min_count" {
    return this.model.get("measure") === "distance" ? "max_distance" : "min_count";
  }

  private found(): Item[] {
    const words = this.search.value.trim().toLocaleLowerCase();
    if (!words) return [];
    return this.ears.names().filter((item) => item.name.toLocaleLowerCase().includes(words));
  }
}

// One button a cluster, with its colour and its number of items; pressed where all of them are selected.

import { make } from "./dom";
import { formatCount } from "./format";
import { colourOf, shapeOf } from "./map_canvas";

/** What a choice does with the selection. */
export type How = "only" | "add" | "toggle" | "remove";

export class Legend {
  readonly element = make("div", "tagcat-map-legend", { role: "group", "aria-label": "Clusters" });
  private buttons: HTMLButtonElement[] = [];

  constructor(private readonly choose: (cluster: number, how: How) => void) {}

  /** Makes a button for each cluster. */
  show(counts: readonly number[]): void {
    this.buttons = counts.map((count, cluster) => {
      const swatch = make("span", "tagcat-map-swatch", {
        "aria-hidden": "true",
        "data-shape": shapeOf(cluster),
      });
      swatch.style.background = colourOf(cluster);
      const button = make(
        "button",
        "tagcat-button tagcat-map-cluster tagcat-numbers",
        { type: "button", title: `Select cluster ${cluster}` },
        swatch,
        make("span", "tagcat-map-unseen", { text: "Cluster " }),
        make("span", "", { text: cluster }),
        make("span", "tagcat-map-unseen", { text: ", " }),
        make("span", "tagcat-quiet", { text: formatCount(count) }),
      );
      button.addEventListener("click", (event) => {
        const pressed = button.getAttribute("aria-pressed") === "true";
        const more = event.shiftKey || event.ctrlKey || event.metaKey;
        this.choose(cluster, pressed ? "remove" : more ? "add" : "only");
      });
      return button;
    });
    this.element.replaceChildren(...this.buttons);
  }

  /** Says of each cluster whether all of it is selected. */
  press(all: readonly boolean[]): void {
    for (const [cluster, button] of this.buttons.entries()) {
      button.setAttribute("aria-pressed", String(all[cluster] ?? false));
    }
  }
}

// The files of a run as a list that draws only what can be seen, with how far each is.

import { make } from "../shared/dom";
import { fileName } from "../shared/file_name";
import { counted, formatCount } from "../shared/format";
import { Virtual } from "../shared/virtual";
import type { Entry, Run, State } from "./run";

const SAID: Record<State, string> = {
  waiting: "waiting",
  hashing: "reading",
  sending: "being stored",
  stored: "stored",
  known: "stored before",
  failed: "failed",
};

interface Filter {
  title: string;
  states: State[];
}
const FILTERS: Filter[] = [
  { title: "All", states: ["waiting", "hashing", "sending", "stored", "known", "failed"] },
  { title: "To do", states: ["waiting", "hashing", "sending"] },
  { title: "Stored", states: ["stored", "known"] },
  { title: "Failed", states: ["failed"] },
];

export class EntryList {
  readonly element = make("div", "tagcat-entries");
  private readonly list = make("div", "tagcat-scroller tagcat-entries-list", {
    role: "list",
    tabindex: 0,
    "aria-label": "Files",
  });
  private readonly tabs: HTMLButtonElement[];
  private readonly rows: Virtual;
  private readonly passed = make("span", "tagcat-quiet tagcat-numbers");
  private filter = FILTERS[0] as Filter;
  private shown: Entry[] = [];

  constructor(private readonly run: Run) {
    this.tabs = FILTERS.map((filter) => {
      const tab = make("button", "tagcat-entries-tab tagcat-numbers", { type: "button" });
      tab.addEventListener("click", () => {
        this.filter = filter;
        this.draw();
      });
      return tab;
    });
    this.element.append(make("div", "tagcat-entries-head", {}, ...this.tabs, this.passed), this.list);
    this.rows = new Virtual(this.list, {
      width: 0,
      height: () => 40,
      gap: 0,
      render: (index) => this.row(this.shown[index] as Entry, index),
    });
  }

  draw(): void {
    const { run, filter } = this;
    for (const [index, tab] of this.tabs.entries()) {
      const { title, states } = FILTERS[index] as Filter;
      tab.textContent = `${title} ${formatCount(run.count(...states))}`;
      tab.setAttribute("aria-pressed", String(FILTERS[index] === filter));
    }
    this.passed.textContent = run.passed ? `${counted(run.passed, "files")} passed over: no media` : "";
    const shown = run.entries.filter((entry) => filter.states.includes(entry.state));
    const same =
      shown.length === this.shown.length && shown.every((entry, index) => entry === this.shown[index]);
    this.shown = shown;
    // Rows that are there are only filled anew: drawing them anew would lose a reader's place.
    if (same) this.rows.each((row, index) => fill(row, shown[index] as Entry));
    else this.rows.reset(shown.length);
    this.list.hidden = shown.length === 0;
  }

  close(): void {
    this.rows.close();
  }

  private row(entry: Entry, index: number): HTMLElement {
    const row = make(
      "div",
      "tagcat-entry",
      { role: "listitem", "aria-setsize": this.shown.length, "aria-posinset": index + 1 },
      fileName("tagcat-entry-name", entry.path),
      make("span", "tagcat-ellipsis tagcat-entry-state tagcat-numbers", { dir: "auto" }),
    );
    fill(row, entry);
    return row;
  }
}

function fill(row: HTMLElement, entry: Entry): void {
  const state = row.lastElementChild as HTMLElement;
  const percent = entry.state === "hashing" && entry.done > 0 ? ` ${Math.floor(100 * entry.done)} %` : "";
  const near = entry.approximate ? ", approximately" : "";
  const text = entry.state === "failed" ? entry.error : SAID[entry.state] + percent + near;
  if (state.textContent !== text) state.textContent = text;
  state.title = entry.state === "failed" ? entry.error : "";
  row.dataset.state = entry.state;
  row.style.setProperty("--tc-done", `${100 * entry.done}%`);
}

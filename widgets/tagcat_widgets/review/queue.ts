// Where the review is: pairs that wait, pairs that are judged, or groups; which of them is in question; and
// what was said of each pair. A pair that is judged here stays in its place among those that wait, so that
// nothing moves under a person's hands, and is among the judged ones at once.

import type { AnyModel } from "@anywidget/types";
import type { Group, Model, Pair } from "./model";

const INDEX = { pairs: "index", groups: "group_index", judged: "judged_index" } as const;
const name = (a: string, b: string) => `${a}\n${b}`; // no key holds a line break

export class Queue {
  private rejected = new Set<string>();
  private confirmed = new Set<string>();
  private taken = new Set<string>();
  /** Keys of the items that have left the collection. */
  gone: ReadonlySet<string> = new Set();

  constructor(private readonly model: AnyModel<Model>) {
    this.read();
  }

  /** Takes the verdicts as they are now. */
  read(): void {
    const names = (pairs: [string, string][]) => new Set(pairs.map(([a, b]) => name(a, b)));
    this.rejected = names(this.model.get("rejected"));
    this.confirmed = names(this.model.get("confirmed"));
    this.taken = names(this.model.get("taken"));
    this.gone = new Set(this.model.get("removed"));
  }

  get grouped(): boolean {
    return this.model.get("mode") === "groups";
  }
  /** The pairs that are shown: those that wait, or those that are judged. */
  get pairs(): Pair[] {
    return this.model.get("mode") === "judged" ? this.judged : this.model.get("pairs");
  }
  /** The pairs that were judged before, and those that have been since. */
  get judged(): Pair[] {
    return [...this.model.get("judged"), ...this.model.get("pairs").filter((pair) => this.said(pair))];
  }
  /** How many pairs there are, judged or not. */
  get all(): number {
    return this.model.get("judged").length + this.model.get("pairs").length;
  }
  get groups(): Group[] {
    return this.model.get("groups");
  }
  get count(): number {
    return (this.grouped ? this.groups : this.pairs).length;
  }
  get at(): number {
    const index = this.model.get(INDEX[this.model.get("mode")]);
    return Math.min(index, Math.max(0, this.count - 1));
  }
  /** The pair in question, where pairs are shown. */
  get pair(): Pair | undefined {
    return this.grouped ? undefined : this.pairs[this.at];
  }
  /** The group in question, where groups are shown. */
  get group(): Group | undefined {
    return this.grouped ? this.groups[this.at] : undefined;
  }

  /** Returns the verdict on a pair in words; nothing where there is none yet. */
  verdict({ a, b, verdict }: Pair): string {
    const pair = name(a.key, b.key);
    if (this.rejected.has(pair)) return "Not a match";
    if (this.confirmed.has(pair)) return "A match";
    if (!verdict || this.taken.has(pair)) return "";
    return verdict === "a match" ? "A match" : "Not a match";
  }

  /** Returns what was said of a pair, also by taking one of its pictures out of the collection. */
  said(pair: Pair): string {
    return this.left(pair) ? "One left the collection" : this.verdict(pair);
  }

  /** Returns whether one of a pair has left the collection. */
  left({ a, b }: Pair): boolean {
    return this.gone.has(a.key) || this.gone.has(b.key);
  }

  /** Goes to a place; returns whether there is one, and another than before. */
  go(index: number): boolean {
    if (index < 0 || index >= this.count || index === this.at) return false;
    this.model.set(INDEX[this.model.get("mode")], index);
    this.model.save_changes();
    return true;
  }

  /** Returns the next place in a direction, past pairs that wait no more; it may be outside. */
  next(direction: number): number {
    let index = this.at + direction;
    const pairs = this.model.get("mode") === "pairs" ? this.pairs : [];
    while (pairs[index] && this.said(pairs[index] as Pair)) index += direction;
    return index;
  }
}

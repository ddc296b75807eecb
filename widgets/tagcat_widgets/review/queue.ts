// Where the review is: pairs or groups, which of them is in question, and what was said of each pair.

import type { AnyModel } from "@anywidget/types";
import type { Group, Model, Pair } from "./model";

const name = (a: string, b: string) => `${a}\n${b}`; // no key holds a line break

export class Queue {
  private rejected = new Set<string>();
  private confirmed = new Set<string>();
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
    this.gone = new Set(this.model.get("removed"));
  }

  get grouped(): boolean {
    return this.model.get("mode") === "groups";
  }
  get pairs(): Pair[] {
    return this.model.get("pairs");
  }
  get groups(): Group[] {
    return this.model.get("groups");
  }
  get count(): number {
    return (this.grouped ? this.groups : this.pairs).length;
  }
  get at(): number {
    const index = this.model.get(this.grouped ? "group_index" : "index");
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
  /** How many pairs have their verdict. */
  get judged(): number {
    return this.grouped ? 0 : this.pairs.filter((pair) => this.said(pair)).length;
  }

  /** Returns the verdict on a pair in words; nothing where there is none yet. */
  verdict({ a, b }: Pair): string {
    if (this.rejected.has(name(a.key, b.key))) return "Not a match";
    return this.confirmed.has(name(a.key, b.key)) ? "A match" : "";
  }

  /** Returns what was said of a pair, also by taking one of its pictures out of the collection. */
  said(pair: Pair): string {
    const left = this.gone.has(pair.a.key) || this.gone.has(pair.b.key);
    return left ? "One left the collection" : this.verdict(pair);
  }

  /** Goes to a place; returns whether there is one, and another than before. */
  go(index: number): boolean {
    if (index < 0 || index >= this.count || index === this.at) return false;
    this.model.set(this.grouped ? "group_index" : "index", index);
    this.model.save_changes();
    return true;
  }

  /** Returns the next place in a direction, past pairs that have their verdict; it may be outside. */
  next(direction: number): number {
    let index = this.at + direction;
    const pairs = this.grouped ? [] : this.pairs;
    while (pairs[index] && this.said(pairs[index] as Pair)) index += direction;
    return index;
  }
}

// What Python and the graph share.

import type { Edge } from "vis-network/esnext";
import type { Measure } from "../shared/graph_look";
import type { Item } from "../shared/item";

export interface Model {
  items: Item[];
  ends: DataView;
  numbers: DataView;
  colours: string[];
  cells: DataView;
  selected: string[];
  measure: Measure;
  noun: string;
  named: boolean;
  max_distance: number;
  farthest: number;
  min_count: number;
  height: number;
  empty: string;
  label: string;
  expandable: boolean;
}

/** An edge as it is drawn, with its number. */
export interface Drawn extends Edge {
  id: number;
  number: number;
}

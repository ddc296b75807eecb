// What Python sends of a graph, as columns of bytes, read into what is drawn.

import type { AnyModel } from "@anywidget/types";
import { floats, integers } from "../shared/bytes";
import { formatCount } from "../shared/format";
import { labelled, thickness } from "../shared/graph_look";
import type { Drawn, Model } from "./model";

/** Returns the cells and colours of the nodes, the edges, and the greatest number on one. */
export function read(model: AnyModel<Model>) {
  const cells = floats(model.get("cells"), 2 * model.get("items").length);
  const count = model.get("numbers").byteLength / 4;
  const numbers = integers(model.get("numbers"), count);
  const ends = integers(model.get("ends"), 2 * count);
  const measure = model.get("measure");
  const most = numbers.reduce((least, number) => Math.max(least, number), 1);
  const edges: Drawn[] = [...numbers].map((number, edge) => ({
    id: edge,
    from: ends[2 * edge] as number,
    to: ends[2 * edge + 1] as number,
    number,
    width: thickness(measure, number, most),
    ...(labelled(count) ? { label: formatCount(number) } : {}),
  }));
  return { cells, colours: model.get("colours"), edges, most };
}

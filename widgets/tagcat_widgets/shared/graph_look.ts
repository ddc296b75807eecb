// How a graph looks: its colours, which follow the theme, and what the number on an edge means for the
// line: the distance of two pictures in bits, or how often two tags meet.

import type { Options } from "vis-network/esnext";
import { formatCount } from "./format";

export type Measure = "distance" | "count";

const DOT = 10;
const LABELLED = 3_000; // edges up to which each bears its number
const LONGEST = 22; // characters of a name under its node

/** Returns the look of a graph with so many edges, in the colours of the element that it stands in. */
export function look(element: HTMLElement, edgeCount: number): Options {
  const style = getComputedStyle(element);
  const colour = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  const ink = colour("--tc-ink", "#17191c");
  const brand = colour("--tc-brand", "#1464c8");
  const page = colour("--tc-page", "#ffffff");
  const quiet = colour("--tc-quiet", "#5b626b");
  const many = !labelled(edgeCount);
  return {
    autoResize: true,
    physics: false,
    layout: { improvedLayout: false },
    interaction: {
      hover: true,
      multiselect: true,
      selectConnectedEdges: false,
      hideEdgesOnDrag: many,
      hideEdgesOnZoom: many,
      zoomView: false, // the page scrolls; Ctrl and the wheel zoom
      tooltipDelay: 1_000_000,
    },
    nodes: {
      shape: "dot",
      size: DOT,
      borderWidth: 1,
      borderWidthSelected: 5,
      font: { size: 15, color: ink, strokeWidth: 4, strokeColor: page, face: "system-ui, sans-serif" },
      color: {
        border: page,
        background: quiet,
        highlight: { border: brand, background: brand },
        hover: { border: ink, background: quiet },
      },
      shapeProperties: { interpolation: false, useBorderWithImage: true },
    },
    edges: {
      smooth: false,
      color: { color: quiet, highlight: brand, hover: ink, opacity: 0.55 },
      font: { size: 11, color: ink, strokeWidth: 4, strokeColor: page, face: "system-ui, sans-serif" },
      hoverWidth: 0,
      selectionWidth: 0,
    },
  };
}

/** Returns whether so many edges bear their numbers: more would be a grey cloud. */
export function labelled(edgeCount: number): boolean {
  return edgeCount <= LABELLED;
}

/** Returns how thick a line is: the same hash, or the pair that meets most often, 7 px. */
export function thickness(measure: Measure, number: number, most: number): number {
  if (measure === "distance") return 1 + 6 * Math.max(0, 1 - number / 16);
  return 1 + (6 * Math.log1p(number)) / Math.log1p(Math.max(1, most));
}

/** Returns what the filter says of its limit. */
export function limitOf(measure: Measure, limit: number): string {
  if (measure === "distance") return `${limit} bits`;
  return `${formatCount(limit)} ${limit === 1 ? "item" : "items"}`;
}

/** Returns a name as it stands under its node, on one line. */
export function caption(name: string): string {
  const line = [...name.replace(/\s+/g, " ")];
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1).join("")}…` : line.join("");
}

/** Returns a node's colours where it has one of its own; the selection stays the theme's. */
export function tinted(colour: string | undefined): Record<string, unknown> {
  if (!colour) return {};
  return { color: { background: colour, border: colour, hover: { background: colour } }, borderWidth: 4 };
}

// The 64 bits of a dHash as a square of 8 × 8, row by row as they are made: a bit is 1 where a mean of the
// picture is brighter than its left neighbour. What differs between two pictures is marked.

import { make } from "./dom";

/** Returns the 64 bits of 16 hex digits, the most significant first; nothing of anything else. */
export function bitsOf(hex: string): number[] | undefined {
  if (!/^[0-9a-f]{16}$/i.test(hex)) return undefined;
  return [...hex].flatMap((digit) => [3, 2, 1, 0].map((at) => (Number.parseInt(digit, 16) >> at) & 1));
}

/** Returns the places 0 … 63 where two hashes differ, or nothing where one of them is not known. */
export function differing(a: string, b: string): number[] | undefined {
  const [left, right] = [bitsOf(a), bitsOf(b)];
  if (!left || !right) return undefined;
  return left.flatMap((bit, at) => (bit === right[at] ? [] : [at]));
}

/** Returns in words which bits differ: "row 1: 2 and 5; row 4: 8", counted from 1. */
export function inWords(places: readonly number[]): string {
  const rows = new Map<number, number[]>();
  for (const at of places)
    rows.set(Math.floor(at / 8), [...(rows.get(Math.floor(at / 8)) ?? []), (at % 8) + 1]);
  const list = (bits: number[]) =>
    bits.length > 1 ? `${bits.slice(0, -1).join(", ")} and ${bits.at(-1)}` : `${bits[0]}`;
  return [...rows].map(([row, bits]) => `row ${row + 1}: ${list(bits)}`).join("; ");
}

/** Returns the square of two hashes, or nothing where one of them is not known. */
export function bitSquare(a: string, b: string): HTMLElement | undefined {
  const bits = bitsOf(a);
  const places = differing(a, b);
  if (!bits || !places) return undefined;
  const marked = new Set(places);
  const where = places.length ? `. In ${inWords(places)}` : "";
  const square = make("div", "tagcat-bits", {
    role: "img",
    "aria-label": `Bits that differ: ${places.length} of 64${where}`,
  });
  for (const [at, bit] of bits.entries()) {
    const differs = marked.has(at);
    const cell = make(
      "span",
      `tagcat-bit ${bit ? "tagcat-bit-one" : ""} ${differs ? "tagcat-bit-differs" : ""}`,
    );
    const [left, right] = bit ? ["brighter", "not brighter"] : ["not brighter", "brighter"];
    cell.title = differs
      ? `Row ${Math.floor(at / 8) + 1}, bit ${(at % 8) + 1}: ${left} than its left neighbour in the left picture, ${right} in the right one`
      : `Row ${Math.floor(at / 8) + 1}, bit ${(at % 8) + 1}: the same in both`;
    square.append(cell);
  }
  return square;
}

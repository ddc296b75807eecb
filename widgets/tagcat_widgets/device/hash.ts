// The dHash of docs/architecture.md, in whole numbers: the same bits as tagcat_kernel/hashing.py gives.
//
// A picture of H × W samples lies under a grid of 8 rows and 9 columns. In eighths of a sample, row y covers
// [8y, 8y + 8) and band k covers [kH, (k + 1)H); in ninths the same holds for columns and W. So a mean is a
// whole sum divided by H · W, and it is rounded (ties to even) by comparing whole numbers. All of them stay
// below 2^53 for the largest picture that is let in, so that JavaScript's numbers hold them exactly.
//
// Rows come one by one: a picture of 256 megapixels never lies in memory as a second copy. A picture that lies
// on its side is laid under 9 rows and 8 columns instead, and only the means are turned.

import { turned } from "./orientation";

const ROWS = 8;
const COLUMNS = 9;

export type Samples = Uint8Array | Uint16Array;

export interface Scale {
  /** Bits of a sample, 8 to 16; means are divided by 2 ** (bits - 8) after the averaging. */
  bits: number;
  /** Whether black is 16 and white 235 of 255: means are stretched before they are rounded. */
  limited: boolean;
}

const EIGHT_BITS: Scale = { bits: 8, limited: false };

/** Sums a picture's rows of brightness, as they lie, into 8 × 9 means as they are shown. */
export class AreaMeans {
  private readonly bands: number;
  private readonly columns: number;
  private readonly sums: Float64Array; // of the cells, band by band
  private readonly cells: Float64Array; // of the row that comes
  private row = 0;

  constructor(
    readonly width: number,
    readonly height: number,
    /** EXIF's code. */
    readonly orientation = 1,
  ) {
    if (!(width >= 1 && height >= 1)) throw new RangeError(`no picture: ${width} × ${height}`);
    [this.bands, this.columns] = orientation >= 5 ? [COLUMNS, ROWS] : [ROWS, COLUMNS];
    this.sums = new Float64Array(this.bands * this.columns);
    this.cells = new Float64Array(this.columns);
  }

  /** Adds the next row of the picture, from `grey[at]` on. */
  add(grey: Samples, at = 0): void {
    const { height, bands, columns, sums, cells } = this;
    this.sumCells(grey, at);
    const start = this.row * bands;
    const end = start + bands;
    this.row += 1;
    const last = Math.floor((end - 1) / height);
    for (let band = Math.floor(start / height); band <= last; band++) {
      const weight = Math.min(end, (band + 1) * height) - Math.max(start, band * height);
      for (let column = 0, cell = band * columns; column < columns; column++, cell++) {
        sums[cell] = (sums[cell] as number) + weight * (cells[column] as number);
      }
    }
  }

  /** Sums a row into its cells, the samples weighted in ninths (or eighths) of a column. */
  private sumCells(grey: Samples, at: number): void {
    const { width, columns, cells } = this;
    for (let column = 0; column < columns; column++) {
      const start = column * width;
      const end = start + width;
      const first = Math.floor(start / columns);
      const last = Math.floor((end - 1) / columns);
      let total = 0;
      for (let x = at + first; x <= at + last; x++) total += grey[x] as number;
      // The outer samples count as far as they lie in this cell.
      const before = (start - first * columns) * (grey[at + first] as number);
      const behind = ((last + 1) * columns - end) * (grey[at + last] as number);
      cells[column] = columns * total - before - behind;
    }
  }

  /** Returns the 8 rows of 9 means on the scale 0 to 255, once every row is in. */
  means({ bits, limited }: Scale = EIGHT_BITS): number[][] {
    const { width, height, bands, columns, sums } = this;
    if (this.row !== height) throw new RangeError(`${this.row} of ${height} rows`);
    const samples = width * height * 2 ** (bits - 8);
    const count = limited ? samples * 219 : samples;
    const mean = (cell: number) => {
      const stretched = limited ? (cell - 16 * samples) * 255 : cell;
      return rounded(Math.min(Math.max(stretched, 0), 255 * count), count);
    };
    const means = Array.from({ length: bands }, (_, band) =>
      Array.from(sums.subarray(band * columns, (band + 1) * columns), mean),
    );
    return turned(means, this.orientation);
  }
}

/** Returns sum / count to the nearest whole number, ties to even. */
function rounded(sum: number, count: number): number {
  const rest = sum % count;
  const quotient = (sum - rest) / count;
  return 2 * rest > count || (2 * rest === count && quotient % 2 === 1) ? quotient + 1 : quotient;
}

/** Returns the dHash of 8 × 9 means as 16 hex digits: a bit is 1 where a mean is brighter than its left. */
export function dhashOfMeans(means: number[][]): string {
  let hex = "";
  for (const row of means) {
    let bits = 0;
    for (let x = 1; x < COLUMNS; x++) bits = bits * 2 + ((row[x] as number) > (row[x - 1] as number) ? 1 : 0);
    hex += bits.toString(16).padStart(2, "0");
  }
  return hex;
}

/** Writes the grey of `count` opaque RGBA pixels, from pixel `at` on. */
export function greyOf(
  rgba: Uint8Array | Uint8ClampedArray,
  at: number,
  count: number,
  grey: Uint8Array,
): void {
  for (let x = 0, i = 4 * at; x < count; x++, i += 4) {
    grey[x] =
      ((rgba[i] as number) * 9798 +
        (rgba[i + 1] as number) * 19235 +
        (rgba[i + 2] as number) * 3735 +
        16384) >>
      15;
  }
}

/** Composes RGBA pixels over black in their own place: (rgb · a + 127) // 255. */
export function overBlack(rgba: Uint8Array | Uint8ClampedArray): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3] as number;
    if (alpha === 255) continue;
    for (let c = i; c < i + 3; c++) rgba[c] = Math.floor(((rgba[c] as number) * alpha + 127) / 255);
    rgba[i + 3] = 255;
  }
}

import { describe, expect, it } from "vitest";
import golden from "../../tests/golden/dhash.json";
import { AreaMeans, dhashOfMeans, greyOf, overBlack, type Samples } from "../tagcat_widgets/device/hash";
import { exifOrientation, orientationOf, turned } from "../tagcat_widgets/device/orientation";

interface Case {
  recipe: string;
  width: number;
  height: number;
  channels: number;
  bits: number;
  limited: boolean;
  seed?: number;
  tile?: number[];
  pixels?: number[];
  means: number[][];
  dhash: string;
}

/** Draws the samples of a case by the recipe that tests/golden/make_dhash.py tells. */
function samplesOf(golden: Case): number[] {
  const { recipe, width, height, channels, bits, tile = [], pixels = [] } = golden;
  let state = golden.seed ?? 0;
  const draw = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return (state >>> 16) & (2 ** bits - 1);
  };
  if (recipe === "pixels") return pixels;
  if (recipe === "noise") return Array.from({ length: width * height * channels }, draw);
  const [rows = 1, columns = 1] = tile;
  const small = Array.from({ length: rows * columns * channels }, draw);
  return Array.from({ length: width * height * channels }, (_, at) => {
    const pixel = Math.floor(at / channels);
    const y = Math.floor((Math.floor(pixel / width) * rows) / height);
    const x = Math.floor(((pixel % width) * columns) / width);
    return small[(y * columns + x) * channels + (at % channels)] ?? Number.NaN;
  });
}

function greyOfCase(golden: Case): Samples {
  const { width, height, channels, bits } = golden;
  const samples = samplesOf(golden);
  if (channels === 1) return bits === 8 ? Uint8Array.from(samples) : Uint16Array.from(samples);
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < samples.length; i++) {
    rgba[4 * Math.floor(i / channels) + (i % channels)] = samples[i] ?? 0;
  }
  overBlack(rgba);
  const grey = new Uint8Array(width * height);
  greyOf(rgba, 0, grey.length, grey);
  return grey;
}

describe("the golden vectors that the kernel runs too", () => {
  it.each(golden as Case[])("$recipe $width × $height, $channels channels of $bits bits", (wanted) => {
    const grey = greyOfCase(wanted);
    const means = new AreaMeans(wanted.width, wanted.height);
    for (let y = 0; y < wanted.height; y++) means.add(grey, y * wanted.width);
    expect(means.means(wanted)).toEqual(wanted.means);
    expect(dhashOfMeans(means.means(wanted))).toBe(wanted.dhash);
  });

  it("are many and of every kind", () => {
    expect(golden.length).toBeGreaterThan(60);
    expect(new Set((golden as Case[]).map(({ channels, bits }) => `${channels}/${bits}`)).size).toBe(5);
  });
});

describe("orientation", () => {
  const [width, height] = [11, 10];
  const picture = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (x * x * 3 + y * 7 + x * y) % 251),
  );
  const meansOf = (rows: number[][], orientation = 1) => {
    const means = new AreaMeans(rows[0]?.length ?? 0, rows.length, orientation);
    for (const row of rows) means.add(Uint8Array.from(row));
    return means.means();
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("%i: turned means are the means of the turned picture", (code) => {
    expect(meansOf(picture, code)).toEqual(meansOf(turned(picture, code)));
  });

  it("is told by EXIF in either byte order, and 1 where EXIF is broken", () => {
    const little = [73, 73, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0];
    const big = [77, 77, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 8, 0, 0];
    const named = [69, 120, 105, 102, 0, 0, ...big];
    const lost = [73, 73, 42, 0, 255, 255, 255, 255];
    const tried = [little, big, named, lost, little.slice(0, 15), [], [1, 2, 3]];
    expect(tried.map((bytes) => exifOrientation(Uint8Array.from(bytes)))).toEqual([6, 8, 8, 1, 1, 1, 1]);
  });

  it("of a video is a turn and then a flip", () => {
    const small = [
      [1, 2],
      [3, 4],
    ];
    const shown = [0, 90, 180, 270].map((angle) =>
      turned(small, orientationOf(angle, false)).flat().join(""),
    );
    const flipped = [0, 90, 180, 270].map((angle) =>
      turned(small, orientationOf(angle, true)).flat().join(""),
    );
    expect(shown).toEqual(["1234", "3142", "4321", "2413"]);
    expect(flipped).toEqual(["2143", "1324", "3412", "4231"]);
  });
});

describe("area means", () => {
  it("stay exact where sums are large", () => {
    const width = 2_000_000;
    const means = new AreaMeans(width, 16);
    const white = new Uint16Array(width).fill(65535);
    for (let y = 0; y < 16; y++) means.add(white);
    expect(new Set(means.means({ bits: 16, limited: true }).flat())).toEqual(new Set([255]));
  });

  it("refuse a picture without pixels, and one whose rows are missing", () => {
    expect(() => new AreaMeans(0, 1)).toThrow("no picture: 0 × 1");
    expect(() => new AreaMeans(1, 2).means()).toThrow("0 of 2 rows");
  });

  it("put the first comparison into the most significant bit", () => {
    const row = [0, 7, 7, 7, 7, 7, 7, 7, 7];
    const flat = Array(9).fill(0);
    expect(dhashOfMeans([row, ...Array(7).fill(flat)])).toBe("8000000000000000");
  });
});

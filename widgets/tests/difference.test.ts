import { describe, expect, it } from "vitest";
import { bitSquare, bitsOf, differing } from "../tagcat_widgets/shared/bits";
import { difference, GAIN, inWords, NOTICED } from "../tagcat_widgets/shared/difference";

const pixels = (...levels: number[]) =>
  new Uint8ClampedArray(levels.flatMap((level) => [level, level, level, 255]));

describe("the difference of two pictures", () => {
  it("is nothing between equal ones", () => {
    const found = difference(pixels(0, 99, 255), pixels(0, 99, 255));
    expect(found).toEqual({ pixels: pixels(0, 0, 0), mean: 0, changed: 0 });
    expect(inWords(found)).toBe("Not a pixel of these thumbnails differs.");
  });

  it("is drawn brighter than it is, never beyond white, and is the same both ways", () => {
    const [a, b] = [pixels(10, 20, 0), pixels(13, 20, 255)];
    const found = difference(a, b);
    expect([...found.pixels].filter((_, at) => at % 4 === 0)).toEqual([3 * GAIN, 0, 255]);
    expect(found.mean).toBeCloseTo((3 + 255) / 3);
    expect(difference(b, a)).toEqual(found);
  });

  it("counts a pixel if any of its channels differs visibly", () => {
    const changed = new Uint8ClampedArray([0, 0, NOTICED + 1, 255, 0, NOTICED, 0, 255]);
    expect(difference(pixels(0, 0), changed).changed).toBe(0.5);
    expect(inWords({ pixels: pixels(), mean: 1.25, changed: 0.001 })).toContain("less than 1 %");
  });

  it("takes no picture for none", () => {
    expect(difference(pixels(), pixels())).toEqual({ pixels: pixels(), mean: 0, changed: 0 });
  });
});

describe("the bits of two hashes", () => {
  it("come the most significant first", () => {
    expect(bitsOf("8000000000000005")?.join("")).toBe(`1${"0".repeat(60)}101`);
    for (const wrong of ["", "8", "g000000000000000", "<img src=x>", "0".repeat(17)]) {
      expect(bitsOf(wrong)).toBeUndefined();
      expect(bitSquare(wrong, "0000000000000000")).toBeUndefined();
    }
  });

  it("differ where an exclusive or says so", () => {
    for (let n = 0; n < 50; n++) {
      const two = [0, 1].map(() => BigInt.asUintN(64, BigInt(Math.floor(Math.random() * 2 ** 53)) * 2047n));
      const [a, b] = two as [bigint, bigint];
      const hex = (value: bigint) => value.toString(16).padStart(16, "0");
      const expected = [...(a ^ b).toString(2).padStart(64, "0")].flatMap((bit, at) =>
        bit === "1" ? [at] : [],
      );
      expect(differing(hex(a), hex(b))).toEqual(expected);
      const square = bitSquare(hex(a), hex(b)) as HTMLElement;
      expect(square.querySelectorAll(".tagcat-bit-differs")).toHaveLength(expected.length);
      expect(square.querySelectorAll(".tagcat-bit-one")).toHaveLength(
        bitsOf(hex(a))?.filter(Boolean).length ?? -1,
      );
    }
  });
});

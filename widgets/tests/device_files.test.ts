import { afterEach, describe, expect, it } from "vitest";
import { distance, isPlain, KeyFrames } from "../tagcat_widgets/device/keyframes";
import { kindOf, kindOfContent, kindOfName } from "../tagcat_widgets/device/kinds";
import { md5Of } from "../tagcat_widgets/device/md5";
import { capabilities } from "../tagcat_widgets/device/pool";

describe("key frames", () => {
  it("are the first sample, then each that lies further than the distance from the last", () => {
    const hashes = ["0000000000000000", "0000000000000003", "0000000000000007", "000000000000000f"];
    const frames = new KeyFrames(2);
    expect(hashes.map((dhash) => frames.take(dhash))).toEqual([true, false, true, false]);
  });

  it("measure the distance over all 64 bits", () => {
    expect(distance("0000000000000000", "ffffffffffffffff")).toBe(64);
    expect(distance("8000000080000000", "0000000000000001")).toBe(3);
  });

  it("refuse a distance that is none", () => {
    for (const wrong of [-1, 65, 1.5, Number.NaN]) expect(() => new KeyFrames(wrong)).toThrow("from 0 to 64");
  });

  it("know plain hashes", () => {
    const plain = ["000000000000000f", "000000000000001f", "07ffffffffffffff", "0fffffffffffffff"];
    expect(plain.map(isPlain)).toEqual([true, false, false, true]);
  });
});

describe("kinds", () => {
  it("believe the first bytes before the name", async () => {
    expect(await kindOf(new File(["GIF89a..."], "film.mp4"))).toBe("image");
    expect(await kindOf(new File(["\x1a\x45\xdf\xa3".slice(0, 1), "x"], "film.MKV"))).toBe("video");
    expect(await kindOf(new File(["export {}"], "code.ts"))).toBeNull();
  });

  it("know names and contents as the kernel does", () => {
    expect([".png", "cat.jpeg", "a.b/cat.PNG", "cat", "cat.ts"].map(kindOfName)).toEqual([
      null,
      "image",
      "image",
      null,
      null,
    ]);
    expect(kindOfContent("\0\0\0\x20ftypavif")).toBe("image");
    expect(kindOfContent("\0\0\0\x20ftypisom")).toBe("video");
    expect(kindOfContent("\0\0\0\x20ftypM4A ")).toBeNull();
    expect(kindOfContent("P5 4 4 255 ")).toBe("image");
    expect(kindOfContent("P5X")).toBeNull();
    expect(kindOfContent("The wide open sea")).toBeNull();
  });
});

describe("MD5", () => {
  it("is the MD5 of RFC 1321, and hears how far it is", async () => {
    const far: number[] = [];
    expect(await md5Of(new Blob([]))).toBe("d41d8cd98f00b204e9800998ecf8427e");
    expect(await md5Of(new Blob(["message digest"]), (bytes) => far.push(bytes))).toBe(
      "f96b697d7cb7938d525a2f31aaf161d0",
    );
    expect(far.at(-1)).toBe(14);
  });
});

describe("capabilities", () => {
  const secure = Object.getOwnPropertyDescriptor(globalThis, "isSecureContext");
  afterEach(() => {
    if (secure) Object.defineProperty(globalThis, "isSecureContext", secure);
  });

  it("say how to get a secure page where there is none", () => {
    Object.defineProperty(globalThis, "isSecureContext", { value: false, configurable: true });
    expect(capabilities()).toMatchObject({ secure: false, reason: expect.stringContaining("localhost") });
  });
});

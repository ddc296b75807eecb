// One image file to its dHash, by the browser's own decoder.
//
// createImageBitmap decodes without colour management, alpha kept apart, the way up as EXIF says. An opaque
// canvas then composes the picture over black, to the same whole numbers as the kernel: (rgb · a + 127) // 255.
// It goes through a small canvas in tiles, so that no second copy of a large picture lies in memory.
//
// Browsers that refuse a picture which is not whole do the kernel's work here: Chromium, Firefox and Safari
// reject a file that breaks off.

import { imageSize } from "image-size";
import { AreaMeans, dhashOfMeans, greyOf } from "./hash";
import { orientationLeft, turn } from "./orientation";
import { type Course, checkPixels, MediaError } from "./record";
import { thumbnailOf } from "./thumbnail";

const STRIP = 4_000_000; // pixels that become grey at a time
const TILE = 8192; // longest side of a canvas that every browser has
const HEADER = 1 << 20; // bytes in which every format tells its size, even behind a large EXIF
const LARGE = 32_000_000; // pixels from which one picture at a time is enough

export interface Picture {
  dhash: string;
  width: number;
  height: number;
  thumbnail?: Uint8Array<ArrayBuffer>;
}

/** Hashes an image file, and makes its thumbnail if wanted. */
export async function hashImage(file: Blob, thumbnail: boolean, course: Course): Promise<Picture> {
  const pixels = await promisedPixels(file);
  return inTurn(pixels, course, async () => {
    const bitmap = await decoded(file);
    try {
      const { width, height } = bitmap;
      checkPixels(width, height);
      const orientation = await orientationLeft(file);
      const dhash = hashBitmap(bitmap, orientation, course);
      const [wide, tall] = orientation >= 5 ? [height, width] : [width, height];
      const picture = { dhash, width: wide, height: tall };
      if (!thumbnail) return picture;
      const jpeg = await thumbnailOf(wide, tall, (context) => {
        turn(context, orientation, width, height);
        context.drawImage(bitmap, 0, 0);
      });
      return { ...picture, thumbnail: jpeg };
    } finally {
      bitmap.close();
    }
  });
}

/** Hashes a decoded picture, composed over black and turned by EXIF's code. */
export function hashBitmap(bitmap: ImageBitmap, orientation = 1, course?: Course): string {
  const { width, height } = bitmap;
  const rows = Math.min(height, TILE, Math.max(1, Math.floor(STRIP / width)));
  const canvas = new OffscreenCanvas(Math.min(width, TILE), rows);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (!context) throw new MediaError("this browser has no canvas to read pictures with");
  checkCanvas();
  context.imageSmoothingEnabled = false;
  const means = new AreaMeans(width, height, orientation);
  const grey = new Uint8Array(width * rows);
  for (let top = 0; top < height; top += rows) {
    const tall = Math.min(rows, height - top);
    for (let left = 0; left < width; left += TILE) {
      const wide = Math.min(TILE, width - left);
      context.fillRect(0, 0, wide, tall); // black: what was there would shine through
      context.drawImage(bitmap, left, top, wide, tall, 0, 0, wide, tall);
      const { data } = context.getImageData(0, 0, wide, tall);
      for (let y = 0; y < tall; y++) greyOf(data, y * wide, wide, grey.subarray(y * width + left));
    }
    for (let y = 0; y < tall; y++) means.add(grey, y * width);
    course?.progress((top + tall) / height);
  }
  return dhashOfMeans(means.means());
}

/** Refuses a picture by its header before anything is decoded; returns its pixels, 0 if it does not tell. */
async function promisedPixels(file: Blob): Promise<number> {
  let size: { width: number; height: number };
  const head = new Uint8Array(await file.slice(0, HEADER).arrayBuffer());
  try {
    size = imageSize(head);
  } catch {
    return 0; // the decoder will say what is wrong with it
  }
  checkPixels(size.width, size.height);
  return size.width * size.height;
}

async function decoded(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, {
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
      imageOrientation: "from-image",
    });
  } catch (error) {
    // A blob that can't be read any more fails here in the same words as a picture that does not decode.
    await file.slice(0, 1).arrayBuffer();
    const name = error instanceof Error ? error.name : "";
    const memory = name === "RangeError" || name === "QuotaExceededError" ? " (not enough memory)" : "";
    throw new MediaError(`this browser does not read the picture, or it is not whole${memory}`);
  }
}

/** Lets large pictures of all workers through one by one: eight at once would take gigabytes. */
async function inTurn<T>(pixels: number, course: Course, work: () => Promise<T>): Promise<T> {
  if (pixels < LARGE || !navigator.locks) return work();
  const waiting = setInterval(() => course.progress(0), 10_000); // waiting is no hanging
  return navigator.locks.request("tagcat-large-picture", () => {
    clearInterval(waiting);
    return work();
  });
}

let truthful: boolean | undefined;

/** Some browsers blur what a canvas tells, against fingerprinting: a hash of that would be a lie. */
function checkCanvas(): void {
  truthful ??= canvasIsTruthful();
  if (!truthful) {
    throw new MediaError(
      "this browser changes what pages read from pictures (protection against fingerprinting): allow it for this page",
    );
  }
}

function canvasIsTruthful(): boolean {
  const side = 64;
  const context = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
  if (!context) return false;
  const wanted = new ImageData(side, side);
  for (let i = 0; i < wanted.data.length; i++) wanted.data[i] = i % 4 === 3 ? 255 : (i * 2654435761) >>> 24;
  context.putImageData(wanted, 0, 0);
  const found = context.getImageData(0, 0, side, side).data;
  return found.every((value, i) => value === wanted.data[i]);
}

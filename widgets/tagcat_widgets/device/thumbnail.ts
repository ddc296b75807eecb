// Small pictures to look at: JPEG, at most 320 pixels a side, the way up as shown, over black.

import { turn } from "./orientation";
import { MediaError } from "./record";

const THUMBNAIL = 320; // longest side in pixels, as the kernel's
const QUALITY = 0.82;

/** Returns a picture, which lies as width × height until it is turned, as a small JPEG. */
export async function thumbnailOf(
  picture: CanvasImageSource,
  width: number,
  height: number,
  orientation = 1,
): Promise<Uint8Array<ArrayBuffer>> {
  const [wide, tall] = orientation >= 5 ? [height, width] : [width, height];
  const scale = Math.min(1, THUMBNAIL / Math.max(wide, tall));
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(wide * scale)),
    Math.max(1, Math.round(tall * scale)),
  );
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new MediaError("this browser has no canvas to draw thumbnails with");
  context.imageSmoothingQuality = "high";
  context.scale(canvas.width / wide, canvas.height / tall);
  turn(context, orientation, width, height);
  context.drawImage(picture, 0, 0, width, height);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  return new Uint8Array(await blob.arrayBuffer());
}

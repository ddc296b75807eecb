// Small pictures to look at: JPEG, at most 320 pixels a side, the way up as shown, over black.

import { isPlain } from "./keyframes";
import { MediaError } from "./record";

const THUMBNAIL = 320; // longest side in pixels, as the kernel's
const QUALITY = 0.82;

type Draw = (context: OffscreenCanvasRenderingContext2D) => void;

/** Returns a picture as a small JPEG; `draw` draws it as shown, width × height. */
export async function thumbnailOf(
  width: number,
  height: number,
  draw: Draw,
): Promise<Uint8Array<ArrayBuffer>> {
  const scale = Math.min(1, THUMBNAIL / Math.max(width, height));
  const wide = Math.max(1, Math.round(width * scale));
  const tall = Math.max(1, Math.round(height * scale));
  const canvas = new OffscreenCanvas(wide, tall);
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new MediaError("this browser has no canvas to draw thumbnails with");
  context.imageSmoothingQuality = "high";
  context.scale(wide / width, tall / height);
  draw(context);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  return new Uint8Array(await blob.arrayBuffer());
}

/** The thumbnail of a video: its first key frame that shows something, else its first. */
export class Preview {
  jpeg: Uint8Array<ArrayBuffer> | undefined;
  private telling = false;

  async offer(dhash: string, width: number, height: number, draw: Draw): Promise<void> {
    if (this.telling || (this.jpeg && isPlain(dhash))) return;
    this.telling = !isPlain(dhash);
    this.jpeg = await thumbnailOf(width, height, draw);
  }
}

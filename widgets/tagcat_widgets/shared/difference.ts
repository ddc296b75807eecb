// Two pictures laid on each other: one behind a divider that moves, or what differs between their pixels.
// Both are stretched to one shape first, as a dHash does it, so that a copy of another size lies on its
// original pixel by pixel.

/** How many times brighter a difference is drawn than it is: a dim one would be taken for none. */
export const GAIN = 4;
/** Levels of 255 by which a pixel must differ to be counted; JPEG alone changes a few. */
export const NOTICED = 16;

export interface Difference {
  /** RGBA: the difference of each channel, `GAIN` times as bright. */
  pixels: Uint8ClampedArray<ArrayBuffer>;
  /** Mean difference of the channels, 0 to 255. */
  mean: number;
  /** Share of the pixels of which a channel differs by more than `NOTICED`, 0 to 1. */
  changed: number;
}

/** Returns the difference of two pictures of equal size, given as RGBA. */
export function difference(a: Uint8ClampedArray, b: Uint8ClampedArray): Difference {
  const count = Math.floor(Math.min(a.length, b.length) / 4);
  const pixels = new Uint8ClampedArray(4 * count);
  let sum = 0;
  let changed = 0;
  for (let at = 0; at < 4 * count; at += 4) {
    let most = 0;
    for (let channel = at; channel < at + 3; channel++) {
      const far = Math.abs((a[channel] as number) - (b[channel] as number));
      pixels[channel] = GAIN * far;
      sum += far;
      if (far > most) most = far;
    }
    pixels[at + 3] = 255;
    if (most > NOTICED) changed += 1;
  }
  return { pixels, mean: count ? sum / (3 * count) : 0, changed: count ? changed / count : 0 };
}

/** Returns a difference in words. */
export function inWords({ mean, changed }: Difference): string {
  if (mean === 0) return "Not a pixel of these thumbnails differs.";
  const share = changed > 0 && changed < 0.01 ? "less than 1 %" : `${Math.round(100 * changed)} %`;
  return `${share} of the pixels differ visibly; on average ${mean.toFixed(1)} of 255 levels. Drawn ${GAIN} times as bright.`;
}

/** Sizes a canvas to a picture; both pictures are stretched to that shape. */
function open(canvas: HTMLCanvasElement, like: HTMLImageElement): CanvasRenderingContext2D | null {
  canvas.width = like.naturalWidth || 1;
  canvas.height = like.naturalHeight || 1;
  return canvas.getContext("2d", { willReadFrequently: true });
}

/** Draws the left picture up to `divider` (0 to 1 of the width) and the right one behind it. */
export function drawOver(
  canvas: HTMLCanvasElement,
  left: HTMLImageElement,
  right: HTMLImageElement,
  divider: number,
): void {
  const pen = open(canvas, left);
  if (!pen) return;
  const { width, height } = canvas;
  const edge = Math.round(width * divider);
  pen.drawImage(right, 0, 0, width, height);
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, edge, height);
  pen.clip();
  pen.drawImage(left, 0, 0, width, height);
  pen.restore();
  if (edge <= 0 || edge >= width) return;
  pen.fillStyle = "#000000";
  pen.fillRect(edge - 1, 0, 3, height);
  pen.fillStyle = "#ffffff";
  pen.fillRect(edge, 0, 1, height);
}

/** Draws what differs, and returns it in words; nothing where the browser has no canvas. */
export function drawDifference(
  canvas: HTMLCanvasElement,
  left: HTMLImageElement,
  right: HTMLImageElement,
): string {
  const pen = open(canvas, left);
  if (!pen) return "";
  const { width, height } = canvas;
  const read = (picture: HTMLImageElement) => {
    pen.drawImage(picture, 0, 0, width, height);
    return pen.getImageData(0, 0, width, height).data;
  };
  const found = difference(read(left), read(right));
  pen.putImageData(new ImageData(found.pixels, width, height), 0, 0);
  return inWords(found);
}

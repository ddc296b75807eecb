// Which way up, as one of EXIF's eight codes. Browsers turn JPEG and PNG themselves; some leave WebP as it
// lies, so its EXIF is read here. Nothing is turned but the means: a grid of 9 rows and 8 columns on a picture
// that lies on its side is a grid of 8 rows and 9 columns on the picture as shown.

const ORIENTATION = 274;

/** Returns rows as they are shown. */
export function turned<T>(rows: T[][], orientation: number): T[][] {
  let shown = rows;
  if (orientation >= 5) shown = (rows[0] ?? []).map((_, x) => rows.map((row) => row[x] as T));
  if ([3, 4, 7, 8].includes(orientation)) shown = [...shown].reverse();
  if ([2, 3, 6, 7].includes(orientation)) shown = shown.map((row) => [...row].reverse());
  return shown;
}

/** Returns EXIF's code for a turn clockwise in degrees and a flip from left to right after it. */
export function orientationOf(rotation: number, flip: boolean): number {
  const quarters = (((rotation / 90) % 4) + 4) % 4;
  return (flip ? [2, 5, 4, 7] : [1, 6, 3, 8])[quarters] ?? 1;
}

/** Sets a context so that a picture drawn at 0, 0 in its own width × height comes out as shown. */
export function turn(
  context: OffscreenCanvasRenderingContext2D,
  orientation: number,
  width: number,
  height: number,
): void {
  const [a, b, c, d, e, f] = [
    [1, 0, 0, 1, 0, 0],
    [-1, 0, 0, 1, width, 0],
    [-1, 0, 0, -1, width, height],
    [1, 0, 0, -1, 0, height],
    [0, 1, 1, 0, 0, 0],
    [0, 1, -1, 0, height, 0],
    [0, -1, -1, 0, height, width],
    [0, -1, 1, 0, 0, width],
  ][orientation - 1] ?? [1, 0, 0, 1, 0, 0];
  context.transform(a as number, b as number, c as number, d as number, e as number, f as number);
}

/** Returns the orientation that is still to be applied after the browser decoded a picture. */
export async function orientationLeft(file: Blob): Promise<number> {
  const start = await textOf(file, 0, 12);
  if (!start.startsWith("RIFF") || start.slice(8) !== "WEBP") return 1;
  const orientation = await webpOrientation(file);
  return orientation === 1 || (await browserTurnsWebp()) ? 1 : orientation;
}

/** Walks the chunks of a WebP for its EXIF; broken EXIF is common and no reason to lose the picture. */
async function webpOrientation(file: Blob): Promise<number> {
  for (let at = 12, chunks = 0; at + 8 <= file.size && chunks < 10_000; chunks++) {
    const header = new DataView(await file.slice(at, at + 8).arrayBuffer());
    const size = header.getUint32(4, true);
    if (header.getUint32(0) === 0x45584946) return exifOrientation(await bytesOf(file, at + 8, size));
    at += 8 + size + (size % 2);
  }
  return 1;
}

/** Returns the orientation that EXIF asks for, 1 where it is missing or broken. */
export function exifOrientation(exif: Uint8Array): number {
  const tiff = String.fromCharCode(...exif.subarray(0, 6)) === "Exif\0\0" ? exif.subarray(6) : exif;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  try {
    const little = view.getUint16(0) === 0x4949;
    if (!little && view.getUint16(0) !== 0x4d4d) return 1;
    const directory = view.getUint32(4, little);
    for (let entry = 0; entry < view.getUint16(directory, little); entry++) {
      const at = directory + 2 + 12 * entry;
      if (view.getUint16(at, little) !== ORIENTATION) continue;
      const code = view.getUint16(at + 8, little);
      return code >= 1 && code <= 8 ? code : 1;
    }
  } catch {
    // It points beyond its end.
  }
  return 1;
}

// Two pixels side by side that EXIF turns upright.
const LYING =
  "UklGRk4AAABXRUJQVlA4WAoAAAAIAAAAAQAAAAAAVlA4TA4AAAAvAQAAAAcQEf0PRET/A0VYSUYaAAAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAA=";

let turnsWebp: Promise<boolean> | undefined;

function browserTurnsWebp(): Promise<boolean> {
  turnsWebp ??= (async () => {
    const bytes = Uint8Array.from(atob(LYING), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]), { imageOrientation: "from-image" });
    return bitmap.height === 2;
  })();
  return turnsWebp;
}

async function bytesOf(file: Blob, at: number, size: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(at, at + Math.min(size, 1 << 20)).arrayBuffer());
}

async function textOf(file: Blob, at: number, size: number): Promise<string> {
  return String.fromCharCode(...(await bytesOf(file, at, size)));
}

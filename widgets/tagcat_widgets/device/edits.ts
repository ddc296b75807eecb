// Which parts of an MP4's stream are shown. A film that was trimmed on a phone often still holds what was cut
// away; its edit list says what to show. mediabunny starts its clock where the first edit starts and knows no
// more of them, so the list is read here, on that clock.

import { SECOND } from "./sampling";

/** A part that is shown: from `start` to before `end`, beginning at `at`; all in microseconds. */
export interface Part {
  start: number;
  end: number;
  at: number;
  /** The time of the first frame in it, once it came. */
  first?: number;
}

const BOXES = 10_000; // read at most in one file
const ENTRIES = 1000;

/** Returns the shown parts of a track; none if the file has no edit list for it. */
export async function shownParts(file: Blob, track: number): Promise<Part[]> {
  try {
    return await new Boxes(file).parts(track);
  } catch (error) {
    if (error instanceof RangeError) return []; // a box that is shorter than it should be
    throw error;
  }
}

/** Returns when a frame is shown, undefined if it was cut away; frames come in the order of their times. */
export function whenShown(parts: Part[], time: number): number | undefined {
  if (!parts.length) return time;
  const part = parts.find(({ start, end }) => time >= start && time < end);
  if (!part) return undefined;
  part.first ??= time; // a cut inside a frame: as in FFmpeg, the next one begins the part
  return time - part.first + part.at;
}

interface Box {
  name: string;
  start: number;
  end: number;
}

class Boxes {
  private left = BOXES;

  constructor(private readonly file: Blob) {}

  async parts(track: number): Promise<Part[]> {
    const movie = await this.find({ name: "", start: 0, end: this.file.size }, "moov");
    const header = await this.find(movie, "mvhd");
    if (!movie || !header) return [];
    const movieScale = await this.scale(header);
    for await (const box of this.inside(movie)) {
      if (box.name !== "trak" || (await this.number(box)) !== track) continue;
      const list = await this.find(await this.find(box, "edts"), "elst");
      const media = await this.find(await this.find(box, "mdia"), "mdhd");
      if (!list || !media) return [];
      return this.edits(list, movieScale, await this.scale(media));
    }
    return [];
  }

  private async edits(list: Box, movieScale: number, mediaScale: number): Promise<Part[]> {
    const view = await this.view(list);
    const [wide, count] = [view.getUint8(0) === 1, Math.min(view.getUint32(4), ENTRIES)];
    const parts: Part[] = [];
    let [at, first, before] = [0, Number.NaN, 0];
    for (let entry = 0; entry < count; entry++) {
      const place = 8 + entry * (wide ? 20 : 12);
      const length = wide ? Number(view.getBigUint64(place)) : view.getUint32(place);
      const time = wide ? Number(view.getBigInt64(place + 8)) : view.getInt32(place + 4);
      const lasts = Math.round((length * SECOND) / movieScale);
      if (time < 0) {
        if (Number.isNaN(first)) before += lasts; // nothing is shown yet
        at += lasts;
        continue;
      }
      if (Number.isNaN(first)) first = time;
      const start = Math.round(((time - first) * SECOND) / mediaScale) + before;
      // A length of 0 means: to the end. Recorders write it before they know.
      parts.push({ start, end: length ? start + lasts : Number.POSITIVE_INFINITY, at });
      at += lasts;
    }
    return parts;
  }

  /** Returns the track's number. */
  private async number(track: Box): Promise<number | undefined> {
    const header = await this.find(track, "tkhd");
    if (!header) return undefined;
    const view = await this.view(header);
    return view.getUint32(view.getUint8(0) === 1 ? 20 : 12);
  }

  /** Returns the ticks of a second that a movie's or medium's header tells. */
  private async scale(header: Box): Promise<number> {
    const view = await this.view(header);
    return view.getUint32(view.getUint8(0) === 1 ? 20 : 12) || 1;
  }

  private async find(parent: Box | undefined, name: string): Promise<Box | undefined> {
    if (parent) for await (const box of this.inside(parent)) if (box.name === name) return box;
    return undefined;
  }

  private async *inside({ start, end }: Box): AsyncGenerator<Box> {
    for (let at = start; at + 8 <= end && this.left > 0; this.left--) {
      const view = await this.view({ name: "", start: at, end: Math.min(at + 16, end) });
      const name = String.fromCharCode(...[4, 5, 6, 7].map((byte) => view.getUint8(byte)));
      const short = view.getUint32(0);
      const size = short === 1 ? Number(view.getBigUint64(8)) : short === 0 ? end - at : short;
      const header = short === 1 ? 16 : 8;
      if (size < header) return;
      yield { name, start: at + header, end: Math.min(at + size, end) };
      at += size;
    }
  }

  private async view({ start, end }: Box): Promise<DataView> {
    const bytes = await this.file.slice(start, Math.min(end, start + 8 + 20 * ENTRIES)).arrayBuffer();
    return new DataView(bytes);
  }
}

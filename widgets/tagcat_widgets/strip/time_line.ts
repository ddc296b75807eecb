// The geometry of a time line: how times become pixels, which frames have room for a thumbnail, and where the
// times stand that are written under it.

export const THUMB = 112; // px
export const PAD = THUMB / 2 + 6;
const APART = 4; // px between two thumbnails
const TICK = 96; // px between two times, at least
const STEPS = [0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];

/** A line of `length` seconds that is `width` pixels wide, its ends included. */
export class TimeLine {
  private readonly perSecond: number;

  constructor(
    readonly length: number,
    readonly width: number,
  ) {
    this.perSecond = (width - 2 * PAD) / length;
  }

  /** Returns the pixel of a time. */
  place(seconds: number): number {
    return PAD + seconds * this.perSecond;
  }

  /** Returns the time (s) of a pixel; beyond the ends it is that of the end. */
  time(pixel: number): number {
    return Math.max(0, Math.min(this.length, (pixel - PAD) / this.perSecond));
  }

  /** Returns the times (s) to write between two pixels, and the seconds between each two. */
  ticks(left: number, right: number): { step: number; times: number[] } {
    const step = STEPS.find((seconds) => seconds * this.perSecond >= TICK) ?? this.length;
    const from = Math.max(0, Math.floor((left - PAD) / this.perSecond / step));
    const until = Math.min((right - PAD) / this.perSecond, this.length) + 1e-6;
    const times: number[] = [];
    for (let at = from; at * step <= until; at++) times.push(at * step);
    return { step, times };
  }

  /** Returns of each time, in their order, whether a thumbnail has room there, and its mark a pixel. */
  room(times: readonly number[]): { thumb: boolean; mark: boolean }[] {
    let end = Number.NEGATIVE_INFINITY;
    let pixel = Number.NEGATIVE_INFINITY;
    return times.map((seconds) => {
      const x = this.place(seconds);
      const thumb = x - THUMB / 2 >= end;
      if (thumb) end = x + THUMB / 2 + APART;
      const mark = Math.round(x) > pixel;
      if (mark) pixel = Math.round(x) + 1;
      return { thumb, mark };
    });
  }
}

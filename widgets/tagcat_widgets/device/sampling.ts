// A video's frames to samples at 25 a second (tagcat_kernel/media/videos.py): time 0 is the first frame, and
// the sample at k/25 s is the last frame whose time is not later, compared in whole microseconds. So a frame
// waits for its successor: only then is it known which samples it stands for, and whether it is hashed at all.

import { LIMITS, MediaError } from "./record";

export const SECOND = 1_000_000; // microseconds
const PERIOD = SECOND / 25;

export interface Span {
  /** The first sample that a frame stands for. */
  first: number;
  /** The first sample that it does not stand for any more. */
  after: number;
}

/** Tells frames' times in microseconds from the first frame; they never fall. */
export class Clock {
  /** Where the last frame ends. */
  end = 0;
  private time = 0;
  private origin: number | undefined;

  /** Returns the time of the next frame, of the given stamp by the file's own clock. */
  next(stamp: number, lasts: number): number {
    if (this.origin === undefined) {
      this.origin = stamp;
    } else if (stamp - this.origin < this.time) {
      // The clock was set back (joined recordings): go on from here.
      this.time = this.end;
      this.origin = stamp - this.time;
    } else {
      this.time = stamp - this.origin;
    }
    this.end = this.time + lasts;
    return this.time;
  }
}

/** Returns the samples of a frame that is shown from `time` to `next`, both in microseconds. */
export function samplesBetween(time: number, next: number): Span {
  const span = { first: Math.ceil(time / PERIOD), after: Math.ceil(next / PERIOD) };
  if (span.after > LIMITS.samples) throw new MediaError(`too long: more than ${LIMITS.samples} samples`);
  return span;
}

/** Returns the samples of the last frame, which is a frame even if it tells no length: sample 0 exists. */
export function samplesAtEnd(time: number, end: number): Span {
  const { first, after } = samplesBetween(time, end);
  return { first, after: Math.max(after, 1) };
}

// Which samples of a video stand for it: the first, then each whose Hamming distance to the last key frame
// exceeds the key-frame distance (tagcat_kernel/keyframes.py).

/** Returns the Hamming distance of two dHashes of 16 hex digits. */
export function distance(a: string, b: string): number {
  return ones(half(a, 0) ^ half(b, 0)) + ones(half(a, 8) ^ half(b, 8));
}

/** Tells whether a dHash has fewer than 5 or more than 59 ones, so that it says almost nothing. */
export function isPlain(dhash: string): boolean {
  const count = distance(dhash, "0000000000000000");
  return count < 5 || count > 59;
}

/** Remembers the last key frame and says which sample is the next. */
export class KeyFrames {
  private last: string | undefined;

  constructor(private readonly keyFrameDistance: number) {
    if (!(Number.isInteger(keyFrameDistance) && keyFrameDistance >= 0 && keyFrameDistance <= 64)) {
      throw new RangeError(`keyFrameDistance must be from 0 to 64, not ${keyFrameDistance}`);
    }
  }

  /** Tells whether the next sample is a key frame. */
  take(dhash: string): boolean {
    if (this.last !== undefined && distance(this.last, dhash) <= this.keyFrameDistance) return false;
    this.last = dhash;
    return true;
  }
}

function half(dhash: string, at: number): number {
  return Number.parseInt(dhash.slice(at, at + 8), 16) | 0;
}

function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

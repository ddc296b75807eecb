// What is known of one file that this device hashed: everything that may leave it, and nothing else.
// A dHash is 16 hex digits and never a number: JavaScript's numbers hold 53 bits.

export interface DeviceFrame {
  /** k: the frame is shown at k/25 s. */
  sample: number;
  /** The frame's own time in seconds since the first frame. */
  position: number;
  /** 16 hex digits. */
  dhash: string;
}

export interface DeviceRecord {
  kind: "image" | "video";
  /** 32 hex digits. */
  md5: string;
  bytes: number;
  /** Milliseconds since 1970, as browsers tell it. */
  modified: number;
  /** Pixels as shown. */
  width: number;
  height: number;
  /** Image: 16 hex digits. */
  dhash?: string;
  /** Video: seconds from the first frame to the end of the last. */
  duration?: number;
  /** Video: frames a second on average. */
  fps?: number;
  /** Video: whether the file breaks off or holds errors; what decoded was kept. */
  damaged?: boolean;
  /** Whether the frames came from the browser's player or its own colours instead of the luma plane. */
  approximate?: boolean;
  /** Video: its key frames. */
  frames?: DeviceFrame[];
  /** JPEG, at most 320 pixels a side; only where it was asked for. */
  thumbnail?: Uint8Array<ArrayBuffer>;
}

/** A file that can't be read as media, and why, in words for a person. */
export interface DeviceFailure {
  error: string;
}

export type DeviceAnswer = DeviceRecord | DeviceFailure;

export interface HashOptions {
  /** Hamming distance, 0 to 64, that has to be exceeded for a next key frame. */
  keyFrameDistance: number;
  /** Whether to make a small JPEG as well. */
  thumbnail: boolean;
}

/** Hears how far the work on a file is, from 0 to 1; hearing nothing for long means that it hangs. */
export interface Course {
  progress(done: number): void;
}

/** Thrown where a file can't be read as media; the message says why in words for a person. */
export class MediaError extends Error {}

/** What one file may cost: the kernel's own limits. */
export const LIMITS = {
  /** Largest width × height of an image or a video frame. */
  pixels: 256_000_000,
  /** Most samples of a video: 24 hours. */
  samples: 25 * 60 * 60 * 24,
  /** Longest time in milliseconds without progress. */
  silence: 120_000,
};

export function checkPixels(width: number, height: number): void {
  if (width * height > LIMITS.pixels) {
    throw new MediaError(`too large: ${width} × ${height} pixels, limit ${LIMITS.pixels}`);
  }
}

/** Returns an error as one short line for a person. */
export function reasonOf(error: unknown): string {
  if (error instanceof MediaError) return error.message;
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  if (name === "NotReadableError" || name === "NotFoundError") {
    return "the file changed or is gone since it was chosen: choose it again";
  }
  return `the file does not decode: ${message.replace(/\s+/g, " ").slice(0, 200)}`;
}

// What leaves this device of one file: these fields and no other. docs/privacy.md lists them, and a test in
// Chromium reads the whole traffic and fails if it holds anything else.

import type { DeviceRecord } from "../device/record";

/** Returns what the kernel is asked about a file before it is read. */
export function offerOf(path: string, file: File) {
  return { path, bytes: file.size, modified: file.lastModified };
}

/** Returns what the kernel is told of a file that was hashed; the thumbnail goes beside it. */
export function claimOf(path: string, record: DeviceRecord, was: string | undefined) {
  const { kind, md5, bytes, modified, width, height } = record;
  return {
    kind,
    path,
    md5,
    bytes,
    modified,
    width,
    height,
    ...(kind === "image" && { dhash: record.dhash }),
    ...(kind === "video" && {
      duration: record.duration ?? 0,
      fps: record.fps ?? 0,
      // To the microsecond, which is what the kernel compares in.
      frames: (record.frames ?? []).map((frame) => [
        frame.sample,
        Math.round(frame.position * 1e6) / 1e6,
        frame.dhash,
      ]),
    }),
    ...(record.damaged && { damaged: true }),
    ...(record.approximate && { approximate: true }),
    ...(was !== undefined && { was }),
    ...(record.thumbnail && { thumbnail: true }),
  };
}

/** Returns about how many bytes a claim takes on its way. */
export function weightOf(claim: ReturnType<typeof claimOf>): number {
  return 300 + 3 * claim.path.length + 40 * (claim.frames?.length ?? 0);
}

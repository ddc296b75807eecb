// One file of this device to its record: what it is, its MD5, its dHash or key frames. Runs in a worker.

import { hashImage } from "./images";
import { kindInside, kindOf } from "./kinds";
import { md5Of } from "./md5";
import {
  type Course,
  type DeviceFailure,
  type DeviceRecord,
  type HashOptions,
  MediaError,
  reasonOf,
} from "./record";
import { type Film, hashVideo, NeedsPlayer } from "./videos";

/** A video that only the browser's player may read, and why. */
export interface Unfinished {
  unfinished: Pick<DeviceRecord, "kind" | "md5" | "bytes" | "modified">;
  reason: string;
}

export type WorkerAnswer = DeviceRecord | DeviceFailure | Unfinished;

/** Hashes one file; whatever a hostile file does to the decoders becomes a failure with a reason. */
export async function hashFile(file: File, options: HashOptions, course: Course): Promise<WorkerAnswer> {
  try {
    return await recordOf(file, options, course);
  } catch (error) {
    return { error: reasonOf(error) };
  }
}

async function recordOf(file: File, options: HashOptions, course: Course): Promise<WorkerAnswer> {
  const kind = await kindOf(file);
  if (kind === null) throw new MediaError("no image or video format that TagCat reads");
  const parts = [0, 0];
  const part = (index: number) => (done: number) => {
    parts[index] = done;
    course.progress(0.3 * (parts[0] ?? 0) + 0.7 * (parts[1] ?? 0));
  };
  const reading = part(0);
  const decoding = { progress: part(1) };
  // Side by side: the browser decodes in threads of its own.
  const [md5, found] = await Promise.all([
    md5Of(file, (bytes) => reading(bytes / file.size)),
    kind === "image" ? hashImage(file, options.thumbnail, decoding) : filmOf(file, options, decoding),
  ]);
  const facts = { kind, md5, bytes: file.size, modified: file.lastModified };
  return found instanceof NeedsPlayer ? { unfinished: facts, reason: found.message } : { ...facts, ...found };
}

/** Returns a film, or why it needs a player; what is no video by its content needs none. */
async function filmOf(file: File, options: HashOptions, course: Course): Promise<Film | NeedsPlayer> {
  try {
    return await hashVideo(file, options, course);
  } catch (error) {
    if (error instanceof NeedsPlayer && (await kindInside(file)) === "video") return error;
    throw error;
  }
}

// One file of this device to its record: what it is, its MD5, its dHash or key frames. Runs in a worker.

import { hashImage } from "./images";
import { kindOf } from "./kinds";
import { md5Of } from "./md5";
import { type Course, type DeviceAnswer, type DeviceRecord, type HashOptions, MediaError } from "./record";

/** Hashes one file; whatever a hostile file does to the decoders becomes a failure with a reason. */
export async function hashFile(file: File, options: HashOptions, course: Course): Promise<DeviceAnswer> {
  try {
    return await recordOf(file, options, course);
  } catch (error) {
    return { error: reasonOf(error) };
  }
}

async function recordOf(file: File, options: HashOptions, course: Course): Promise<DeviceRecord> {
  const kind = await kindOf(file);
  if (kind === null) throw new MediaError("no image or video format that TagCat reads");
  if (kind === "video") throw new MediaError("videos are not read yet");
  const parts = [0, 0];
  const part = (index: number) => (done: number) => {
    parts[index] = done;
    course.progress(0.3 * (parts[0] ?? 0) + 0.7 * (parts[1] ?? 0));
  };
  const reading = part(0);
  // Side by side: the browser decodes in threads of its own.
  const [md5, picture] = await Promise.all([
    md5Of(file, (bytes) => reading(bytes / file.size)),
    hashImage(file, options.thumbnail, { progress: part(1) }),
  ]);
  return { kind, md5, bytes: file.size, modified: file.lastModified, ...picture };
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

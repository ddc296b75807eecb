// Thumbnails that the kernel does not have, drawn from the file on this device. Any widget may ask by key:
// user:md5 for an image or a video, user:md5:k for the moment k/25 s of a video. The browser is never made to
// ask the person: what it would have to ask for is not drawn.

import { type Kept, keptAt, openKept } from "./device_files";

const LONGEST = 320; // px, as the kernel's
const PATIENCE = 15_000; // ms for one picture
const AT_ONCE = 2;

let busy = 0;
const waiting: (() => void)[] = [];

/** Returns a small JPEG of a content or moment that lies on this device, else undefined. */
export async function deviceThumbnail(key: string): Promise<Blob | undefined> {
  const [user, md5, sample] = key.split(":");
  const kept = await keptAt(`${user}:${md5}`);
  if (!kept) return undefined;
  if (busy >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  busy += 1;
  try {
    return await draw(kept, sample === undefined ? undefined : Number(sample) / 25);
  } catch {
    return undefined; // a format that this browser does not show, or a file that is gone
  } finally {
    busy -= 1;
    waiting.shift()?.();
  }
}

async function draw(kept: Kept, seconds: number | undefined): Promise<Blob | undefined> {
  const file = await openKept(kept);
  if (kept.kind === "video") return drawMoment(file, seconds);
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    return await small(picture, picture.width, picture.height);
  } finally {
    picture.close();
  }
}

async function drawMoment(file: File, seconds: number | undefined): Promise<Blob | undefined> {
  const url = URL.createObjectURL(file);
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  try {
    video.src = url;
    await heard(video, "loadeddata");
    // A film often begins with black: without a moment to show, a little later stands for the whole.
    const moment = seconds ?? Math.min(1, video.duration / 3 || 0);
    if (moment > 0) {
      video.currentTime = moment;
      await heard(video, "seeked");
    }
    return await small(video, video.videoWidth, video.videoHeight);
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
  }
}

function heard(video: HTMLVideoElement, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("the video gives no picture")), PATIENCE);
    const end = (then: () => void) => () => {
      clearTimeout(late);
      then();
    };
    video.addEventListener(event, end(resolve), { once: true });
    video.addEventListener(
      "error",
      end(() => reject(new Error("the video does not play"))),
      { once: true },
    );
  });
}

async function small(picture: CanvasImageSource, width: number, height: number): Promise<Blob | undefined> {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) return undefined;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), "image/jpeg", 0.82));
}

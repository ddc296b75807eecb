// Videos where WebCodecs can't help: the browser's own player is set to one sample after the other, and what
// it shows is hashed by the formula of images. Slow (some 15 samples a second) and approximate: the player's
// colours are converted, and its clock may be a frame off. Runs in the page, because workers have no player.

import { AreaMeans, dhashOfMeans, greyOf } from "./hash";
import { KeyFrames } from "./keyframes";
import { type Course, checkPixels, type DeviceFrame, type HashOptions, LIMITS, MediaError } from "./record";
import { Preview } from "./thumbnail";
import type { Film } from "./videos";

const RATE = 25;
const PATIENCE = 20_000; // ms for the player to open a file or to reach a sample
const INSIDE = 0.001; // s: at a sample's very time some players still show the frame before

/** Hashes a video by the browser's player. */
export async function playFilm(
  file: Blob,
  { keyFrameDistance, thumbnail }: HashOptions,
  course: Course,
  signal?: AbortSignal,
): Promise<Film> {
  const address = URL.createObjectURL(file);
  const video = document.createElement("video");
  Object.assign(video, { muted: true, preload: "auto", playsInline: true });
  try {
    await reached(video, "loadeddata", () => {
      video.src = address;
    });
    const { videoWidth: width, videoHeight: height, duration } = video;
    if (!width || !height) throw new MediaError("no video stream");
    checkPixels(width, height);
    const samples = Math.max(1, Math.ceil(duration * RATE));
    if (!(samples <= LIMITS.samples)) throw new MediaError("the player does not know how long it is");
    const frames: DeviceFrame[] = [];
    const keys = new KeyFrames(keyFrameDistance);
    const preview = thumbnail ? new Preview() : undefined;
    const context = new OffscreenCanvas(width, height).getContext("2d", {
      alpha: false,
      willReadFrequently: true,
    });
    if (!context) throw new MediaError("this browser has no canvas to read videos with");
    for (let sample = 0; sample < samples; sample++) {
      signal?.throwIfAborted();
      const position = sample / RATE;
      await reached(video, "seeked", () => {
        video.currentTime = Math.min(position + INSIDE, duration);
      });
      context.drawImage(video, 0, 0, width, height);
      const dhash = hashOf(context.getImageData(0, 0, width, height));
      if (keys.take(dhash)) {
        frames.push({ sample, position, dhash });
        await preview?.offer(dhash, width, height, (small) => small.drawImage(video, 0, 0, width, height));
      }
      course.progress((sample + 1) / samples);
    }
    const jpeg = preview?.jpeg;
    const facts = { width, height, duration, fps: RATE, damaged: false, approximate: true, frames };
    return { ...facts, ...(jpeg && { thumbnail: jpeg }) };
  } finally {
    video.removeAttribute("src");
    video.load(); // lets go of the decoder
    URL.revokeObjectURL(address);
  }
}

function hashOf({ data, width, height }: ImageData): string {
  const means = new AreaMeans(width, height);
  const grey = new Uint8Array(width);
  for (let y = 0; y < height; y++) {
    greyOf(data, y * width, width, grey);
    means.add(grey);
  }
  return dhashOfMeans(means.means());
}

/** Does something with the player and waits for its event. */
function reached(video: HTMLVideoElement, event: string, act: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      clearTimeout(alarm);
      video.removeEventListener(event, came);
      video.removeEventListener("error", failed);
      settle();
    };
    const came = () => done(resolve);
    const failed = () => done(() => reject(new MediaError("nor does its player")));
    const late = () => done(() => reject(new MediaError("its player hangs on this file")));
    const alarm = setTimeout(late, PATIENCE);
    video.addEventListener(event, came);
    video.addEventListener("error", failed);
    act();
  });
}

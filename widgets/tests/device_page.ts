// The page that tests/browser/test_device_hashing.py and benchmarks/device.py drive: the pool, and files by
// address. Answers come back as JSON, so a thumbnail is told by its bytes.

import { BlobSource, Input, MATROSKA, MP4, VideoSampleSink, WEBM } from "mediabunny";
import { IMAGE_NAMES, kindOf, VIDEO_NAMES } from "../tagcat_widgets/device/kinds";
import { capabilities, DevicePool } from "../tagcat_widgets/device/pool";
import { LIMITS } from "../tagcat_widgets/device/record";

type Settings = { workers?: number; keyFrameDistance?: number; thumbnail?: boolean };

async function fileAt(address: string): Promise<File> {
  const blob = await (await fetch(address, { cache: "no-store" })).blob();
  const name = decodeURIComponent(address.split("/").at(-1) ?? "");
  return new File([blob], name, { lastModified: 1_700_000_000_000 });
}

/** Hashes the files at these addresses; seconds are told without the time that fetching takes. */
async function hashAll(addresses: string[], settings: Settings = {}) {
  const { workers, keyFrameDistance = 6, thumbnail = false } = settings;
  const files = await Promise.all(addresses.map(fileAt));
  const pool = new DevicePool(workers === undefined ? {} : { workers });
  const progress: number[][] = addresses.map(() => []);
  const start = performance.now();
  const answers = await Promise.all(
    files.map(async (file, index) => {
      const onProgress = (done: number) => progress[index]?.push(done);
      const answer = await pool.hash(file, { keyFrameDistance, thumbnail, onProgress });
      return "thumbnail" in answer ? { ...answer, thumbnail: [...(answer.thumbnail ?? [])] } : answer;
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  pool.close();
  return { answers, progress, seconds };
}

/** What hashing can't be faster than: decodes images, several at once, and does nothing with them. */
async function decodeImages(addresses: string[], atOnce: number): Promise<number> {
  const files = await Promise.all(addresses.map(fileAt));
  const start = performance.now();
  const decode = async () => {
    for (let file = files.pop(); file; file = files.pop()) {
      (await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" })).close();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, decode));
  return (performance.now() - start) / 1000;
}

/** The same for a video: its frames are decoded and let go. */
async function decodeVideo(address: string): Promise<number> {
  const source = new BlobSource(await fileAt(address));
  const start = performance.now();
  const input = new Input({ source, formats: [MP4, MATROSKA, WEBM] });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new Error("no video stream");
  const decoding = { hardwareAcceleration: "prefer-software" } as const;
  for await (const frame of new VideoSampleSink(track, decoding).samples()) frame.close();
  input.dispose();
  return (performance.now() - start) / 1000;
}

const names = { image: [...IMAGE_NAMES], video: [...VIDEO_NAMES] };
const kindAt = async (address: string) => kindOf(await fileAt(address));
const limits = { decodeImages, decodeVideo };
Object.assign(globalThis, {
  device: { hashAll, fileAt, kindAt, names, capabilities, DevicePool, LIMITS, ...limits },
});

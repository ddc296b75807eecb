// The page that tests/browser/test_device_hashing.py and benchmarks/device.py drive: the pool, and files by
// address. Answers come back as JSON, so a thumbnail is told by its bytes.

import { IMAGE_NAMES, kindOf, VIDEO_NAMES } from "../tagcat_widgets/device/kinds";
import { capabilities, DevicePool } from "../tagcat_widgets/device/pool";

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

const names = { image: [...IMAGE_NAMES], video: [...VIDEO_NAMES] };
const kindAt = async (address: string) => kindOf(await fileAt(address));
Object.assign(globalThis, { device: { hashAll, fileAt, kindAt, names, capabilities, DevicePool } });

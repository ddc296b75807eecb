// One run: files come in, the kernel says which it knows, the rest is hashed by the pool and told in batches.
//
// Each step waits for the one behind it: files are hashed only while few records wait to be acknowledged
// (`outbox.ts`), and what was not acknowledged is not done. Cancelling ends the hashing at once, and what is
// hashed by then is still told. What is left stays waiting: going on takes it up again.

import { DevicePool } from "../device/pool";
import type { DeviceRecord } from "../device/record";
import { begin, drop, finish, type Kept, keep, keptOf, samePlace } from "../shared/device_files";
import type { Chosen, Found } from "./choose";
import type { Link } from "./link";
import { Outbox } from "./outbox";
import { claimOf, offerOf, weightOf } from "./record";
import type { Source } from "./source";

export type State = "waiting" | "hashing" | "sending" | "stored" | "known" | "failed";

export interface Entry {
  path: string;
  state: State;
  /** How much of it is hashed, 0 to 1. */
  done: number;
  /** Why it failed. */
  error: string;
  /** Whether its hash is only near to the kernel's. */
  approximate: boolean;
  chosen?: Chosen;
}

export type Hash = Pick<DevicePool, "hash" | "close">;

interface Hashed {
  entry: Entry;
  claim: ReturnType<typeof claimOf>;
  thumbnail: DeviceRecord["thumbnail"];
}

const OFFERED = 200; // files of one question
const MOST_FRAMES = 100_000;

export class Run {
  readonly entries: Entry[] = [];
  /** Files found in folders that are no media. */
  passed = 0;
  /** "idle": nothing chosen yet; "stopped": cancelled, or the kernel is gone. */
  state: "idle" | "running" | "stopped" | "done" = "idle";
  /** Why it stopped, if not by the person. */
  trouble = "";
  /** Whether small thumbnails may leave this device. */
  thumbnails = false;
  private user = "";
  private abort = new AbortController();
  private work: Promise<void> = Promise.resolve();
  private readonly outbox = new Outbox<Hashed>(
    async (batch) => {
      if (!this.trouble) await this.take(batch);
      this.changed();
    },
    ({ claim }) => weightOf(claim),
  );
  private before = new Map<string, Kept[]>();
  private folders: FileSystemDirectoryHandle[] = [];
  private files: FileSystemFileHandle[] = [];

  constructor(
    private readonly link: Pick<Link, "ask">,
    private readonly source: Source,
    private readonly changed: () => void,
    private readonly newPool: () => Hash = () => new DevicePool(),
    private readonly workers = Math.min(navigator.hardwareConcurrency || 2, 8),
  ) {}

  count(...states: State[]): number {
    return this.entries.reduce((sum, entry) => sum + (states.includes(entry.state) ? 1 : 0), 0);
  }

  /** Reads what was found, after whatever is being read. */
  add(found: Found, handles: FileSystemHandle[] = []): Promise<void> {
    for (const handle of handles) {
      if (handle.kind === "directory") this.folders.push(handle as FileSystemDirectoryHandle);
      else this.files.push(handle as FileSystemFileHandle);
    }
    return this.inTurn(async () => {
      for await (const one of found) {
        if (this.abort.signal.aborted) break; // what is not even found is found again at the next choice
        if ("file" in one) this.entries.push(entryOf(one));
        else if (one.error) this.entries.push({ ...entryOf(one), state: "failed", error: one.error });
        else this.passed += 1;
        if (this.entries.length % 100 === 0) this.changed();
      }
    });
  }

  /** Takes up what is waiting. */
  goOn(): Promise<void> {
    return this.inTurn(async () => undefined);
  }

  cancel(): void {
    this.abort.abort();
  }

  /** Forgets the entries that are done, so that a list does not grow over days. */
  clear(): void {
    if (this.state === "running") return;
    this.entries.length = 0;
    this.passed = 0;
    this.state = "idle";
    this.trouble = "";
    this.changed();
  }

  private inTurn(first: () => Promise<void>): Promise<void> {
    this.work = this.work.then(async () => {
      this.abort = new AbortController();
      this.state = "running";
      this.trouble = "";
      this.changed();
      try {
        await first();
        this.changed();
        await this.read();
        this.state = this.count("waiting") ? "stopped" : "done";
      } catch (error) {
        this.state = "stopped";
        this.trouble = reasonOf(error);
      }
      for (const entry of this.entries) {
        if (entry.state === "hashing" || entry.state === "sending") entry.state = "waiting";
      }
      await this.note();
      this.changed();
    });
    return this.work;
  }

  private async read(): Promise<void> {
    const welcome = await this.link.ask({ type: "hello" });
    this.user = welcome.user;
    this.before = new Map();
    for (const kept of await keptOf(this.user)) {
      this.before.set(kept.path, [...(this.before.get(kept.path) ?? []), kept]);
    }
    const pool = this.newPool();
    const { signal } = this.abort;
    const waiting = this.entries.filter((entry) => entry.state === "waiting");
    await this.note();
    const unknown: Entry[] = [];
    let asked = 0;
    let asking: Promise<void> | undefined;
    const ask = async () => {
      const some = waiting.slice(asked, asked + OFFERED);
      asked += some.length;
      await this.offer(some);
      unknown.push(...some.filter((entry) => entry.state === "waiting"));
      asking = undefined;
    };
    const lane = async () => {
      while (!signal.aborted && !this.trouble) {
        const entry = unknown.shift();
        if (entry) await this.hash(pool, entry, welcome.key_frame_distance, signal);
        else if (!asking && asked >= waiting.length) return;
        else {
          asking ??= ask();
          await asking;
        }
      }
    };
    try {
      await Promise.all(Array.from({ length: this.workers }, lane));
    } catch (error) {
      this.trouble = reasonOf(error);
    } finally {
      pool.close();
      await this.outbox.flush();
    }
    if (this.trouble) throw new Error(this.trouble);
  }

  /** Asks which files are stored as they are. */
  private async offer(entries: Entry[]): Promise<void> {
    const files = entries.map(({ path, chosen }) => offerOf(path, (chosen as Chosen).file));
    const answer = await this.link.ask({
      type: "offer",
      ...this.source,
      files,
      thumbnails: this.thumbnails,
    });
    const kept: { kept: Kept; file: File }[] = [];
    for (const [index, entry] of entries.entries()) {
      const told = answer.files[index] ?? {};
      if (told.error) fail(entry, told.error);
      if (!told.key) continue;
      entry.state = "known";
      entry.done = 1;
      kept.push(this.keptOf(entry, told.key, told.kind));
    }
    await keep(kept);
    this.changed();
  }

  private async hash(pool: Hash, entry: Entry, distance: number, signal: AbortSignal): Promise<void> {
    await this.outbox.room(signal);
    if (signal.aborted) return;
    const chosen = entry.chosen as Chosen;
    entry.state = "hashing";
    entry.done = 0;
    this.changed();
    try {
      const record = await pool.hash(chosen.file, {
        keyFrameDistance: distance,
        thumbnail: this.thumbnails,
        signal,
        onProgress: (done) => {
          entry.done = done;
          this.changed();
        },
      });
      if ("error" in record) fail(entry, record.error);
      else if ((record.frames?.length ?? 0) > MOST_FRAMES) {
        fail(entry, "it has too many key frames: let the kernel read it");
      } else {
        entry.state = "sending";
        entry.done = 1;
        entry.approximate = record.approximate ?? false;
        const claim = claimOf(entry.path, record, await this.was(chosen));
        this.outbox.add({ entry, claim, thumbnail: record.thumbnail });
      }
    } catch (error) {
      if (signal.aborted || this.trouble) entry.state = "waiting";
      else fail(entry, reasonOf(error));
    }
    this.changed();
  }

  /** Returns the MD5 that this very file held when it was read before, if it held another. */
  private async was({ path, file, place }: Chosen): Promise<string | undefined> {
    for (const kept of this.before.get(path) ?? []) {
      const changed = kept.bytes !== file.size || kept.modified !== file.lastModified;
      if (changed && (await samePlace(kept.place, place))) {
        await drop(kept.key);
        return kept.key.split(":")[1];
      }
    }
    return undefined;
  }

  /** Tells what is hashed; where the kernel can't be asked, it stays waiting. */
  private async take(batch: Hashed[]): Promise<void> {
    const files = batch.map(({ claim }) => claim);
    const thumbnails = batch.flatMap(({ thumbnail }) => (thumbnail ? [bytesOf(thumbnail)] : []));
    try {
      const answer = await this.link.ask({ type: "take", ...this.source, files }, thumbnails);
      const kept: { kept: Kept; file: File }[] = [];
      for (const [index, { entry, claim }] of batch.entries()) {
        const told = answer.files[index] ?? {};
        if (told.key) {
          entry.state = "stored";
          kept.push(this.keptOf(entry, told.key, claim.kind));
        } else fail(entry, told.error ?? "the kernel did not answer for it");
      }
      await keep(kept);
      await this.note();
    } catch (error) {
      for (const { entry } of batch) entry.state = "waiting";
      this.trouble = reasonOf(error);
    }
  }

  private keptOf({ path, chosen }: Entry, key: string, kind: "image" | "video") {
    const { file, place } = chosen as Chosen;
    const facts = { bytes: file.size, modified: file.lastModified };
    return { kept: { key, user: this.user, path, kind, ...facts, place }, file };
  }

  /** Notes for the next visit how far this is; handles go along where there are any. */
  private async note(): Promise<void> {
    if (!this.user) return;
    const left = this.count("waiting", "hashing", "sending");
    if (!left) {
      this.folders = [];
      this.files = [];
      await finish(this.user);
      return;
    }
    const total = this.entries.length;
    const { user, folders, files } = this;
    await begin({ user, total, done: total - left, folders, files });
  }
}

function entryOf(found: { path: string }): Entry {
  const chosen = "file" in found ? { chosen: found as Chosen } : {};
  return { path: found.path, state: "waiting", done: 0, error: "", approximate: false, ...chosen };
}

function fail(entry: Entry, error: string): void {
  entry.state = "failed";
  entry.error = error;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function bytesOf(view: Uint8Array): ArrayBuffer {
  return view.slice().buffer as ArrayBuffer;
}

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Chosen, fromInput, type Passed } from "../tagcat_widgets/browser/choose";
import { Link } from "../tagcat_widgets/browser/link";
import { Outbox } from "../tagcat_widgets/browser/outbox";
import { claimOf, offerOf } from "../tagcat_widgets/browser/record";
import { type Hash, Run } from "../tagcat_widgets/browser/run";
import { sourceOf } from "../tagcat_widgets/browser/source";
import widget from "../tagcat_widgets/browser_ingest";
import type { DeviceAnswer, DeviceRecord } from "../tagcat_widgets/device/record";
import { draw, FakeModel, HOSTILE, one } from "./page";

const SOURCE = { platform: "Linux", browser: "Chrome" };
const file = (name: string, text = "x") => new File([text], name, { lastModified: 1000 });
const image = (extra: Partial<DeviceRecord> = {}): DeviceRecord => ({
  kind: "image",
  md5: "0".repeat(32),
  bytes: 1,
  modified: 1000,
  width: 4,
  height: 3,
  dhash: "00ff".repeat(4),
  ...extra,
});
async function* found(...files: (Chosen | Passed)[]) {
  yield* files;
}
const chosen = (name: string): Chosen => ({ path: name, file: file(name), place: {} });

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("sourceOf", () => {
  const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
  it.each([
    [`${mac} Version/17.4 Safari/605.1.15`, 0, "Macintosh", "Safari"],
    [`${mac} Version/17.4 Safari/605.1.15`, 5, "iPad", "Safari"],
    [`${mac} Chrome/124.0.0.0 Safari/537.36`, 0, "Macintosh", "Chrome"],
    ["Mozilla/5.0 (Windows NT 10.0) Chrome/124.0 Safari/537.36 Edg/124.0", 0, "Windows", "Edge"],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0", 0, "Linux", "Firefox"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_4) CriOS/124.0 Mobile Safari/604.1", 5, "iPhone", "Chrome"],
    ["Mozilla/5.0 (Linux; Android 14) Chrome/124.0 Mobile Safari/537.36", 5, "Android", "Chrome"],
    ["Mozilla/5.0 (X11; CrOS x86_64) Chrome/124.0 Safari/537.36 OPR/109.0", 0, "ChromeOS", "Opera"],
    ["curl/8", 0, "Other", "Other"],
  ])("knows %s", (agent, touches, platform, browser) => {
    expect(sourceOf(agent, undefined, touches)).toEqual({ platform, browser });
  });

  it("believes what a browser tells of itself", () => {
    const known = { platform: "Windows", brands: [{ brand: "Not A;Brand" }, { brand: "Microsoft Edge" }] };
    expect(sourceOf("", known, 0)).toEqual({ platform: "Windows", browser: "Edge" });
  });
});

describe("what leaves the device", () => {
  it("is named field by field", () => {
    const hidden = { ...image(), gps: "48 N", thumbnail: new Uint8Array(3) } as DeviceRecord;
    expect(claimOf("a/b.jpg", hidden, "1".repeat(32))).toEqual({
      ...image(),
      path: "a/b.jpg",
      was: "1".repeat(32),
      thumbnail: true,
    });
    expect(offerOf("a.jpg", file("a.jpg", "12345"))).toEqual({ path: "a.jpg", bytes: 5, modified: 1000 });
  });

  it("has a video's key frames to the microsecond", () => {
    const { dhash: _, ...facts } = image();
    const frames = [{ sample: 0, position: 0.1 + 0.2, dhash: "0".repeat(16) }];
    const film: DeviceRecord = { ...facts, kind: "video", duration: 2, frames, damaged: true };
    expect(claimOf("a.mp4", film, undefined)).toEqual({
      ...facts,
      kind: "video",
      path: "a.mp4",
      duration: 2,
      fps: 0,
      damaged: true,
      frames: [[0, 0.3, "0".repeat(16)]],
    });
  });
});

describe("Outbox", () => {
  it("tells one batch after the other, and lets no more wait than it may", async () => {
    const told: number[][] = [];
    let answer = () => {};
    const outbox = new Outbox<number>(
      (batch) => {
        told.push(batch);
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
      () => 1,
    );
    const { signal } = new AbortController();
    for (let one = 0; one < 100; one++) outbox.add(one);
    let more = false;
    const room = outbox.room(signal).then(() => {
      more = true;
    });
    await Promise.resolve();
    expect([told.length, told[0]?.length, more]).toEqual([1, 25, false]);
    answer();
    await room;
    await vi.waitFor(() => expect(told.flat()).toEqual([...Array(50).keys()]));
  });

  it("tells at once what is heavy, and what is light when nobody joins it", async () => {
    vi.useFakeTimers();
    const told: string[][] = [];
    const outbox = new Outbox<string>(
      async (batch) => void told.push(batch),
      (one) => (one === "heavy" ? 2_000_000 : 1),
    );
    outbox.add("light");
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual([]);
    outbox.add("heavy");
    await vi.advanceTimersByTimeAsync(0);
    outbox.add("last");
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual([["light", "heavy"], ["last"]]);
  });
});

describe("fromInput", () => {
  it("reads chosen files whatever they are, and passes over what is no media in a folder", async () => {
    const inside = (path: string, text = "x") => {
      const made = file(path.slice(path.lastIndexOf("/") + 1), text);
      Object.defineProperty(made, "webkitRelativePath", { value: path });
      return made;
    };
    const files = [file("a.txt"), inside("f/b.jpg"), inside("f/g/c.txt"), inside("f/d", "GIF89a")];
    const got: string[] = [];
    for await (const row of fromInput(files)) got.push(("file" in row ? "+" : "-") + row.path);
    expect(got).toEqual(["+a.txt", "+f/b.jpg", "-f/g/c.txt", "+f/d"]);
  });
});

describe("Link", () => {
  it("matches answers by their numbers, and hears no other view", async () => {
    const model = new FakeModel({});
    const link = new Link(model as never);
    const [a, b] = [link.ask({ type: "hello" }), link.ask({ type: "hello" })];
    const [first, second] = model.sent as { view: string; batch: number }[];
    model.emit("msg:custom", { view: "other", batch: first?.batch, type: "welcome" });
    model.emit("msg:custom", { view: second?.view, batch: second?.batch, type: "welcome", user: "b" });
    model.emit("msg:custom", { view: first?.view, batch: first?.batch, type: "welcome", user: "a" });
    expect([(await a).user, (await b).user]).toEqual(["a", "b"]);
    link.close();
    expect(model.heard).toEqual([]);
  });

  it("sends again after the wait that it is told, and gives up at a refusal without one", async () => {
    vi.useFakeTimers();
    const model = new FakeModel({});
    const link = new Link(model as never);
    const asked = link.ask({ type: "take" });
    const { view, batch } = model.sent[0] as { view: string; batch: number };
    model.emit("msg:custom", { view, batch, type: "refused", error: "too much", wait: 2 });
    vi.advanceTimersByTime(1900);
    expect(model.sent.length).toBe(1);
    vi.advanceTimersByTime(200);
    expect(model.sent.length).toBe(2);
    model.emit("msg:custom", { view, batch, type: "refused", error: "no such thing", wait: null });
    await expect(asked).rejects.toThrow("no such thing");
  });

  it("takes a silent kernel for gone", async () => {
    vi.useFakeTimers();
    const asked = new Link(new FakeModel({}) as never).ask({ type: "hello" });
    vi.advanceTimersByTime(120_001);
    await expect(asked).rejects.toThrow("does not answer");
  });
});

/** A kernel by hand: knows what it is told to know, and answers when it is let. */
class Kernel {
  asked: Record<string, unknown>[] = [];
  known = new Set<string>();
  fails = "";
  hold: Promise<void> | undefined;
  ask = async (content: Record<string, unknown>) => {
    this.asked.push(content);
    if (content.type === "hello") return { user: "ada", key_frame_distance: 6 };
    if (content.type === "take") await this.hold;
    if (this.fails && content.type === "take") throw new Error(this.fails);
    const files = content.files as { path: string; md5?: string }[];
    const answers = files.map(({ path, md5 }) => {
      if (content.type === "offer") return this.known.has(path) ? { key: `ada:${path}`, kind: "image" } : {};
      return path.includes("bad") ? { error: "no such hash" } : { key: `ada:${md5}` };
    });
    return { files: answers };
  };
  of(type: string) {
    return this.asked.filter((content) => content.type === type) as { files: { path: string }[] }[];
  }
}

/** A pool by hand. */
class Pool implements Hash {
  hashed: string[] = [];
  answer: (name: string) => DeviceAnswer = () => image();
  hold: Promise<void> | undefined;
  closed = 0;
  hash: Hash["hash"] = async (given, { signal }) => {
    this.hashed.push(given.name);
    await Promise.race([
      this.hold,
      new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
    ]);
    return this.answer(given.name);
  };
  close = () => {
    this.closed += 1;
  };
}

describe("Run", () => {
  let kernel: Kernel;
  let pool: Pool;
  let run: Run;
  beforeEach(() => {
    kernel = new Kernel();
    pool = new Pool();
    pool.hold = Promise.resolve();
    run = new Run(
      kernel,
      SOURCE,
      () => undefined,
      () => pool,
      2,
    );
  });
  const states = () => run.entries.map((entry) => entry.state).join(" ");

  it("asks what is known, hashes the rest, and is done when all is acknowledged", async () => {
    kernel.known.add("b.jpg");
    await run.add(found(chosen("a.jpg"), chosen("b.jpg"), { path: "notes.txt" }, chosen("c.jpg")));
    expect([states(), run.state, run.passed]).toEqual(["stored known stored", "done", 1]);
    expect(pool.hashed).toEqual(["a.jpg", "c.jpg"]);
    expect(kernel.of("take").flatMap(({ files }) => files.map(({ path }) => path))).toEqual([
      "a.jpg",
      "c.jpg",
    ]);
    expect(pool.closed).toBe(1);
  });

  it("names each failure and stops at none", async () => {
    pool.answer = (name) => (name === "torn.jpg" ? { error: "the file does not decode" } : image());
    const closed = { path: "locked.jpg", error: "can't be opened" };
    await run.add(found(chosen("torn.jpg"), closed, chosen("bad.jpg"), chosen("ok.jpg")));
    expect(run.entries.map(({ error }) => error)).toEqual([
      "the file does not decode",
      "can't be opened",
      "no such hash",
      "",
    ]);
    expect([states(), run.state]).toEqual(["failed failed failed stored", "done"]);
  });

  it("sends thousands in messages of at most 25, each after the one before", async () => {
    const files = Array.from({ length: 1010 }, (_, index) => chosen(`${index}.jpg`));
    await run.add(found(...files));
    expect(run.count("stored")).toBe(1010);
    expect(Math.max(...kernel.of("take").map(({ files }) => files.length))).toBe(25);
    expect(kernel.of("offer").map(({ files }) => files.length)).toEqual([200, 200, 200, 200, 200, 10]);
  });

  it("hashes no further ahead than a slow kernel allows", async () => {
    let release: () => void = () => undefined;
    kernel.hold = new Promise((resolve) => {
      release = resolve;
    });
    const done = run.add(found(...Array.from({ length: 400 }, (_, index) => chosen(`${index}.jpg`))));
    await vi.waitFor(() => expect(pool.hashed.length).toBeGreaterThanOrEqual(100));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(pool.hashed.length).toBeLessThan(105);
    expect(kernel.of("take").length).toBe(1);
    release();
    await done;
    expect(run.count("stored")).toBe(400);
  });

  it("stops at once, keeps what is hashed, and goes on with the rest", async () => {
    const held = new Promise<void>(() => undefined);
    pool.answer = (name) => {
      if (name === "1.jpg") pool.hold = held; // from here on nothing ends
      return image();
    };
    const done = run.add(found(...Array.from({ length: 6 }, (_, index) => chosen(`${index}.jpg`))));
    await vi.waitFor(() => expect(pool.hashed.length).toBe(4));
    run.cancel();
    await done;
    expect([states(), run.state]).toEqual(["stored stored waiting waiting waiting waiting", "stopped"]);
    pool.hold = Promise.resolve();
    pool.answer = () => image();
    await run.goOn();
    expect([run.count("stored"), run.state]).toEqual([6, "done"]);
  });

  it("says what the kernel says when it is gone, and loses nothing", async () => {
    kernel.fails = "no graph answers";
    await run.add(found(chosen("a.jpg"), chosen("b.jpg")));
    expect([states(), run.state, run.trouble]).toEqual(["waiting waiting", "stopped", "no graph answers"]);
    kernel.fails = "";
    await run.goOn();
    expect([states(), run.state, run.trouble]).toEqual(["stored stored", "done", ""]);
  });

  it("sends thumbnails only where they are allowed", async () => {
    const wishes: boolean[] = [];
    const hash = pool.hash;
    pool.hash = (given, request) => {
      wishes.push(request.thumbnail);
      return hash(given, request);
    };
    await run.add(found(chosen("a.jpg")));
    run.thumbnails = true;
    await run.add(found(chosen("b.jpg")));
    expect(wishes).toEqual([false, true]);
  });
});

describe("BrowserIngest", () => {
  const start = () => draw(widget, { label: "Files on this device" });
  const secure = () => {
    vi.stubGlobal("isSecureContext", true);
    vi.stubGlobal("Worker", class {});
    vi.stubGlobal("OffscreenCanvas", class {});
    vi.stubGlobal("VideoDecoder", class {});
  };

  it("says how to get what the browser withholds, and asks for nothing", async () => {
    const { model, el } = await start();
    expect(one(el, ".tagcat-device-notice").textContent).toMatch(/localhost or by HTTPS/);
    expect([...el.querySelectorAll("button")].slice(0, 2).every((button) => button.disabled)).toBe(true);
    expect(model.sent).toEqual([]);
  });

  it("sends no thumbnails until the person says so", async () => {
    secure();
    const { el } = await start();
    const box = one<HTMLInputElement>(el, "[role=switch]");
    expect(box.checked).toBe(false);
    expect(el.textContent).toContain("Off: galleries show");
    box.click();
    expect(el.textContent).toContain("at most 320 pixels");
  });

  it("is named for a screen reader and starts with no run", async () => {
    secure();
    const { model, el } = await start();
    expect(one(el, ".tagcat-device-zone").getAttribute("aria-label")).toBe("Files on this device");
    expect(one(el, ".tagcat-device-course").hidden).toBe(true);
    expect(model.sent.map(({ type }) => type)).toEqual(["hello"]);
  });

  it("shows hostile names as text", async () => {
    secure();
    const { model, el } = await start();
    const input = one<HTMLInputElement>(el, "input[type=file]");
    Object.defineProperty(input, "files", { value: HOSTILE.map((name) => file(name)) });
    input.dispatchEvent(new Event("change"));
    await vi.waitFor(() => expect(el.querySelectorAll(".tagcat-entry").length).toBe(HOSTILE.length));
    expect(el.querySelector("script, .tagcat-entry img")).toBeNull();
    expect(one(el, ".tagcat-entry-name").textContent).toBe(HOSTILE[0]);
    expect("hacked" in globalThis).toBe(false);
    expect(model.sent.length).toBeGreaterThan(0);
  });

  it("leaves nothing behind", async () => {
    secure();
    const { model, remove } = await start();
    remove();
    expect(model.heard).toEqual([]);
  });
});

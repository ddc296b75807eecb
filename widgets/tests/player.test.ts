import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import player from "../tagcat_widgets/player";
import { forget, keep } from "../tagcat_widgets/shared/device_files";
import { draw, type FakeModel, HOSTILE, one, watchUrls } from "./page";

const start = (state = {}) =>
  draw(player, {
    key: "u:f",
    name: "cats.mp4",
    note: "",
    duration: 10,
    position: 0,
    playable: true,
    height: 400,
    empty: "No video.",
    ...state,
  });
const wishes = (model: FakeModel, type: string) => model.sent.filter((message) => message.type === type);
const give = (model: FakeModel, bytes: number, extra = {}) => {
  const wish = wishes(model, "part").at(-1) ?? {};
  const content = { ...wish, size: 30, container: "video/webm", ...extra };
  model.emit("msg:custom", content, bytes ? [new DataView(new ArrayBuffer(bytes))] : []);
};
const scrub = (el: Element, seconds: number) => {
  const slider = one<HTMLInputElement>(el, "input[type=range]");
  slider.value = String(seconds);
  slider.dispatchEvent(new Event("input"));
};
const playButton = (el: Element) => one<HTMLButtonElement>(el, ".tagcat-player-play");

let alive: Set<string>;
beforeEach(() => {
  alive = watchUrls();
  vi.useFakeTimers();
  const none = () => undefined;
  vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(async () => undefined);
  vi.spyOn(HTMLMediaElement.prototype, "pause").mockImplementation(none);
  vi.spyOn(HTMLMediaElement.prototype, "load").mockImplementation(none);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("Player", () => {
  it("asks for the moment where it is, and keeps the last picture until the next one is here", async () => {
    const { model, el } = await start({ position: 1 });
    vi.runAllTimers();
    expect(wishes(model, "thumbnails").at(-1)?.keys).toEqual(["u:f:25"]);
    model.answer(["u:f:25"]);
    const first = one<HTMLImageElement>(el, "img").src;
    scrub(el, 2);
    vi.runAllTimers();
    expect(wishes(model, "thumbnails").at(-1)?.keys).toEqual(["u:f:50"]);
    expect(one<HTMLImageElement>(el, "img").src).toBe(first);
    model.answer(["u:f:50"]);
    expect(one<HTMLImageElement>(el, "img").src).not.toBe(first);
    expect(model.state.position).toBe(2);
  });

  it("asks for the last of many wishes only", async () => {
    const { model, el } = await start();
    for (const seconds of [1, 2, 3, 4, 5]) scrub(el, seconds);
    vi.runAllTimers();
    expect(wishes(model, "thumbnails").map((message) => message.keys)).toEqual([["u:f:125"]]);
    expect(model.state.position).toBe(5);
  });

  it("goes where Python says, and says where it is in words", async () => {
    const { model, el } = await start();
    model.set("position", 3.2);
    vi.runAllTimers();
    expect(wishes(model, "thumbnails").at(-1)?.keys).toEqual(["u:f:80"]);
    const slider = one<HTMLInputElement>(el, "input[type=range]");
    expect(slider.getAttribute("aria-valuetext")).toBe("0:03.20 of 0:10.00");
    expect(one(el, ".tagcat-player-stage").getAttribute("aria-label")).toBe("cats.mp4 at 0:03.20");
    expect(model.saved).toBe(0);
  });

  it("plays the film when all its parts are here", async () => {
    const { model, el } = await start();
    playButton(el).click();
    give(model, 20);
    expect(playButton(el).textContent).toBe("Stop loading 66 %");
    const loading = one(el, ".tagcat-player-loading");
    expect([loading.hidden, loading.textContent]).toEqual([false, "Loading the film … 66 %"]);
    expect(one(el, "[role=status]").textContent).toBe("Loading the film");
    expect(wishes(model, "part").map((message) => message.at)).toEqual([0, 20]);
    expect(one(el, "video").hidden).toBe(true);
    give(model, 10);
    expect(one(el, "video").hidden).toBe(false);
    expect(HTMLMediaElement.prototype.play).toHaveBeenCalledOnce();
    expect([loading.hidden, one(el, "[role=status]").textContent]).toEqual([true, ""]);
    expect(alive.size).toBe(1);
    model.set("key", "u:other");
    expect(one(el, "video").hidden).toBe(true);
    expect(alive.size).toBe(0);
  });

  it("stops loading, and takes no part of what was stopped", async () => {
    const { model, el } = await start();
    playButton(el).click();
    playButton(el).click();
    give(model, 20);
    expect(playButton(el).textContent).toBe("Play");
    expect(wishes(model, "part")).toHaveLength(1);
  });

  it("plays a film of this device from there, and asks the kernel for nothing", async () => {
    const file = new File(["film"], "cats.mp4", { lastModified: 5 });
    const facts = { user: "u", path: "cats.mp4", kind: "video", bytes: 4, modified: 5, place: {} } as const;
    await keep([{ kept: { ...facts, key: "u:here" }, file }]);
    const changed = { ...facts, key: "u:changed", bytes: 5 };
    await keep([{ kept: changed, file }]);
    const { model, el } = await start({ key: "u:here", playable: false, position: 2 });
    await vi.runAllTimersAsync();
    expect(playButton(el).hidden).toBe(false);
    playButton(el).click();
    await vi.runAllTimersAsync();
    expect(one(el, "video").hidden).toBe(false);
    expect(one<HTMLVideoElement>(el, "video").currentTime).toBe(2);
    expect(HTMLMediaElement.prototype.play).toHaveBeenCalledOnce();
    model.set("key", "u:changed");
    await vi.runAllTimersAsync();
    playButton(el).click();
    await vi.runAllTimersAsync();
    expect(one(el, "[role=status]").textContent).toContain("it has changed since it was read");
    expect(one(el, "video").hidden).toBe(true);
    expect(wishes(model, "part")).toEqual([]);
    await forget("u");
  });

  it("says what must be known of a video, as long as that one is shown", async () => {
    const { model, el } = await start({ note: HOSTILE[0] });
    const note = one(el, "[role=note]");
    expect([note.textContent, note.children.length, note.hidden]).toEqual([HOSTILE[0], 0, false]);
    model.set("note", "");
    expect(note.hidden).toBe(true);
  });

  it("says why it does not play", async () => {
    const { model, el } = await start();
    playButton(el).click();
    give(model, 0, { reason: HOSTILE[0] });
    expect(one(el, "[role=status]").textContent).toContain(HOSTILE[0]);
    expect(el.querySelector("script, img")).toBeNull();
    playButton(el).click();
    give(model, 30);
    one(el, "video").dispatchEvent(new Event("error"));
    expect(one(el, "[role=status]").textContent).toContain("This browser can't play this format");
    expect(playButton(el).hidden).toBe(true);
    expect(one(el, "video").hidden).toBe(true);
    expect(alive.size).toBe(0);
  });

  it("says what an empty one says, and hides Play where nothing plays", async () => {
    const { model, el } = await start({ key: "", empty: "<b>None</b>" });
    expect(one(el, ".tagcat-empty").textContent).toBe("<b>None</b>");
    expect(one(el, ".tagcat-player-whole").hidden).toBe(true);
    model.set("playable", false);
    expect(playButton(el).hidden).toBe(true);
    vi.runAllTimers();
    expect(model.sent).toEqual([]);
  });

  it("shows hostile names as text", async () => {
    for (const text of HOSTILE) {
      const { el } = await start({ name: text });
      expect(el.querySelector("script, img")).toBeNull();
      expect(one(el, ".tagcat-player-title").textContent).toBe(text);
    }
    expect("hacked" in globalThis).toBe(false);
  });

  it("leaves nothing behind", async () => {
    const { model, el, remove } = await start();
    playButton(el).click();
    give(model, 30);
    remove();
    expect(model.heard).toEqual([]);
    expect(alive.size).toBe(0);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import gallery from "../tagcat_widgets/gallery";
import review from "../tagcat_widgets/match_review";
import { ALLOWED, forget, type Kept, keep } from "../tagcat_widgets/shared/device_files";
import { draw, HOSTILE, one, press, watchUrls } from "./page";
import { galleryState, reviewState } from "./states";

const FILM = `u:${"f".repeat(32)}`;
const PHOTO = `u:${"a".repeat(32)}`;
const item = (key: string, name: string, time: number | null = null) => ({
  key,
  name,
  detail: "",
  badge: "",
  time,
});

/** Puts a file on this device, as it is after it was read. */
const put = (key: string, path: string, kind: Kept["kind"], changed = false) => {
  const file = new File(["content"], path, { lastModified: 5 });
  const bytes = file.size + Number(changed);
  return keep([{ kept: { key, user: "u", path, kind, bytes, modified: 5, place: {} }, file }]);
};

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
const opened = () => document.querySelector<HTMLDialogElement>("dialog[open]");
const inGallery = (items: ReturnType<typeof item>[]) => draw(gallery, { ...galleryState(), items });
const inReview = (a: ReturnType<typeof item>, b: ReturnType<typeof item>) =>
  draw(review, { ...reviewState(), pairs: [{ a, b, distance: 1 }] });

let urls: Set<string>;
beforeEach(() => {
  urls = watchUrls();
});
afterEach(async () => {
  await forget("u");
  vi.restoreAllMocks();
});

describe("what lies on this device", () => {
  it("opens by a click on its sign in a gallery, which selects nothing, and leaves nothing behind", async () => {
    await put(PHOTO, "Holiday/cat.png", "image");
    const { model, el } = await inGallery([item(PHOTO, "cat.png"), item("u:b", "elsewhere.png")]);
    await settled();
    expect(el.querySelectorAll(".tagcat-thumb-here")).toHaveLength(1);
    one(el, ".tagcat-thumb-here").click();
    await settled();
    expect(opened()?.querySelector("img")?.alt).toBe("Holiday/cat.png");
    expect(model.state.selected).toEqual([]);
    expect(urls.size).toBe(1);
    one(document.body, "dialog .tagcat-button").click();
    await settled();
    expect(document.querySelector("dialog")).toBeNull();
    expect(urls.size).toBe(0);
  });

  it("opens by keys: of the item in focus, with a button that names it", async () => {
    await put(PHOTO, "cat.png", "image");
    const { model, el } = await inGallery([item("u:b", "elsewhere.png"), item(PHOTO, "cat.png")]);
    await settled();
    const button = one<HTMLButtonElement>(el, ".tagcat-open-here");
    const list = one(el, "[role=listbox]");
    expect(button.hidden).toBe(true);
    expect(press(list, "o").defaultPrevented).toBe(false);
    press(list, "ArrowRight");
    await settled();
    expect(button.hidden).toBe(false);
    expect(button.getAttribute("aria-label")).toBe("Open cat.png on this device");
    press(list, "o");
    await settled();
    expect(opened()).not.toBeNull();
    expect(model.state.selected).toEqual([]);
    // Keys that are meant for a video do not turn the page below it.
    const heard = vi.fn();
    one(el, ".tagcat-gallery").addEventListener("keydown", heard);
    press(opened() as Element, "ArrowRight");
    expect(heard).not.toHaveBeenCalled();
  });

  it("is a button beside a pair in question, and a video opens at the frame's moment", async () => {
    await put(FILM, "film.mp4", "video");
    const { el } = await inReview(item(`${FILM}:50`, "film.mp4", 2), item("u:b", "elsewhere.png"));
    await settled();
    const [button, ...more] = el.querySelectorAll<HTMLButtonElement>("button.tagcat-thumb-here");
    expect(more).toEqual([]);
    expect(button?.getAttribute("aria-label")).toBe("Open film.mp4 0:02.00 on this device");
    expect(el.querySelectorAll("[role=option] button")).toHaveLength(0);
    button?.click();
    await settled();
    const film = opened()?.querySelector("video");
    expect(film?.controls).toBe(true);
    expect(film?.currentTime).toBe(2);
  });

  it("keeps its button, and so the focus, when the picture comes", async () => {
    await put(PHOTO, "cat.png", "image");
    const { model, el } = await inReview(item(PHOTO, "cat.png"), item("u:b", "b.png"));
    await new Promise((resolve) => setTimeout(resolve, 60)); // until thumbnails are asked for
    const button = one<HTMLButtonElement>(el, "button.tagcat-thumb-here");
    button.focus();
    model.answer([PHOTO]);
    expect(one(el, ".tagcat-review-large").querySelector("img")).not.toBeNull();
    expect(document.activeElement).toBe(button);
  });

  it("says in its window why a file does not open, with its name as text", async () => {
    await put(PHOTO, HOSTILE[0] as string, "image", true);
    const { el } = await inGallery([item(PHOTO, "cat.png")]);
    await settled();
    one(el, ".tagcat-thumb-here").click();
    await settled();
    const said = one(opened() as Element, "[role=alert]").textContent;
    expect(said).toBe(`${HOSTILE[0]}: it has changed since it was read: choose it again`);
    expect(opened()?.querySelector("img")).toBeNull();
  });

  it("is asked for again when the person lets the browser open more", async () => {
    const { model } = await inGallery([item("u:b", "b.png")]);
    const wishes = () => model.sent.filter(({ type }) => type === "thumbnails").length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    model.answer([], [{ key: "u:b", reason: "not sent" }]);
    expect(wishes()).toBe(1);
    globalThis.dispatchEvent(new Event(ALLOWED));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(wishes()).toBe(2);
  });
});

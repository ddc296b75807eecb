// Opens a picture or video of this device in a window over the page. The browser may ask the person first;
// what can't be opened is told in the same window, with what to do about it.

import { type Kept, keptAt, NotOpenError, openKept } from "./device_files";
import { hereMark, make, uniqueId } from "./dom";
import { fileName } from "./file_name";

const PER_SECOND = 25; // samples of a video, as in its frames' keys

/** Returns the key of what a file holds: a frame's video, else the key itself. */
export function contentOf(key: string): string {
  return key.split(":", 2).join(":");
}

/** Opens what lies on this device under `key` (of a frame: its video, at that moment).
 *
 * The window is laid into the widget that `near` is part of, so that it looks as the widget does. To be
 * called during a click or a key: else the browser won't ask.
 */
export async function openHere(key: string, near: Element): Promise<void> {
  const kept = await keptAt(contentOf(key));
  const sample = key.split(":")[2];
  if (kept) await openWindow(kept, near, sample === undefined ? 0 : Number(sample) / PER_SECOND);
}

/** Opens a kept file, a video at `seconds`. */
export async function openWindow(kept: Kept, near: Element, seconds = 0): Promise<void> {
  let stage: HTMLElement;
  let url = "";
  try {
    const file = await openKept(kept, true);
    url = URL.createObjectURL(file);
    stage = media(kept, url, seconds);
  } catch (error) {
    const reason = error instanceof NotOpenError ? error.message : "the browser can't open it";
    stage = make("p", "tagcat-viewer-told", { role: "alert", dir: "auto", text: `${kept.path}: ${reason}` });
  }
  const title = make(
    "div",
    "tagcat-viewer-title",
    { id: uniqueId("viewer") },
    hereMark(),
    fileName("", kept.path),
  );
  const close = make("button", "tagcat-button", { type: "button", text: "Close" });
  const viewer = make(
    "dialog",
    "tagcat-viewer",
    { "aria-labelledby": title.id },
    make("div", "tagcat-viewer-head", {}, title, close),
    make("div", "tagcat-viewer-stage", {}, stage),
  );
  close.addEventListener("click", () => viewer.close());
  viewer.addEventListener("click", (event) => {
    if (event.target === viewer) viewer.close(); // beside the picture
  });
  // An arrow winds the video and does not turn the page below it.
  viewer.addEventListener("keydown", (event) => event.stopPropagation());
  viewer.addEventListener("close", () => {
    viewer.remove();
    if (url) URL.revokeObjectURL(url);
  });
  (near.closest(".tagcat") ?? document.body).append(viewer);
  viewer.showModal();
}

function media(kept: Kept, url: string, seconds: number): HTMLElement {
  const look = "tagcat-viewer-media";
  const shown =
    kept.kind === "video"
      ? make("video", look, { src: url, controls: true, autoplay: true })
      : make("img", look, { src: url, alt: kept.path });
  if (shown instanceof HTMLVideoElement && seconds) shown.currentTime = seconds;
  shown.addEventListener("error", () => {
    const text = "This browser can't show this format. The file opens in the programs of your device.";
    shown.replaceWith(make("p", "tagcat-quiet", { role: "alert", text }));
  });
  return shown;
}

/** The button that opens one item from this device; it is hidden as long as the item lies elsewhere. */
export class OpenButton {
  readonly element = make(
    "button",
    "tagcat-button tagcat-open-here",
    { type: "button", "aria-keyshortcuts": "O" },
    hereMark(),
    make("span", "", { text: "Open" }),
    make("kbd", "", { text: "O", "aria-hidden": "true" }),
  );
  private key = "";

  constructor() {
    this.element.hidden = true;
    this.element.addEventListener("click", () => this.open());
  }

  /** Says which item is meant. */
  async show(item: { key: string; name: string } | undefined): Promise<void> {
    this.key = item?.key ?? "";
    const here = item !== undefined && (await keptAt(contentOf(item.key))) !== undefined;
    if (this.key !== (item?.key ?? "")) return; // another one is meant by now
    this.element.hidden = !here;
    const said = `Open ${item?.name} on this device`;
    this.element.setAttribute("aria-label", said);
    this.element.title = said;
  }

  open(): void {
    void openHere(this.key, this.element);
  }
}

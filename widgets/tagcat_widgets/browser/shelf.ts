// What lies on this device, to be opened without being chosen again. Thumbnails are drawn from the files
// themselves while they are on screen. Where the browser must ask the person before it opens a folder of an
// earlier visit, it asks when something is clicked, and then shows all the folder's pictures.

import { allowed, forget, type Kept, keptOf, NotOpenError, openKept } from "../shared/device_files";
import { deviceThumbnail } from "../shared/device_thumbnail";
import { hereMark, make, name, uniqueId } from "../shared/dom";
import { counted } from "../shared/format";
import { Virtual } from "../shared/virtual";

export class Shelf {
  readonly element = make("section", "tagcat-shelf");
  private user = "";
  private rows: Kept[] = [];
  private readonly urls = new Map<HTMLElement, string>();
  private readonly count = make("span", "tagcat-quiet tagcat-numbers");
  private readonly told = make("div", "tagcat-shelf-told", { role: "status", dir: "auto" });
  private readonly allow = make("button", "tagcat-button", { type: "button", text: "Show the pictures" });
  private readonly list = make("div", "tagcat-scroller tagcat-shelf-list", { role: "list", tabindex: -1 });
  private readonly grid: Virtual;
  private readonly viewer = new Viewer();

  constructor() {
    const title = make("h3", "tagcat-shelf-title", { id: uniqueId("shelf") }, hereMark());
    title.append("On this device");
    const clear = make("button", "tagcat-button", {
      type: "button",
      text: "Forget these",
      title: "Takes them off this list. The collection and the files stay as they are.",
    });
    const why = "These open from your own files, here in your browser. Only it knows where they lie.";
    this.element.setAttribute("aria-labelledby", title.id);
    this.element.append(
      make("div", "tagcat-shelf-head", {}, title, this.count, this.allow, clear),
      make("p", "tagcat-quiet tagcat-shelf-why", { text: why }),
      this.told,
      this.list,
      this.viewer.element,
    );
    this.grid = new Virtual(this.list, {
      width: 132,
      height: (width) => Math.round(width * 0.75) + 40,
      gap: 10,
      render: (index) => this.cell(this.rows[index] as Kept, index),
      release: (cell) => this.release(cell),
    });
    clear.addEventListener("click", async () => {
      await forget(this.user);
      await this.show(this.user);
    });
    this.allow.addEventListener("click", () => this.ask());
    this.element.hidden = true;
  }

  /** Shows what a user has here. */
  async show(user: string): Promise<void> {
    this.user = user;
    const rows = await keptOf(user);
    const before = this.rows.map((kept) => kept.key).join();
    this.rows = rows;
    this.element.hidden = rows.length === 0;
    this.count.textContent = counted(rows.length, "files");
    this.allow.hidden = (await this.closed()).length === 0;
    if (before !== rows.map((kept) => kept.key).join()) this.grid.reset(rows.length);
  }

  close(): void {
    this.grid.close();
    this.viewer.close();
  }

  /** Returns the handles that the browser will ask about before it opens them: each folder once. */
  private async closed(): Promise<FileSystemHandle[]> {
    const found: FileSystemHandle[] = [];
    const seen = new Set<string>();
    for (const { place } of this.rows) {
      const handle = place.root ?? place.handle;
      // Thousands of files lie in few folders; a folder of the same name is asked about with its first file.
      if (!handle || (place.root && seen.has(handle.name)) || (await known(found, handle))) continue;
      seen.add(handle.name);
      if (!(await allowed(handle, false))) found.push(handle);
      if (found.length >= 20) break; // one question each: more would be no help
    }
    return found;
  }

  private async ask(): Promise<void> {
    for (const handle of await this.closed()) {
      try {
        await allowed(handle, true);
      } catch {
        break; // the browser wants another click for the next question
      }
    }
    this.allow.hidden = (await this.closed()).length === 0;
    this.grid.reset(this.rows.length);
  }

  private cell(kept: Kept, index: number): HTMLElement {
    const thumb = make("div", "tagcat-thumb tagcat-waiting");
    const file = kept.path.slice(kept.path.lastIndexOf("/") + 1);
    const open = make(
      "button",
      "tagcat-shelf-open",
      { type: "button", title: kept.path, "aria-label": `Open ${file}, ${kept.kind} on this device` },
      thumb,
      make("span", "tagcat-thumb-here", { "aria-hidden": "true" }, hereMark()),
      name("tagcat-ellipsis tagcat-shelf-name", file),
    );
    open.addEventListener("click", () => this.open(kept));
    const item = { role: "listitem", "aria-setsize": this.rows.length, "aria-posinset": index + 1 };
    const cell = make("div", "tagcat-shelf-item", item, open);
    void this.paint(cell, thumb, kept);
    return cell;
  }

  private async paint(cell: HTMLElement, thumb: HTMLElement, kept: Kept): Promise<void> {
    const blob = await deviceThumbnail(kept.key);
    thumb.classList.remove("tagcat-waiting");
    if (!cell.isConnected) return;
    if (!blob) {
      thumb.append(make("span", "tagcat-quiet", { text: kept.kind }));
      return;
    }
    const url = URL.createObjectURL(blob);
    this.urls.set(cell, url);
    thumb.replaceChildren(make("img", "tagcat-fresh", { src: url, alt: "", draggable: "false" }));
  }

  private release(cell: HTMLElement): void {
    const url = this.urls.get(cell);
    if (url) URL.revokeObjectURL(url);
    this.urls.delete(cell);
  }

  private async open(kept: Kept): Promise<void> {
    this.told.textContent = "";
    try {
      this.viewer.show(kept, await openKept(kept, true));
      this.allow.hidden = (await this.closed()).length === 0;
    } catch (error) {
      const reason = error instanceof NotOpenError ? error.message : "the browser can't open it";
      this.told.textContent = `${kept.path}: ${reason}`;
    }
  }
}

async function known(found: FileSystemHandle[], handle: FileSystemHandle): Promise<boolean> {
  for (const other of found) if (await other.isSameEntry(handle)) return true;
  return false;
}

/** A window over the page with one picture or video of this device. */
class Viewer {
  readonly element = make("dialog", "tagcat-viewer");
  private readonly title = make("div", "tagcat-ellipsis tagcat-viewer-title", {
    dir: "auto",
    id: uniqueId("viewer"),
  });
  private readonly stage = make("div", "tagcat-viewer-stage");
  private url = "";

  constructor() {
    const close = make("button", "tagcat-button", { type: "button", text: "Close" });
    this.element.setAttribute("aria-labelledby", this.title.id);
    this.element.append(make("div", "tagcat-viewer-head", {}, this.title, close), this.stage);
    close.addEventListener("click", () => this.element.close());
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.element.close(); // beside the picture
    });
    this.element.addEventListener("close", () => this.clear());
  }

  show(kept: Kept, file: File): void {
    this.clear();
    this.url = URL.createObjectURL(file);
    this.title.replaceChildren(hereMark(), ` ${kept.path}`);
    const media =
      kept.kind === "video"
        ? make("video", "tagcat-viewer-media", { src: this.url, controls: true, autoplay: true })
        : make("img", "tagcat-viewer-media", { src: this.url, alt: kept.path });
    media.addEventListener("error", () => {
      if (!media.isConnected) return;
      const text = "This browser can't show this format. The file opens in the programs of your device.";
      this.stage.replaceChildren(make("p", "tagcat-quiet", { text }));
    });
    this.stage.replaceChildren(media);
    if (!this.element.open) this.element.showModal();
  }

  close(): void {
    if (this.element.open) this.element.close();
    this.clear();
  }

  private clear(): void {
    this.stage.replaceChildren();
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = "";
  }
}

// What lies on this device, to be opened without being chosen again. Thumbnails are drawn from the files
// themselves while they are on screen. Where the browser must ask the person before it opens a folder of an
// earlier visit, it asks when something is clicked, and then shows all the folder's pictures.

import { ALLOWED, allowed, forget, type Kept, keptOf } from "../shared/device_files";
import { deviceThumbnail } from "../shared/device_thumbnail";
import { hereMark, make, uniqueId } from "../shared/dom";
import { fileName } from "../shared/file_name";
import { counted } from "../shared/format";
import { openWindow } from "../shared/viewer";
import { Virtual } from "../shared/virtual";

export class Shelf {
  readonly element = make("section", "tagcat-shelf");
  private user = "";
  private rows: Kept[] = [];
  private readonly urls = new Map<HTMLElement, string>();
  private readonly count = make("span", "tagcat-quiet tagcat-numbers");
  private readonly allow = make("button", "tagcat-button", { type: "button", text: "Show the pictures" });
  private readonly list = make("div", "tagcat-scroller tagcat-shelf-list", { role: "list", tabindex: -1 });
  private readonly grid: Virtual;

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
      this.list,
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
    globalThis.addEventListener(ALLOWED, this.paintAgain);
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
    globalThis.removeEventListener(ALLOWED, this.paintAgain);
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
  }

  private readonly paintAgain = async () => {
    this.allow.hidden = (await this.closed()).length === 0;
    this.grid.each((cell, index) => {
      const thumb = cell.querySelector<HTMLElement>(".tagcat-thumb");
      if (thumb && !this.urls.has(cell)) void this.paint(cell, thumb, this.rows[index] as Kept);
    });
  };

  private cell(kept: Kept, index: number): HTMLElement {
    const thumb = make("div", "tagcat-thumb tagcat-waiting");
    const file = kept.path.slice(kept.path.lastIndexOf("/") + 1);
    const open = make(
      "button",
      "tagcat-shelf-open",
      { type: "button", title: kept.path, "aria-label": `Open ${file}, ${kept.kind} on this device` },
      thumb,
      make("span", "tagcat-thumb-here", { "aria-hidden": "true" }, hereMark()),
      fileName("tagcat-shelf-name", file),
    );
    open.addEventListener("click", () => openWindow(kept, this.element));
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
      thumb.replaceChildren(make("span", "tagcat-quiet", { text: kept.kind }));
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
}

async function known(found: FileSystemHandle[], handle: FileSystemHandle): Promise<boolean> {
  for (const other of found) if (await other.isSameEntry(handle)) return true;
  return false;
}

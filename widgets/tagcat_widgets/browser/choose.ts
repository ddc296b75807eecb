// From what a person chose or dropped to files, one after the other, with the place where each can be opened
// again. Browsers with the File System Access API give handles, which outlive the page; others give files
// that are at hand until the page is left. A chosen file is always read; in a folder, what is media neither
// by name nor by content is passed over.

import { kindInside, kindOfName } from "../device/kinds";
import type { Place } from "../shared/device_files";

export interface Chosen {
  /** Folders and name, parted by "/", from the chosen folder on. */
  path: string;
  file: File;
  place: Place;
}

/** What is yielded for a file that is passed over, or can't be opened. */
export interface Passed {
  path: string;
  error?: string;
}

export type Found = AsyncGenerator<Chosen | Passed>;

interface Pickers {
  showOpenFilePicker?(options: { multiple: boolean }): Promise<FileSystemFileHandle[]>;
  showDirectoryPicker?(options: { mode: "read" }): Promise<FileSystemDirectoryHandle>;
}
type Handle = FileSystemFileHandle | FileSystemDirectoryHandle;

const pickers = globalThis as unknown as Pickers;

/** Lets the person choose files or a folder; undefined where the browser has no such picker of its own. */
export async function pick(folder: boolean): Promise<Handle[] | undefined> {
  try {
    if (folder) {
      return pickers.showDirectoryPicker && [await pickers.showDirectoryPicker({ mode: "read" })];
    }
    return await pickers.showOpenFilePicker?.({ multiple: true });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return []; // chose nothing
    throw error;
  }
}

/** Yields the files of handles: of folders, those below them. */
export async function* fromHandles(handles: Handle[]): Found {
  for (const handle of handles) {
    if (handle.kind === "directory") yield* below(handle as FileSystemDirectoryHandle);
    else
      yield await opened(handle.name, handle as FileSystemFileHandle, {
        handle: handle as FileSystemFileHandle,
      });
  }
}

/** Yields the files of a file input; those of a folder carry the path below it. */
export async function* fromInput(files: Iterable<File>): Found {
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    const chosen = { path, file, place: {} };
    yield path === file.name || (await isMedia(file)) ? chosen : { path };
  }
}

/** Returns what was dropped: handles, or where there are none a way to its files. Call it in the event. */
export async function fromDrop(data: DataTransfer): Promise<{ handles: Handle[]; found: Found }> {
  // All is taken hold of at once: what was dropped is gone as soon as the event is over.
  const items = [...data.items].filter((item) => item.kind === "file");
  const asked = items.map((item) => {
    const entry = item.webkitGetAsEntry?.() ?? null;
    const file = item.getAsFile();
    const handle = (item as { getAsFileSystemHandle?(): Promise<Handle | null> }).getAsFileSystemHandle?.();
    return { entry, file, handle: handle?.catch(() => null) };
  });
  const handles: Handle[] = [];
  const rest: { entry: FileSystemEntry | null; file: File | null }[] = [];
  for (const { entry, file, handle } of asked) {
    const got = await handle;
    if (got) handles.push(got);
    else rest.push({ entry, file });
  }
  const found = (async function* (): Found {
    yield* fromHandles(handles);
    for (const { entry, file } of rest) {
      if (entry?.isDirectory) yield* belowEntry(entry as FileSystemDirectoryEntry);
      else if (file) yield { path: file.name, file, place: {} };
    }
  })();
  return { handles, found };
}

async function* below(root: FileSystemDirectoryHandle): Found {
  const folders: { folder: FileSystemDirectoryHandle; way: string[] }[] = [{ folder: root, way: [] }];
  for (let next = folders.pop(); next; next = folders.pop()) {
    const { folder, way } = next;
    const path = [root.name, ...way].join("/");
    try {
      const inside = await sorted(folder);
      for (const handle of inside) {
        const place = { root, way: [...way, handle.name] };
        if (handle.kind === "file") {
          yield await openedIfMedia(`${path}/${handle.name}`, handle as FileSystemFileHandle, place);
        }
      }
      for (const handle of inside.reverse()) {
        if (handle.kind === "directory") {
          folders.push({ folder: handle as FileSystemDirectoryHandle, way: [...way, handle.name] });
        }
      }
    } catch (error) {
      yield { path, error: `the folder can't be opened: ${told(error)}` };
    }
  }
}

async function sorted(folder: FileSystemDirectoryHandle): Promise<Handle[]> {
  const found: Handle[] = [];
  for await (const handle of folder.values()) found.push(handle as Handle);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function* belowEntry(root: FileSystemDirectoryEntry): Found {
  const folders = [root];
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    const reader = folder.createReader();
    try {
      // A reader gives some at a time, until it gives none.
      for (let some = await read(reader); some.length; some = await read(reader)) {
        for (const entry of some) {
          const path = entry.fullPath.replace(/^\//, "");
          if (entry.isDirectory) folders.push(entry as FileSystemDirectoryEntry);
          else {
            const file = await new Promise<File>((resolve, reject) =>
              (entry as FileSystemFileEntry).file(resolve, reject),
            );
            yield (await isMedia(file)) ? { path, file, place: {} } : { path };
          }
        }
      }
    } catch (error) {
      yield { path: folder.fullPath.replace(/^\//, ""), error: `can't be opened: ${told(error)}` };
    }
  }
}

function read(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

async function opened(path: string, handle: FileSystemFileHandle, place: Place): Promise<Chosen | Passed> {
  try {
    return { path, file: await handle.getFile(), place };
  } catch (error) {
    return { path, error: `can't be opened: ${told(error)}` };
  }
}

async function openedIfMedia(path: string, handle: FileSystemFileHandle, place: Place) {
  const found = await opened(path, handle, place);
  return "file" in found && !(await isMedia(found.file)) ? { path } : found;
}

async function isMedia(file: File): Promise<boolean> {
  try {
    return kindOfName(file.name) !== null || (await kindInside(file)) !== null;
  } catch {
    return true; // what can't be read fails where it is told
  }
}

function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

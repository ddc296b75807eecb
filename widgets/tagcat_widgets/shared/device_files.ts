// Files of this device that the browser may open again: their handles, kept in its own IndexedDB.
//
// A content is kept under its key in the graph (user:md5), so that any widget which shows it can ask for it.
// A file from a chosen folder is kept as a way down from that folder, since browsers grant access by
// folder: one question opens all of them. Files without a handle (other browsers than Chromium's) stay at
// hand until the page is left. Nothing of this leaves the browser, and nobody but the browser can read it.

export interface Kept {
  /** user:md5 */
  key: string;
  user: string;
  /** As it was chosen, folders and name. */
  path: string;
  kind: "image" | "video";
  bytes: number;
  /** Milliseconds since 1970. */
  modified: number;
  place: Place;
}

/** Where a file lies: a handle of its own, or a way down from a folder's; neither of a file without one. */
export interface Place {
  handle?: FileSystemFileHandle;
  root?: FileSystemDirectoryHandle;
  way?: string[];
}

/** What a run that was broken off had before it, so that the next visit can go on. */
export interface Unfinished {
  user: string;
  total: number;
  done: number;
  folders: FileSystemDirectoryHandle[];
  files: FileSystemFileHandle[];
}

interface Asking {
  queryPermission?(wish: { mode: "read" }): Promise<PermissionState>;
  requestPermission?(wish: { mode: "read" }): Promise<PermissionState>;
}

const NAME = "tagcat";
const AT_HAND = Symbol.for("tagcat files at hand");

/** Files of this visit by key, shared by all widgets of the page (each has its own copy of this module). */
function atHand(): Map<string, { kept: Kept; file: File }> {
  const page = globalThis as unknown as Record<symbol, Map<string, { kept: Kept; file: File }>>;
  page[AT_HAND] ??= new Map();
  return page[AT_HAND];
}

let opening: Promise<IDBDatabase | undefined> | undefined;

/** Opens the database; undefined where the browser gives none (a private window, an old browser). */
function database(): Promise<IDBDatabase | undefined> {
  opening ??= new Promise((resolve) => {
    if (!globalThis.indexedDB) {
      resolve(undefined);
      return;
    }
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("files", { keyPath: "key" }).createIndex("user", "user");
      request.result.createObjectStore("unfinished", { keyPath: "user" });
    };
    request.onsuccess = () => {
      // Another tab that needs a newer form of it must not wait for this one.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = request.onblocked = () => resolve(undefined);
  });
  return opening;
}

/** Runs one transaction; undefined where there is no database or it can't. */
async function within<T>(
  store: "files" | "unfinished",
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T> | undefined,
): Promise<T | undefined> {
  const opened = await database();
  if (!opened) return undefined;
  return new Promise((resolve) => {
    try {
      const transaction = opened.transaction(store, mode);
      const request = work(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = transaction.onabort = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
}

/** Keeps files; those without a handle only for this visit. */
export async function keep(rows: { kept: Kept; file: File }[]): Promise<void> {
  for (const row of rows) atHand().set(row.kept.key, row);
  const lasting = rows.filter(({ kept }) => kept.place.handle ?? kept.place.root);
  if (!lasting.length) return;
  await within("files", "readwrite", (store) => {
    for (const { kept } of lasting) store.put(kept);
    return undefined;
  });
}

/** Returns what a user has on this device, in the order of paths. */
export async function keptOf(user: string): Promise<Kept[]> {
  const lasting =
    (await within<Kept[]>("files", "readonly", (store) => store.index("user").getAll(user))) ?? [];
  const found = new Map(lasting.map((kept) => [kept.key, kept]));
  for (const { kept } of atHand().values()) if (kept.user === user) found.set(kept.key, kept);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Returns one content of this device, by its key. */
export async function keptAt(key: string): Promise<Kept | undefined> {
  return atHand().get(key)?.kept ?? (await within<Kept>("files", "readonly", (store) => store.get(key)));
}

/** Forgets one content, whose file has others now. */
export async function drop(key: string): Promise<void> {
  atHand().delete(key);
  await within("files", "readwrite", (store) => store.delete(key));
}

/** Tells whether two places are one and the same. */
export async function samePlace(a: Place, b: Place): Promise<boolean> {
  if (a.handle && b.handle) return a.handle.isSameEntry(b.handle);
  if (!a.root || !b.root || a.way?.join("/") !== b.way?.join("/")) return false;
  return a.root.isSameEntry(b.root);
}

/** Forgets what a user has on this device; the collection stays as it is. */
export async function forget(user: string): Promise<void> {
  for (const [key, { kept }] of atHand()) if (kept.user === user) atHand().delete(key);
  const keys =
    (await within<IDBValidKey[]>("files", "readonly", (store) => store.index("user").getAllKeys(user))) ?? [];
  await within("files", "readwrite", (store) => {
    for (const key of keys) store.delete(key);
    return undefined;
  });
  await finish(user);
}

/** Thrown where a kept file can't be opened; the message says why in words for a person. */
export class NotOpenError extends Error {}

/** Opens a kept file.
 *
 * The browser may have to ask the person first: only with `ask`, and only during a click. Without it, a
 * file that would need a question rejects.
 */
export async function openKept(kept: Kept, ask = false): Promise<File> {
  const file = atHand().get(kept.key)?.file ?? (await throughHandle(kept.place, ask));
  if (file.size !== kept.bytes || file.lastModified !== kept.modified) {
    throw new NotOpenError("it has changed since it was read: choose it again");
  }
  return file;
}

async function throughHandle({ handle, root, way }: Place, ask: boolean): Promise<File> {
  const start = handle ?? root;
  if (!start) throw new NotOpenError("this browser keeps no files: choose it again");
  if (!(await allowed(start, ask))) throw new NotOpenError("the browser was not allowed to open it");
  try {
    if (handle) return await handle.getFile();
    let folder = root as FileSystemDirectoryHandle;
    const names = [...(way ?? [])];
    const last = names.pop() as string;
    for (const name of names) folder = await folder.getDirectoryHandle(name);
    return await (await folder.getFileHandle(last)).getFile();
  } catch {
    throw new NotOpenError("it is not where it was: choose it again");
  }
}

/** Happens to the page when a person has allowed the browser to open more of what is kept. */
export const ALLOWED = "tagcat-allowed";

/** Tells whether a handle may be read; with `ask` the browser asks the person. */
export async function allowed(handle: FileSystemHandle & Asking, ask: boolean): Promise<boolean> {
  const wish = { mode: "read" } as const;
  const state = (await handle.queryPermission?.(wish)) ?? "granted";
  if (state === "granted" || !ask) return state === "granted";
  if ((await handle.requestPermission?.(wish)) !== "granted") return false;
  globalThis.dispatchEvent(new Event(ALLOWED));
  return true;
}

/** Notes how far a run is. */
export async function begin(run: Unfinished): Promise<void> {
  await within("unfinished", "readwrite", (store) => store.put(run));
}

/** Notes that nothing is left to do. */
export async function finish(user: string): Promise<void> {
  await within("unfinished", "readwrite", (store) => store.delete(user));
}

/** Returns the run that was broken off, if one was. */
export async function unfinished(user: string): Promise<Unfinished | undefined> {
  return within<Unfinished>("unfinished", "readonly", (store) => store.get(user));
}

// The worker's side of pool.ts: takes one file at a time, tells its progress, answers with its record.

import { hashFile } from "./files";
import type { HashOptions } from "./record";

export interface Task {
  id: number;
  file: File;
  options: HashOptions;
}

/** The part of a worker's global scope that is used; TypeScript's DOM library knows only windows. */
interface Scope {
  onmessage: ((event: MessageEvent<Task>) => void) | null;
  postMessage(message: unknown, transfer?: Transferable[]): void;
}

const scope = self as unknown as Scope;
const PAUSE = 100; // ms between two messages of progress

scope.onmessage = async ({ data: { id, file, options } }) => {
  let told = 0;
  const answer = await hashFile(file, options, {
    progress: (done) => {
      const now = performance.now();
      if (now - told < PAUSE) return;
      told = now;
      scope.postMessage({ id, done });
    },
  });
  const thumbnail = "thumbnail" in answer ? answer.thumbnail : undefined;
  scope.postMessage({ id, answer }, thumbnail ? [thumbnail.buffer] : []);
};
scope.postMessage({ ready: true });

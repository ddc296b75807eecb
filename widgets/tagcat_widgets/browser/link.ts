// Speaks with the kernel: each message has a number and waits for its answer (browser_ingest.py). What is
// refused for its rate is sent again after the wait that the kernel names; a kernel that keeps silent for
// long is taken for gone.

import type { AnyModel } from "@anywidget/types";

// biome-ignore lint/suspicious/noExplicitAny: messages of several shapes; each caller knows its own
type Content = Record<string, any>;

interface Waiting {
  content: Content;
  buffers: ArrayBuffer[];
  tries: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  resolve(answer: Content): void;
  reject(error: Error): void;
}

const SILENCE = 120_000; // ms
const TRIES = 6;

export class Link {
  private readonly view = Math.random().toString(36).slice(2, 14);
  private readonly waiting = new Map<number, Waiting>();
  private serial = 0;

  constructor(
    // biome-ignore lint/suspicious/noExplicitAny: any widget's model can carry these messages
    private readonly model: AnyModel<any>,
  ) {
    model.on("msg:custom", this.receive);
  }

  /** Sends a message and returns its answer; rejects with the kernel's words where it is refused. */
  ask(content: Content, buffers: ArrayBuffer[] = []): Promise<Content> {
    const batch = this.serial++;
    return new Promise((resolve, reject) => {
      this.waiting.set(batch, { content, buffers, tries: 0, timer: undefined, resolve, reject });
      this.send(batch);
    });
  }

  close(): void {
    this.model.off("msg:custom", this.receive);
    for (const batch of [...this.waiting.keys()]) this.settle(batch)?.reject(new Error("the page is closed"));
  }

  private send(batch: number): void {
    const asked = this.waiting.get(batch);
    if (!asked) return;
    asked.tries += 1;
    asked.timer = setTimeout(() => {
      this.settle(batch)?.reject(new Error("The kernel does not answer. Load this page again to go on."));
    }, SILENCE);
    // A kernel that is gone makes this throw; the page itself says what happened to it.
    try {
      this.model.send({ ...asked.content, view: this.view, batch }, undefined, asked.buffers);
    } catch (error) {
      this.settle(batch)?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private settle(batch: number): Waiting | undefined {
    const asked = this.waiting.get(batch);
    clearTimeout(asked?.timer);
    this.waiting.delete(batch);
    return asked;
  }

  private readonly receive = (message: Content) => {
    const asked = message?.view === this.view ? this.waiting.get(message.batch) : undefined;
    if (!asked) return;
    if (message.type !== "refused") this.settle(message.batch)?.resolve(message);
    else if (typeof message.wait === "number" && asked.tries < TRIES) {
      clearTimeout(asked.timer);
      asked.timer = setTimeout(() => this.send(message.batch), 1000 * message.wait);
    } else this.settle(message.batch)?.reject(new Error(String(message.error)));
  };
}

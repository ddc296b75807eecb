// What is told to the kernel waits here for company, and goes in batches, one message after the other. Only so
// many may wait to be acknowledged: who adds more waits for room, so that a slow graph slows the browser down
// instead of filling its memory. Where telling failed once, the rest is not told.

const WAITING = 100; // that may wait to be acknowledged
const PAUSE = 300; // ms that one waits for company
const TAKEN = 25; // of one message
const WEIGHT = 1_000_000; // bytes of one message

export class Outbox<T> {
  private batch: T[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private telling: Promise<void> = Promise.resolve();
  private untold = 0;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly tell: (batch: T[]) => Promise<void>,
    private readonly weightOf: (one: T) => number,
  ) {}

  /** Waits until one more may be added, or there is no point in it any more. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.untold >= WAITING && !signal.aborted) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  add(one: T): void {
    this.batch.push(one);
    this.untold += 1;
    const weight = this.batch.reduce((sum, each) => sum + this.weightOf(each), 0);
    if (this.batch.length >= TAKEN || weight >= WEIGHT) void this.flush();
    else this.timer ??= setTimeout(() => this.flush(), PAUSE);
  }

  /** Tells what waits now, after what was told before. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { batch, telling } = this;
    if (!batch.length) return telling;
    this.batch = [];
    this.telling = (async () => {
      await telling;
      await this.tell(batch);
      this.untold -= batch.length;
      for (const resolve of this.waiting.splice(0)) resolve();
    })();
    return this.telling;
  }
}

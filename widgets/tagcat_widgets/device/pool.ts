// Hashes files in Web Workers, so that the page stays responsive and several cores work at once.
//
// The workers' script is part of this very module (`worker:` below is bundled to a text) and starts from a
// blob: nothing is loaded from anywhere. A worker takes one file at a time. If it crashes, or tells nothing
// for two minutes, it is ended, its one file becomes a failure, and a new worker goes on. Cancelling ends the
// worker too: decoders can't be asked to stop.

import source from "worker:./worker";
import type { Unfinished, WorkerAnswer } from "./files";
import { playFilm } from "./player";
import { type DeviceAnswer, type HashOptions, LIMITS, reasonOf } from "./record";

export interface Capabilities {
  /** Whether the page came from localhost or by HTTPS: elsewhere browsers withhold what hashing needs. */
  secure: boolean;
  /** Whether videos can be decoded frame by frame. */
  webCodecs: boolean;
  /** Whether files can be opened again on a later visit. */
  fileSystemAccess: boolean;
  /** What is missing and what to do about it, in words for a person. */
  reason?: string;
}

export interface HashRequest extends HashOptions {
  signal?: AbortSignal;
  /** Hears how far the file is, 0 to 1. */
  onProgress?: (done: number) => void;
}

interface Job {
  id: number;
  file: File;
  request: HashRequest;
  settle(answer: WorkerAnswer): void;
  refuse(reason: unknown): void;
}

interface Told {
  ready?: boolean;
  id?: number;
  done?: number;
  answer?: WorkerAnswer;
}

/** Tells what this browser can do on this page. */
export function capabilities(): Capabilities {
  const secure = globalThis.isSecureContext === true;
  const webCodecs = typeof globalThis.VideoDecoder === "function";
  const fileSystemAccess = "showOpenFilePicker" in globalThis;
  const reason = missing(secure, webCodecs);
  return { secure, webCodecs, fileSystemAccess, ...(reason !== undefined && { reason }) };
}

function missing(secure: boolean, webCodecs: boolean): string | undefined {
  if (!secure) {
    return (
      "Browsers let a page hash media on this device only if it comes from localhost or by HTTPS. " +
      "Open TagCat by the name localhost (through an SSH tunnel, for example), or serve it by HTTPS."
    );
  }
  if (typeof OffscreenCanvas !== "function" || typeof Worker !== "function") {
    return "This browser is too old to hash media on this device: update it.";
  }
  if (!webCodecs) {
    return "This browser has no WebCodecs: videos are read from its player, slower and only approximately.";
  }
  return undefined;
}

export class DevicePool {
  private readonly size: number;
  private readonly queue: Job[] = [];
  private readonly members = new Set<Member>();
  private readonly address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  private playing: Promise<unknown> = Promise.resolve();
  private closed = false;
  private serial = 0;

  /** `workers`: how many at most; by default one a core, at most 8. They start when there is work. */
  constructor({ workers = Math.min(navigator.hardwareConcurrency || 2, 8) }: { workers?: number } = {}) {
    this.size = Math.max(1, workers);
  }

  /** Hashes one file. Rejects only when the signal aborts or the pool is closed; bad files give an `error`. */
  hash(file: File, request: HashRequest): Promise<DeviceAnswer> {
    const { signal } = request;
    return new Promise((resolve, reject) => {
      if (this.closed) throw new DOMException("the pool is closed", "AbortError");
      signal?.throwIfAborted();
      const cancel = () => this.cancel(job, signal?.reason);
      const done = () => signal?.removeEventListener("abort", cancel);
      this.serial += 1;
      const job: Job = {
        id: this.serial,
        file,
        request,
        settle: (answer) => {
          if (!("unfinished" in answer)) {
            done();
            resolve(answer);
            return;
          }
          this.playing = this.playing.then(() => this.play(job, answer).then(resolve, reject).finally(done));
        },
        refuse: (reason) => {
          done();
          reject(reason);
        },
      };
      signal?.addEventListener("abort", cancel, { once: true });
      this.queue.push(job);
      this.assign();
    });
  }

  /** Lets the page's player read what workers can't; one video at a time, it is the page's own time. */
  private async play(job: Job, { unfinished, reason }: Unfinished): Promise<DeviceAnswer> {
    const { request, file } = job;
    const progress = (done: number) => {
      if (this.closed) throw new DOMException("the pool is closed", "AbortError");
      request.onProgress?.(0.3 + 0.7 * done); // the MD5 was the first part
    };
    try {
      return { ...unfinished, ...(await playFilm(file, request, { progress }, request.signal)) };
    } catch (error) {
      request.signal?.throwIfAborted();
      if (this.closed) throw error;
      return { error: `${reason}; ${reasonOf(error)}` };
    }
  }

  /** Ends all workers; what is not done rejects. */
  close(): void {
    this.closed = true;
    const reason = new DOMException("the pool is closed", "AbortError");
    for (const member of this.members) member.end()?.refuse(reason);
    this.members.clear();
    for (const job of this.queue.splice(0)) job.refuse(reason);
    URL.revokeObjectURL(this.address);
  }

  /** Gives waiting jobs to idle workers, and starts workers while there are too few. */
  private assign(): void {
    while (this.queue.length) {
      let member = [...this.members].find((candidate) => !candidate.job);
      if (!member) {
        if (this.members.size >= this.size) return;
        member = new Member(this.address, this.lost, this.idle);
        this.members.add(member);
      }
      member.take(this.queue.shift() as Job);
    }
  }

  private cancel(job: Job, reason: unknown): void {
    const waiting = this.queue.indexOf(job);
    if (waiting >= 0) this.queue.splice(waiting, 1);
    for (const member of this.members) if (member.job === job) this.remove(member);
    job.refuse(reason);
    this.assign();
  }

  private readonly idle = (): void => this.assign();

  private readonly lost = (member: Member, reason: string): void => {
    this.remove(member)?.settle({ error: reason });
    this.assign();
  };

  private remove(member: Member): Job | undefined {
    this.members.delete(member);
    return member.end();
  }
}

/** A worker and the file that it works on. */
class Member {
  job: Job | undefined;
  private readonly worker: Worker;
  private ready = false;
  private alarm: ReturnType<typeof setTimeout> | undefined;

  constructor(
    address: string,
    private readonly lost: (member: Member, reason: string) => void,
    private readonly idle: () => void,
  ) {
    this.worker = new Worker(address, { name: "TagCat" });
    this.worker.onmessage = (event: MessageEvent<Told>) => this.hear(event.data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.lost(this, this.ready ? "the decoder crashed on this file" : "this page lets no worker start");
    };
  }

  take(job: Job): void {
    this.job = job;
    const { keyFrameDistance, thumbnail } = job.request;
    this.worker.postMessage({ id: job.id, file: job.file, options: { keyFrameDistance, thumbnail } });
    this.watch();
  }

  /** Ends the worker; returns the job that it leaves. */
  end(): Job | undefined {
    clearTimeout(this.alarm);
    this.worker.terminate();
    const job = this.job;
    this.job = undefined;
    return job;
  }

  private hear(told: Told): void {
    this.ready = true;
    const { job } = this;
    if (!job || told.id !== job.id) return;
    if (told.answer) {
      clearTimeout(this.alarm);
      this.job = undefined;
      job.settle(told.answer);
      this.idle();
    } else {
      this.watch();
      job.request.onProgress?.(told.done ?? 0);
    }
  }

  private watch(): void {
    clearTimeout(this.alarm);
    const seconds = LIMITS.silence / 1000;
    this.alarm = setTimeout(
      () => this.lost(this, `gave up after ${seconds} s without progress`),
      LIMITS.silence,
    );
  }
}

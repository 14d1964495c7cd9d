// Files on their way from this browser into drives. They go on when the connection comes back, and when the page was reloaded
// and the same file is chosen again: the node keeps the parts that it has, under a key that the file itself gives.

import { GlowError } from "#base/errors.ts";
import type { NodeStub } from "#interfaces/generated/node.ts";
import { fileBytes } from "./file-bytes.ts";

export interface UploadTask {
  readonly id: number;
  readonly name: string;
  readonly drive: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly sentBytes: number;
  /** What the node had of it already, of an earlier try. */
  readonly keptBytes: number;
  /** Of the last seconds. */
  readonly bytesPerSecond: number;
  readonly state: "waiting" | "sending" | "paused" | "done" | "failed";
  readonly error?: GlowError;
}

interface Job {
  task: UploadTask;
  readonly file: File;
  /** Gives up what is under way. */
  end: AbortController;
}

/** Sent in one call: what is lost at most when a connection breaks. */
const partBytes = 8 * 1024 * 1024;
/** So small a file is sent in one call: there is nothing to go on with. */
const wholeBytes = 256 * 1024;
/** At once: more make none of them faster. Of small ones most of the time is the way there and back. */
const mostAtOnce = { large: 3, small: 12 };
/** Chosen at once. */
export const mostUploads = 10_000;
const rateOverMs = 3000;
const tellEveryMs = 50;

export class Uploads {
  readonly #jobs = new Map<number, Job>();
  readonly #watchers = new Set<() => void>();
  #node: NodeStub | undefined;
  #tasks: readonly UploadTask[] = [];
  #lastId = 0;
  #isTelling = false;

  /** In the order in which they were chosen. */
  get tasks(): readonly UploadTask[] {
    return this.#tasks;
  }

  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** The node to send to, or none while it cannot be reached. Another one is gone on with where the last one stood. */
  connect(node: NodeStub | undefined): void {
    if (node === this.#node) return;
    this.#node = node;
    for (const job of this.#jobs.values()) {
      if (job.task.state === "sending") this.#wait(job);
    }
    this.#next();
  }

  add(drive: string, files: readonly { readonly file: File; readonly path: string }[]): void {
    for (const { file, path } of files.slice(0, mostUploads)) {
      const id = ++this.#lastId;
      const task: UploadTask = {
        id,
        name: file.name,
        drive,
        path,
        sizeBytes: file.size,
        sentBytes: 0,
        keptBytes: 0,
        bytesPerSecond: 0,
        state: "waiting",
      };
      this.#jobs.set(id, { task, file, end: new AbortController() });
    }
    this.#changed();
    this.#next();
  }

  pause(id: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined || (job.task.state !== "sending" && job.task.state !== "waiting")) return;
    job.end.abort();
    this.#set(job, { state: "paused", bytesPerSecond: 0 });
    this.#next();
  }

  resume(id: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined || (job.task.state !== "paused" && job.task.state !== "failed")) return;
    this.#wait(job);
    this.#next();
  }

  /** Gives one up, or takes one that is over from the list. */
  remove(id: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    job.end.abort();
    this.#jobs.delete(id);
    if (job.task.state !== "done" && job.task.sentBytes > 0) void this.#discard(job);
    this.#changed();
    this.#next();
  }

  /** Gives up all that are not done. What is done stays in the drive. */
  stopAll(): void {
    const open = [...this.#jobs.values()].filter(({ task }) => task.state !== "done");
    // First what waits: else it would be begun in the place of what is given up.
    for (const { task } of open) if (task.state === "waiting") this.#jobs.delete(task.id);
    for (const { task } of open) this.remove(task.id);
    this.#changed();
  }

  clearDone(): void {
    for (const [id, { task }] of this.#jobs) if (task.state === "done") this.#jobs.delete(id);
    this.#changed();
  }

  #wait(job: Job): void {
    job.end.abort();
    job.end = new AbortController();
    const { error: _error, ...task } = job.task;
    job.task = { ...task, state: "waiting", bytesPerSecond: 0 };
    this.#changed();
  }

  #next(): void {
    const node = this.#node;
    if (node === undefined) return;
    let sending = 0;
    for (const { task } of this.#jobs.values()) if (task.state === "sending") sending++;
    for (const job of this.#jobs.values()) {
      if (sending >= mostAtOnce.small) return;
      if (job.task.state !== "waiting") continue;
      if (sending >= mostAtOnce.large && job.file.size > wholeBytes) continue;
      sending++;
      this.#set(job, { state: "sending" });
      void this.#send(node, job, job.end.signal);
    }
  }

  async #send(node: NodeStub, job: Job, signal: AbortSignal): Promise<void> {
    try {
      await this.#sendParts(node, job, signal);
      if (signal.aborted) return;
      this.#set(job, { state: "done", sentBytes: job.task.sizeBytes, bytesPerSecond: 0 });
    } catch (error) {
      if (signal.aborted) return;
      const failure = GlowError.from(error, "upload.send");
      // Of a connection that broke one hears otherwise too: then it goes on by itself.
      if (failure.kind === "disconnected") this.#set(job, { state: "waiting", bytesPerSecond: 0 });
      else this.#set(job, { state: "failed", error: failure, bytesPerSecond: 0 });
      if (failure.kind === "disconnected") return;
    }
    this.#next();
  }

  async #sendParts(node: NodeStub, job: Job, signal: AbortSignal): Promise<void> {
    const { file, task } = job;
    using drives = node.drives();
    using drive = drives.open(task.drive);
    const options = { modifiedNs: BigInt(file.lastModified) * 1_000_000n, parents: true };
    if (file.size <= wholeBytes) {
      await drive.write(
        task.path,
        fileBytes(file, () => undefined),
        options,
        { signal },
      );
      return;
    }
    using upload = drive.upload(task.path, file.size, keyOf(file), options);
    const rate = new SendRate();
    let { receivedBytes: at } = await upload.state({ signal });
    // What was sent before the connection broke was sent by this page, all the same.
    if (at > 0 && task.sentBytes === 0) this.#set(job, { sentBytes: at, keptBytes: at });
    while (at < file.size) {
      const begin = at;
      const part = file.slice(at, Math.min(file.size, at + partBytes));
      const sent = (bytes: number): void => {
        if (!signal.aborted) this.#set(job, { sentBytes: begin + bytes, bytesPerSecond: rate.count(begin + bytes) });
      };
      at = await upload.write(at, fileBytes(part, sent), { signal });
      this.#set(job, { sentBytes: at });
    }
    await upload.finish({ signal });
  }

  /** Where that does not go, the node drops it in time. */
  async #discard({ task, file }: Job): Promise<void> {
    const node = this.#node;
    if (node === undefined || file.size <= wholeBytes) return;
    using drives = node.drives();
    using drive = drives.open(task.drive);
    using upload = drive.upload(task.path, file.size, keyOf(file));
    await upload.discard().catch(() => undefined);
  }

  #set(job: Job, change: Partial<UploadTask>): void {
    if (!this.#jobs.has(job.task.id)) return;
    job.task = { ...job.task, ...change };
    this.#changed();
  }

  #changed(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    // Thousands of small files change often, and a person sees no more than this.
    setTimeout(() => {
      this.#isTelling = false;
      this.#tasks = [...this.#jobs.values()].map(({ task }) => task);
      for (const changed of this.#watchers) changed();
    }, tellEveryMs);
  }
}

/** Whether an upload was begun by a page: only such a file gives its key. */
export function isKeyOfPage({ key, sizeBytes }: { readonly key: string; readonly sizeBytes: number }): boolean {
  return key.startsWith(`${sizeBytes}-`);
}

/** The same file gives the same key, also when the page was reloaded. */
export function keyOf({ name, size, lastModified }: File): string {
  return `${size}-${lastModified}-${name}`.slice(0, 128);
}

class SendRate {
  readonly #marks: { readonly atMs: number; readonly bytes: number }[] = [];

  /** Bytes per second of the last while, now that there are so many in all. */
  count(bytes: number): number {
    const atMs = performance.now();
    this.#marks.push({ atMs, bytes });
    while (this.#marks.length > 2 && (this.#marks[0]?.atMs ?? 0) < atMs - rateOverMs) this.#marks.shift();
    const first = this.#marks[0];
    if (first === undefined || atMs - first.atMs < 100) return 0;
    return ((bytes - first.bytes) * 1000) / (atMs - first.atMs);
  }
}

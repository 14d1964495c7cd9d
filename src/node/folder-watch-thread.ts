// Hears of changes in all bound folders of a node, by way of one thread, which lives as long as there is a folder to watch.

import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import type { Subscription, Timer, Timers } from "#glow";
import type { StartThread, WorkerThread } from "#platform/worker-thread.ts";
import type { WatchFolder } from "#store/folder/local-folder-agent.ts";
import { unpackError } from "./folder-packing.ts";
import type { FromWatchThread, ToWatchThread } from "./folder-watch-worker.ts";

interface Watched {
  readonly path: string;
  readonly changed: Parameters<WatchFolder>[0];
  readonly limited: NonNullable<Parameters<WatchFolder>[1]>;
}

export class FolderWatchThread {
  readonly #start: StartThread;
  readonly #timers: Timers;
  readonly #watched = new Map<number, Watched>();
  #thread: WorkerThread | undefined;
  #restart: Timer | undefined;
  #lastId = 0;

  /** `start` starts the script folder-watch-worker.ts. */
  constructor(start: StartThread, timers: Timers) {
    this.#start = start;
    this.#timers = timers;
  }

  /** As `FolderAgent.watch`, of the folder at `path`, which is a real path. */
  watch(path: string, ...[changed, limited = () => undefined]: Parameters<WatchFolder>): Subscription {
    const id = ++this.#lastId;
    this.#watched.set(id, { path, changed, limited });
    if (this.#thread !== undefined) this.#post({ type: "watch", id, path });
    else if (this.#restart === undefined) this.#startThread();
    return { stop: () => this.#stop(id) };
  }

  async close(): Promise<void> {
    this.#watched.clear();
    this.#restart?.cancel();
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  #stop(id: number): void {
    if (!this.#watched.delete(id)) return;
    this.#post({ type: "stop", id });
    if (this.#watched.size === 0) void this.close();
  }

  #startThread(): void {
    this.#restart = undefined;
    const thread = this.#start({
      message: (message) => this.#heard(message as FromWatchThread),
      ended: (reason) => {
        if (this.#thread === thread) this.#ended(reason);
      },
    });
    this.#thread = thread;
    for (const [id, { path }] of this.#watched) this.#post({ type: "watch", id, path });
  }

  #post(message: ToWatchThread): void {
    this.#thread?.post(message, []);
  }

  #heard(message: FromWatchThread): void {
    const watched = this.#watched.get(message.id);
    if (message.type === "changed") watched?.changed(message.folders);
    else watched?.limited(message.reason && unpackError(message.reason));
  }

  /** It crashed: another takes its place after a while, and says of each folder that anything may have changed. */
  #ended(reason: GlowError): void {
    this.#thread = undefined;
    const message = `changes are not seen just now, but soon again: ${reason.message}`;
    const limit = new GlowError("unavailable", "folder.watch", { message, cause: reason });
    for (const { limited } of this.#watched.values()) limited(limit);
    this.#restart = this.#timers.after(folderLimits.lookMs, () => {
      for (const { limited } of this.#watched.values()) limited(undefined);
      this.#startThread();
    });
  }
}

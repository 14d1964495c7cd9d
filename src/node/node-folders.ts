// The folders of this machine where the node runs on Node: with threads for the work on their files, as many as there are
// cores, and one that listens for changes.

import type { FolderAgent, Timers } from "#glow";
import { nodeThreads } from "#platform/nodejs/worker-thread.ts";
import type { BlockSealer } from "#store/content/block-sealer.ts";
import { LocalFolders } from "./local-folders.ts";
import { WorkerBlockSealer } from "./worker-block-sealer.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface NodeFoldersOptions {
  readonly timers: Timers;
  /** The folder that is the Disk. */
  readonly diskRoot: string;
  readonly threads: number;
}

export class NodeFolders {
  readonly #pool: WorkerPool;
  readonly #folders: LocalFolders;

  constructor({ timers, diskRoot, threads }: NodeFoldersOptions) {
    const start = nodeThreads(new URL("./folder-worker.ts", import.meta.url));
    this.#pool = new WorkerPool({ start, threads, timers });
    const startWatch = nodeThreads(new URL("./folder-watch-worker.ts", import.meta.url));
    this.#folders = new LocalFolders({ pool: this.#pool, hands: threads, startWatch, timers, diskRoot });
  }

  /** As `LocalFolders.open`. */
  open(path: string): Promise<FolderAgent> {
    return this.#folders.open(path);
  }

  /** Cuts and seals content in the same threads. */
  get sealer(): BlockSealer {
    return new WorkerBlockSealer(this.#pool);
  }

  /** After whoever uses the folders has let go of them. */
  async close(): Promise<void> {
    await this.#folders.close();
    await this.#pool.close();
  }
}

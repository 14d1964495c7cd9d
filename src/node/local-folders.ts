// Opens folders of this machine, to be bound to drives: their files are read and written by the threads of a pool, and what
// changes in them is heard by a thread of its own.

import type { Timers } from "#glow";
import type { LocalRootFacts } from "#platform/nodejs/local-root.ts";
import type { StartThread } from "#platform/worker-thread.ts";
import type { FolderAgent } from "#store/contracts.ts";
import { LocalFolderAgent } from "#store/folder/local-folder-agent.ts";
import { FolderWatchThread } from "./folder-watch-thread.ts";
import { PoolCrew } from "./pool-crew.ts";
import type { WorkerPool } from "./worker-pool.ts";

export interface LocalFoldersOptions {
  /** Its script serves `folderJobs`: folder-worker.ts does. */
  readonly pool: WorkerPool;
  /** How many threads of it may work in one folder. */
  readonly hands: number;
  /** Starts the script folder-watch-worker.ts. */
  readonly startWatch: StartThread;
  readonly timers: Timers;
  /** The folder that is the Disk. */
  readonly diskRoot: string;
}

export class LocalFolders {
  readonly #options: LocalFoldersOptions;
  readonly #watching: FolderWatchThread;

  constructor(options: LocalFoldersOptions) {
    this.#options = options;
    this.#watching = new FolderWatchThread(options.startWatch, options.timers);
  }

  /**
   * `path` may lead over links. `unavailable` if there is nothing (yet), `invalid` if it is no folder, `denied` if nothing
   * can be written to it. Open a folder once at a time: what an earlier opening was writing is cleared away.
   */
  async open(path: string): Promise<FolderAgent> {
    const { pool, hands, diskRoot } = this.#options;
    const facts = await pool.run<LocalRootFacts>("folder.open", path);
    return new LocalFolderAgent({
      caseSensitive: facts.caseSensitive,
      windowsNames: facts.windowsNames,
      crew: new PoolCrew(pool, hands, facts, diskRoot),
      watch: (...told) => this.#watching.watch(facts.path, ...told),
    });
  }

  /** Agents hear of nothing more. The pool is not closed. */
  close(): Promise<void> {
    return this.#watching.close();
  }
}

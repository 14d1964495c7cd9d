// What keeps two folders the same: the shape of each contestant.

import type { ProcessTree } from "./process-tree.ts";

export interface Synchroniser {
  /** With its version. */
  about(): string;
  /** Fails with what to install, if it is not there. */
  check(): void;
  /** Two running sides on two empty folders, which know each other and have nothing to do. */
  start(places: Places): Promise<RunningPair>;
}

export interface Places {
  /** For what each side keeps for itself. */
  readonly homes: readonly [string, string];
  readonly folders: readonly [string, string];
  /** Three ports that are free. */
  readonly ports: readonly [number, number, number];
}

export interface RunningPair {
  readonly processes: ProcessTree;
  /** Something has changed in the first folder. For those that have to be told, or that only run when they are called. */
  changed(): Promise<void>;
  stop(): Promise<void>;
}

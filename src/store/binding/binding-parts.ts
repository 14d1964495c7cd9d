// What the parts of one binding share: what it stands on, and what they tell one another.

import type { Clock, Crypto, Timers } from "#glow";
import type { Turns } from "#identity/turns.ts";
import type { BlobStore, BlobSupply, Drive, DriveVersion, FolderAgent, ObjectId, SealKeys } from "../contracts.ts";
import type { ChunkOpener } from "../content/chunk-opener.ts";
import type { AnnouncedRows } from "./announced-rows.ts";
import type { BegunRows } from "./begun-rows.ts";
import type { BindingRows, FolderSeat } from "./binding-rows.ts";
import type { LocalNames } from "./local-names.ts";
import type { Problems } from "./problems.ts";
import type { Progress } from "./progress.ts";

/** Where content comes from. */
export interface BindingContent {
  readonly blobs: BlobStore;
  readonly supply: Pick<BlobSupply, "want" | "isComing">;
  readonly opener: Pick<ChunkOpener, "open">;
}

export interface BindingParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly crypto: Crypto;
  readonly drive: Drive;
  /** The drive's folder that is bound. */
  readonly folder: ObjectId;
  readonly agent: FolderAgent;
  readonly content: BindingContent;
  /** As of now: a new epoch's are added while the binding runs. `denied` if this device has none. */
  keys(): SealKeys;
  readonly rows: BindingRows;
  readonly announced: AnnouncedRows;
  readonly begun: BegunRows;
  readonly names: LocalNames;
  /**
   * Rows are read to be changed, and changed, in one turn of this: it keeps a comparison of the folder with the rows apart
   * from what changes both. Nobody waits in a turn for content or for room in a queue.
   */
  readonly turns: Turns;
  readonly problems: Problems;
  readonly progress: Progress;
  fingerprintOf(version: Pick<DriveVersion, "content" | "target">): Uint8Array;
}

/** What the parts tell one another; all of it may be told twice, or for nothing. */
export interface BindingSignals {
  /** This folder (a path) is to be looked at. */
  hot(path: string): void;
  /** What lies at this path is, or does not lie there any more. */
  hotAt(path: string): void;
  /** A folder has another path by now: what was told of under the old one is to be found under this. */
  moved(folder: FolderSeat): void;
  /** The drive's side of these objects is to be looked at. */
  revisit(objects: readonly ObjectId[]): void;
  /** What was under way is done: what was passed over because of it can be looked at. */
  freed(): void;
}

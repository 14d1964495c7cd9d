// What is done in a bound folder, in jobs that are plain data both ways: so that any thread can do any of them, and a
// simulated world, which has no threads, all of them in place. None takes long: what is large is done in parts, so that a
// small thing never waits for a large one to end.

import type { GlowError } from "#base/errors.ts";
import type {
  DraftName,
  FilePart,
  FolderAction,
  LocalAttributes,
  LocalStat,
  NamesIn,
  ResealedChunk,
  ScanPage,
  SealedContent,
  SealKeys,
  SealRequest,
  SealResult,
} from "../contracts.ts";

export interface FolderJobs {
  /** Lists folders until there is a page; `rest` are those that it did not come to. */
  readonly scan: Job<
    { readonly folders: readonly string[] },
    { readonly page: ScanPage; readonly rest: readonly string[] }
  >;
  readonly find: Job<{ readonly wanted: readonly NamesIn[] }, ScanPage>;
  readonly stat: Job<{ readonly paths: readonly string[] }, readonly (LocalStat | undefined)[]>;
  readonly read: Job<
    { readonly paths: readonly string[]; readonly limitBytes: number },
    readonly (Uint8Array | undefined)[]
  >;
  /** Whole files. */
  readonly seal: Job<{ readonly files: readonly SealRequest[]; readonly keys: SealKeys }, readonly SealResult[]>;
  /**
   * A part of a large file, as if it were a content of its own. It ends where a chunk does: that place is told as soon as
   * it is known, long before the rest is done, so that somebody else can go on from there.
   */
  readonly sealPart: Job<PartRequest, SealResult, number>;
  /** The content that parts make up together; the chunks are those of its lists. */
  readonly sealLists: Job<{ readonly refs: PackedRefs; readonly keys: SealKeys }, SealedContent>;
  readonly reseal: Job<ResealRequest, readonly (Uint8Array | undefined)[]>;
  /** Writes what files are to hold, where nobody sees it. */
  readonly draft: Job<{ readonly parts: readonly DraftPart[]; readonly keys: SealKeys }, readonly Draft[]>;
  readonly discard: Job<{ readonly draft: DraftName }, undefined>;
  /** Does what the actions say, in their order. */
  readonly commit: Job<CommitRequest, readonly ActionResult[]>;
}

interface Job<Argument, Result, Told = never> {
  readonly argument: Argument;
  readonly result: Result;
  /** What it says before its end. */
  readonly told: Told;
}

export type FolderJob = keyof FolderJobs;
export type FileAction = FolderAction & { readonly type: "file" };
export type Draft = DraftName | GlowError;
export type ActionResult = LocalStat | GlowError | undefined;

export interface PartRequest {
  readonly file: SealRequest;
  /** Where a chunk begins. */
  readonly offset: number;
  readonly keys: SealKeys;
}

/** Many chunks, in one piece of memory each for their names (32 bytes) and sizes. */
export interface PackedRefs {
  readonly names: Uint8Array;
  readonly sizes: Float64Array;
}

export interface ResealRequest {
  readonly path: string;
  readonly chunks: readonly ResealedChunk[];
  readonly keys: SealKeys;
}

export interface DraftPart extends FilePart {
  /** With the last part. */
  readonly attributes?: Required<LocalAttributes>;
}

export interface CommitRequest {
  readonly actions: readonly FolderAction[];
  /** For each action the name of its draft, if it is a file. */
  readonly drafts: readonly (DraftName | undefined)[];
}

export interface RunOptions<Name extends FolderJob> {
  readonly signal?: AbortSignal;
  readonly told?: (value: FolderJobs[Name]["told"]) => void;
}

/** Who does the jobs. */
export interface FolderCrew {
  /** How many are done at once. */
  readonly hands: number;
  /** Fails as the job does; `cancelled` by the signal. */
  run<Name extends FolderJob>(
    job: Name,
    argument: FolderJobs[Name]["argument"],
    options?: RunOptions<Name>,
  ): Promise<FolderJobs[Name]["result"]>;
  close(): Promise<void>;
}

// A folder of this machine that may be bound to a drive's.

import type { GlowError } from "#base/errors.ts";
import type { Brand } from "#base/ids.ts";
import type { Subscription } from "#glow";
import type { ChunkRef, SealedContent } from "./content.ts";
import type { FileKind } from "./drive.ts";
import type { BlobId, ChunkName } from "./ids.ts";
import type { BlobPlace } from "./log.ts";
import type { ContentKey, SpaceSettings } from "./space.ts";

/**
 * What is known of a file of this machine. Two equal ones mean: not changed in between. A rename may change `changedNs`,
 * and a file of several names (hard links) has one `file`.
 */
export interface LocalStat {
  readonly kind: FileKind | "other";
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  /** Identity on its file system (the inode's number): it stays when the file is renamed, and over restarts. */
  readonly file: string;
  readonly mode: number;
}

export interface LocalEntry {
  /** Relative to the bound folder, with `/`, as the system has it. */
  readonly path: string;
  readonly stat: LocalStat;
}

/** A folder in which something has changed. */
export interface ChangedFolder {
  readonly path: string;
  /** What has come, gone or changed in it, as far as the system says so; undefined: anything may have. */
  readonly names: readonly string[] | undefined;
}

/** Some names in a folder. */
export interface NamesIn {
  readonly path: string;
  readonly names: readonly string[];
}

/** A bound folder, worked on in a worker where there is one: every call takes many, and may touch only what lies inside. */
export interface FolderAgent {
  readonly caseSensitive: boolean;
  /** Whether the system has the rules of Windows for names: `CON`, `a:b` and `a.` cannot be. */
  readonly windowsNames?: boolean;
  /**
   * What lies in the folders (all below, if `deep`), page by page, folders before what is in them. What has no name in
   * UTF-8, is no file, folder or link, or lies on another file system comes in `passed`, with why; so does a folder that
   * could not be listed whole.
   */
  scan(folders: readonly string[], deep: boolean): AsyncIterable<ScanPage>;
  /** The same of just these names, spelled as they are given; of those that are not there it says nothing. */
  find(wanted: readonly NamesIn[]): Promise<ScanPage>;
  stat(paths: readonly string[]): Promise<(LocalStat | undefined)[]>;
  /** Cuts and seals files as they are, results in any order. `conflict` if one changed while it was read: try later. */
  seal(files: readonly SealRequest[], keys: SealKeys): AsyncIterable<SealResult>;
  /** Makes the folder as told, in this order; one that fails stops none of the others. */
  apply(actions: readonly FolderAction[], keys: SealKeys): Promise<readonly (LocalStat | GlowError | undefined)[]>;
  /**
   * Writes a part of a file where nobody sees it, before all of the file is there: into a new draft, or into one that was
   * begun, also beside other parts of it. A "file" action gives it its place. If it fails, nothing is left of the draft.
   */
  draft(part: FilePart, keys: SealKeys): Promise<DraftName>;
  /** Removes a draft that is not to be placed; none is as good. */
  discard(draft: DraftName): Promise<void>;
  /** A small file's bytes, or a link's target in UTF-8; undefined if there is neither, or more than `limitBytes`. */
  read(paths: readonly string[], limitBytes: number): Promise<(Uint8Array | undefined)[]>;
  /** Chunks that lie in a file, sealed anew; undefined for one that is no longer what lies there. */
  reseal(path: string, chunks: readonly ResealedChunk[], keys: SealKeys): Promise<readonly (Uint8Array | undefined)[]>;
  /**
   * Folders in which something has changed; `undefined`: anything may have (overflow, start, the folder came back).
   * `limited` tells what keeps it from seeing everything at once, with the cure, and `undefined` when that is over;
   * meanwhile `changed` is called from time to time.
   */
  watch(
    changed: (folders: readonly ChangedFolder[] | undefined) => void,
    limited?: (reason: GlowError | undefined) => void,
  ): Subscription;
  close(): Promise<void>;
}

/**
 * A folder of this machine, as a platform lends it: synchronous, since that costs a fraction for small files, and so for
 * threads that may block. Whatever is done happens inside of it: paths are relative, names joined by `/`, and no part of one
 * is a link, now or when it is used (docs/storage.md says how far each system lets that be true).
 */
export interface LocalRoot {
  readonly caseSensitive: boolean;
  readonly windowsNames: boolean;
  /** Begins some work, which ends with `leave`. `unavailable` if the folder is not there: its disk was taken out. */
  enter(): LocalFolder;
}

/** What is being written lies apart until it is whole, in a folder of Glow's own at the top of the bound one. */
export type DraftName = Brand<string, "DraftName">;

/**
 * Errors of all methods: `invalid` for a path that leaves the folder or leads over a link, `denied`, `exhausted` (full, too
 * many files open), `corrupt` (medium), `unavailable` (the folder is gone), and those that are named.
 */
export interface LocalFolder {
  /** By the clock that stamps its files. */
  nowNs(): bigint;
  /**
   * What lies directly in it, or what of that has one of these names, as in `FolderAgent.scan`; `conflict` if another
   * folder took its place meanwhile.
   */
  list(folder: string, names?: readonly string[]): ScanPage;
  /** Of the thing itself, also if it is a link; undefined if there is nothing. */
  stat(path: string): LocalStat | undefined;
  /** A file, to be read; nothing else is ever opened. `not-found`. */
  open(path: string): LocalFile;
  /** A link's target, as text. `invalid` if it is none or not in UTF-8, `not-found`. */
  target(path: string): string;
  /**
   * A file that nobody sees: a new one, or one that was paused, to be written to from `offset` on, also beside others who
   * write other parts of it. What is not placed is gone when the folder is opened next. `sizeBytes` is what is going to be
   * written there, about: what is large may go another way to the medium.
   */
  draftFile(draft?: DraftName, offset?: number, sizeBytes?: number): LocalDraft;
  /** The same for a link. `unsupported` where there are none. */
  draftLink(target: string): DraftName;
  discard(draft: DraftName): void;
  /** Room for drafts, as far as the file system says: of quotas it knows nothing. Infinite if it says nothing. */
  freeBytes(): number;
  /**
   * Gives a draft its place, atomically: whoever looks sees what was there, or all of it. `conflict` unless what is there is
   * what was `expected` (undefined: nothing): then all is as it was.
   */
  place(draft: DraftName, path: string, expected: LocalStat | undefined): LocalStat;
  /** `already-exists`. */
  makeFolder(path: string, mode: number): LocalStat;
  /** `not-found`; `conflict` if there is something at `to`, or something else than `expected` at `path`. */
  move(path: string, to: string, expected: LocalStat): LocalStat;
  /** `conflict` if there is something else than `expected`, or something in the folder. None if there is nothing. */
  remove(path: string, expected: LocalStat): void;
  /** As far as the file system keeps them: what it made of them is in the answer. A link's mode stays. `not-found`. */
  change(path: string, attributes: LocalAttributes): LocalStat;
  /** These drafts, and all that was done here since it was entered, are on the medium when it returns. */
  sync(drafts: readonly DraftName[]): void;
  leave(): void;
}

export interface LocalAttributes {
  /** Permission bits. */
  readonly mode?: number;
  readonly modifiedNs?: bigint;
}

export interface LocalFile {
  stat(): LocalStat;
  /** Fills `target` (borrowed) from `offset`, and says how far: less only at the end of the file. */
  read(target: Uint8Array, offset: number): number;
  close(): void;
}

export interface LocalDraft {
  readonly name: DraftName;
  /** Behind what was written before through this; borrowed. */
  write(bytes: Uint8Array): void;
  /** Lets go of it, to be gone on with; what was written is on the medium. */
  pause(): void;
  finish(attributes: Required<LocalAttributes>): void;
  /** Removes it; also when one of the others has failed. */
  abandon(): void;
}

export interface ScanPage {
  readonly entries: readonly LocalEntry[];
  readonly passed: readonly { readonly path: string; readonly reason: GlowError }[];
}

/** What a worker needs of a space's keys: plain bytes. */
export interface SealKeys {
  readonly current: ContentKey;
  readonly all: readonly ContentKey[];
  readonly boundarySeed: Uint8Array;
  /** The space's settings; left out for the default ones. */
  readonly chunks?: SpaceSettings["chunks"];
}

export interface SealRequest {
  readonly path: string;
  readonly expected: LocalStat;
  /** Whether the stored bytes are wanted; else the file itself backs them. `too-large` past `folderLimits.sealedFileBytes`. */
  readonly bytes: boolean;
  /** Chunks that are there already: not sealed again, which takes most of the time, and not in the result's `chunks`. */
  readonly known?: readonly ChunkName[];
}

export interface ResealedChunk {
  readonly chunk: ChunkRef;
  /** Where in the file it lies. */
  readonly offset: number;
  /** What it has to come out as. Left out: as whatever has the chunk's name, under any of the keys. */
  readonly blob?: BlobId;
}

export interface SealResult {
  readonly path: string;
  readonly result: SealedContent | GlowError;
}

/** Where a chunk lies in a file of a bound folder; its file may be the one that is being replaced. */
export interface LocalPlace {
  readonly local: string;
  readonly offset: number;
}

/** A chunk in a pack, sealed in memory, or in clear in a file of the folder (checked). */
export interface SourcedChunk {
  readonly chunk: ChunkRef;
  readonly from: BlobPlace | Uint8Array | LocalPlace;
}

/** Chunks that lie one behind the other in a file. */
export interface FilePart {
  /** Of the file: for what goes wrong. */
  readonly path: string;
  readonly chunks: readonly SourcedChunk[];
  /** Where in the file it begins. */
  readonly offset: number;
  /** What it is written into; left out: a new one. */
  readonly draft?: DraftName;
  /** How much is to be written of the file from now on: `exhausted` before anything is if there is less room than that. */
  readonly neededBytes?: number;
}

/**
 * `expected` is what must be there before (undefined: nothing), or the action fails as `conflict` and changes nothing. A
 * file is written beside its place and put there by a rename, with mode and time, when it is whole and on the medium.
 */
export type FolderAction =
  | { readonly type: "folder"; readonly path: string; readonly mode: number }
  | { readonly type: "link"; readonly path: string; readonly target: string; readonly expected: LocalStat | undefined }
  | {
      readonly type: "file";
      readonly path: string;
      readonly expected: LocalStat | undefined;
      readonly mode: number;
      readonly modifiedNs: bigint;
      /** Content in its order; from nowhere comes what the draft holds already. */
      readonly chunks: readonly { readonly chunk: ChunkRef; readonly from: SourcedChunk["from"] | undefined }[];
      /** What was written of it before; gone, whatever comes of the action. */
      readonly draft?: DraftName;
    }
  | { readonly type: "move"; readonly path: string; readonly to: string; readonly expected: LocalStat }
  | {
      readonly type: "attributes";
      readonly path: string;
      readonly mode?: number;
      readonly modifiedNs?: bigint;
      /** Left out: whatever is there. */
      readonly expected?: LocalStat;
    }
  /** A folder goes only if it is empty. `not-found` if there is nothing: it may have been moved. */
  | { readonly type: "remove"; readonly path: string; readonly expected: LocalStat };

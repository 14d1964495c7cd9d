// A tree of files, as it shows in the entries of a space.

import type { DeviceId, Subscription } from "#glow";
import type { Content, SealedChunk } from "./content.ts";
import type { BlobId, ChunkName, ObjectId } from "./ids.ts";
import type { BatchHeader, EntryId, Space } from "./space.ts";

export type FileKind = "folder" | "file" | "link";

/** An object of a drive as it shows. */
export interface DriveEntry {
  readonly object: ObjectId;
  readonly kind: FileKind;
  /** As it shows: where several objects have one name in one folder, all but the first get a mark of their id. */
  readonly name: string;
  /** Of a file's content, or a link's target; 0 for a folder. */
  readonly sizeBytes: number;
  /** Nanoseconds since 1970 UTC: the file's own time, as its writer had it. */
  readonly modifiedNs: bigint;
  /** Permission bits, 0 to 0o777. */
  readonly mode: number;
  /** Versions that nobody has seen together: more than one is a conflict. */
  readonly versions: number;
}

/** An object with where it lies and what it holds: what whoever keeps a copy of the tree compares. */
export interface DriveState extends DriveEntry {
  /** As the tree shows: the trash itself for what was removed, and its own folder for what lies in a removed one. */
  readonly parent: ObjectId;
  /** Of a file or link: the versions that no later one replaces, newest first. The first is the one that shows. */
  readonly heads: readonly DriveVersion[];
}

/** Something that lies in the trash, with all that is in it. */
export interface RemovedEntry extends DriveEntry {
  /** The folder in which it was; left out if that is not in the tree any more. */
  readonly from?: ObjectId;
  readonly removedMs: number;
  readonly removedBy: DeviceId;
}

/** A version of a file's content: the entry that wrote it. */
export interface DriveVersion {
  readonly id: EntryId;
  readonly author: DeviceId;
  readonly timeMs: number;
  readonly modifiedNs: bigint;
  /** A file's; a link has its `target` instead. */
  readonly content?: Content;
  readonly target?: string;
  /** No later version replaces it. The first of these is the one that shows. */
  readonly head: boolean;
}

/** What a change does; ids of new objects are given by `Drive.newObject`, so that later steps can name them. */
export type DriveStep =
  | {
      readonly type: "create";
      readonly object: ObjectId;
      readonly parent: ObjectId;
      readonly name: string;
      readonly mode?: number;
      readonly modifiedNs?: bigint;
    }
  | { readonly type: "move"; readonly object: ObjectId; readonly parent: ObjectId; readonly name: string }
  /** To the trash, with all that is in it. */
  | { readonly type: "remove"; readonly object: ObjectId }
  /** Replaces the versions that `replaces` names (left out: all that are heads now). */
  | {
      readonly type: "content";
      readonly object: ObjectId;
      readonly content: Content;
      readonly modifiedNs: bigint;
      readonly replaces?: readonly EntryId[];
    }
  | {
      readonly type: "target";
      readonly object: ObjectId;
      readonly target: string;
      readonly modifiedNs: bigint;
      readonly replaces?: readonly EntryId[];
    }
  | {
      readonly type: "attributes";
      readonly object: ObjectId;
      readonly mode?: number;
      readonly modifiedNs?: bigint;
      /** Of the root: what people call the drive. */
      readonly name?: string;
      /** Of the root: whether people have put the drive away. */
      readonly retired?: boolean;
    };

/**
 * Sealed chunks that a change brings along; their bytes were put into the BlobStore, or a BlobSource has them. Those of a
 * very large file may come in changes before, which have no steps.
 */
export interface DriveChange {
  readonly steps: readonly DriveStep[];
  readonly chunks: readonly SealedChunk[];
  /** As `BatchDraft.announce`. */
  readonly announce?: (header: BatchHeader) => Promise<void>;
}

/**
 * Files and folders in a space: a replicated tree (Kleppmann et al., 2021). Paths are names joined by `/`; `""` is the root.
 * Folders of one name in one folder show as one, which holds what is in any of them: under the id of the first, by which
 * all of them are moved and removed. Questions about another one of them are answered with that one.
 */
export interface Drive {
  readonly space: Space;
  readonly root: ObjectId;
  readonly trash: ObjectId;
  newObject(kind: FileKind): ObjectId;
  /**
   * One atomic change, prepared when its turn has come, on a state that does not change meanwhile. `invalid` for a name
   * that no file system bears, `not-found` for an object that is not there, `already-exists` for a name that is taken,
   * `too-large` for too many steps or too deep a folder. Chunks that were placed before are not placed again.
   */
  change(prepare: () => Promise<DriveChange> | DriveChange): Promise<BatchHeader>;
  /** What people call the drive: of several names the one that was written last. Undefined if it was never named. */
  name(): Promise<string | undefined>;
  /** Whether people have put the drive away: of several that said so or not, the last. It is as it was in all else. */
  isRetired(): Promise<boolean>;
  /** Undefined if there is nothing. */
  find(path: string): Promise<DriveEntry | undefined>;
  entry(object: ObjectId): Promise<DriveEntry | undefined>;
  /** Of many objects at once, in the trash or not; undefined for what no batch has placed, and for root and trash. */
  states(objects: readonly ObjectId[]): Promise<readonly (DriveState | undefined)[]>;
  /** Of an object in the tree; undefined if it is in the trash or nowhere. */
  path(object: ObjectId): Promise<string | undefined>;
  /**
   * In the order of names (in normal form C, by code unit), after the given name; those with a mark right behind the one
   * whose name they share. At most `driveLimits.page`.
   */
  list(folder: ObjectId, after: string | undefined, limit: number): Promise<readonly DriveEntry[]>;
  /** What is in a folder by names that differ only by upper and lower case: no conflict here, but on some systems. */
  clashes(folder: ObjectId): Promise<readonly (readonly DriveEntry[])[]>;
  /** All versions, newest first, those older than `after`. To restore one, write its content anew. */
  history(object: ObjectId, limit: number, after?: EntryId): Promise<readonly DriveVersion[]>;
  /** Those that are heads, newest first; of several that say the same, one. */
  versions(object: ObjectId): Promise<readonly DriveVersion[]>;
  /** What has more than one version, or was removed by one and edited by another who had not seen it. */
  conflicts(limit: number): Promise<readonly DriveConflict[]>;
  /** What was removed and not from within a removed folder, the last first, after an object of the page before. */
  removed(after: ObjectId | undefined, limit: number): Promise<readonly RemovedEntry[]>;
  /**
   * Brings objects back from the trash to where they were (the root, if that is gone; folders in between that were removed
   * are made anew), with a mark where their names are taken by now. `not-found` for what is not in the trash.
   */
  restore(objects: readonly ObjectId[]): Promise<BatchHeader>;
  /**
   * Brings back what others have removed while this device, not knowing of it, edited it, and says how many objects that
   * were. To be called when batches have come: each device does it for its own edits alone.
   */
  rescue(): Promise<number>;
  /** Where a chunk lies; undefined if no placement of it is here. */
  placements(names: readonly ChunkName[]): Promise<(BlobId | undefined)[]>;
  /**
   * Objects that a batch touched or whose name it made show otherwise, after it was applied, from here or a peer. A folder
   * stands for all that is in it. `reset`: anything may be something else now, as batches no longer count.
   */
  watch(changed: (objects: readonly ObjectId[], batch: BatchHeader) => void, reset?: () => void): Subscription;
}

export interface DriveConflict {
  readonly object: ObjectId;
  readonly reason: "versions" | "removed-and-edited";
  readonly versions: readonly DriveVersion[];
}

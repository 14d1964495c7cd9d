// What the parts of the store are to one another, and to the rest of a node: types only, re-exported by src/glow.ts.
//
//   log          batches and packs of chunks on a Disk that fails: the truth;
//   space        signed batches of a space's members, and the keys that open them;
//   content      content cut into chunks, each compressed, sealed, and named by the hash of what is stored;
//   replication  two holders of a space become alike;
//   drive        a tree of files seen in a space's entries;
//   binding      a drive's folder and a folder of this machine, kept the same.
//
// A *holder* keeps a space's batches and blobs; to verify and to serve them it needs no keys. A *member* has keys, and
// sees entries. What the bytes look like is in docs/storage.md.

import type { GlowError } from "../base/errors.ts";
import type { Brand } from "../base/ids.ts";
import type { DeviceId, Hash, NodeId, PublicKey, Subscription, Tagged, UserId } from "../glow.ts";

/** The hash of a space's first batch, as text (`idText`). */
export type SpaceId = Brand<string, "SpaceId">;
/** Its kind (1 byte) and 15 random bytes, as text (`idText`): an object never changes its kind. */
export type ObjectId = Brand<string, "ObjectId">;
/** The hash of a chunk as stored (compressed and sealed), so that a host without keys can verify it. */
export type BlobId = Brand<Tagged, "BlobId">;
/** A keyed hash of a chunk's plaintext (32 bytes): what a sealed entry commits to, and the key that seals the chunk. */
export type ChunkName = Brand<Uint8Array, "ChunkName">;

// ---------------------------------------------------------------------------------------------------- log

/** Where a record lies: never moves while it is not removed, but for compaction. Orders as it was appended. */
export interface LogPlace {
  readonly segment: number;
  readonly offset: number;
}

/** Signed batches of all spaces, on a Disk. It checks none: that is what `Space` is for. */
export interface BatchLog {
  /** All at once, one sync for all that wait. Durable when it resolves; `exhausted` if the disk is full: then none is in. */
  append(batches: readonly LoggedBatch[]): Promise<readonly LogPlace[]>;
  /** `corrupt` if the medium has damaged it, `not-found` if there is none. */
  read(place: LogPlace): Promise<LoggedBatch>;
  /** Up to what was there at the call, oldest first; what is damaged is passed over, and told of in `damage`. */
  scan(after?: LogPlace): AsyncIterable<LoggedBatch & { readonly place: LogPlace }>;
  /** What was found damaged so far: never silently dropped. A peer may have it. */
  readonly damage: readonly LogDamage[];
  close(): Promise<void>;
}

export interface LoggedBatch {
  readonly space: SpaceId;
  readonly batch: Uint8Array;
}

export interface LogDamage {
  readonly path: string;
  readonly offset: number;
  readonly lengthBytes: number;
}

/** Sealed chunks by the hash of their stored bytes, in packs on a Disk. */
export interface BlobStore {
  /**
   * Takes them; durable after `sync`. One that is there already costs nothing. The caller has checked that the bytes are
   * those of the id. `exhausted` if the disk is full: what was taken before stays.
   */
  put(blobs: readonly StoredBlob[]): Promise<void>;
  /** All that was put before is on the medium when it resolves. Calls that wait share one sync. */
  sync(): Promise<void>;
  has(ids: readonly BlobId[]): Promise<boolean[]>;
  /** `not-found`, or `corrupt` if the medium has damaged it (it then counts as missing); never wrong bytes. */
  get(id: BlobId): Promise<Uint8Array>;
  /** Where they lie, for workers that read by themselves, and check what they read. Undefined if not in a pack. */
  places(ids: readonly BlobId[]): Promise<(BlobPlace | undefined)[]>;
  /** Their room is free after the next compaction. Durable at some later time. */
  remove(ids: readonly BlobId[]): Promise<void>;
  /** Rewrites the packs of which much is dead. May be called at any time; a crash at any point loses nothing. */
  compact(): Promise<void>;
  usage(): Promise<{ readonly blobs: number; readonly bytes: number; readonly deadBytes: number }>;
  close(): Promise<void>;
}

export interface StoredBlob {
  readonly id: BlobId;
  readonly stored: Uint8Array;
}

/** A path on the Disk, and where in it the stored bytes lie. */
export interface BlobPlace {
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Yields stored bytes that are in no pack: a file of a bound folder backs its chunks, and they are sealed anew. */
export interface BlobSource {
  has(ids: readonly BlobId[]): Promise<boolean[]>;
  /** Undefined if it has not (or no longer) what belongs to the id. What it gives has the id's hash. */
  get(id: BlobId): Promise<Uint8Array | undefined>;
}

// -------------------------------------------------------------------------------------------------- space

/** An entry of a batch: the batch's hash and its number in it. */
export interface EntryId {
  readonly batch: Hash;
  readonly index: number;
}

/** A value for a register of an object. It replaces the values that its author had seen there. */
export interface Entry {
  readonly object: ObjectId;
  readonly register: number;
  /** Of the typed store; deterministic CBOR. */
  readonly value: Uint8Array;
  readonly replaces: readonly EntryId[];
}

/** Where a chunk lies: not part of what an entry commits to, so that it can be said anew. */
export interface ChunkPlacement {
  readonly name: ChunkName;
  readonly blob: BlobId;
}

/** What one writes: atomic, under one signature. */
export interface BatchDraft {
  readonly entries: readonly Entry[];
  readonly placements: readonly ChunkPlacement[];
  /** New blobs with their stored sizes, in clear, so that hosts without keys know what belongs to the space. */
  readonly blobs: readonly BlobOffer[];
}

export interface BlobOffer {
  readonly id: BlobId;
  readonly sizeBytes: number;
}

/** What is known of a batch without keys. */
export interface BatchHeader {
  readonly hash: Hash;
  readonly space: SpaceId;
  readonly author: DeviceId;
  /** Grows by one when a device finds that it lost batches that others have (its disk was restored from a backup). */
  readonly incarnation: number;
  /** From 1, per author and incarnation. */
  readonly sequence: number;
  /** Batches that its author knew and no other of these builds on; the author's own last one comes first. */
  readonly parents: readonly Hash[];
  /** One more than the greatest of its parents'; 1 for the first. Checked, so nobody can run ahead or lag behind. */
  readonly stamp: number;
  /** The author's wall clock. For people: nothing is decided by it. */
  readonly timeMs: number;
}

/** A batch as members see it. Entries are ordered by (stamp, author, incarnation, sequence, hash, index), the same everywhere. */
export interface OpenedBatch extends BatchHeader {
  readonly entries: readonly Entry[];
  readonly placements: readonly ChunkPlacement[];
  readonly blobs: readonly BlobOffer[];
}

/** The last batch of one author's incarnation that is here with all before it. */
export interface AuthorPosition {
  readonly author: DeviceId;
  readonly incarnation: number;
  readonly sequence: number;
  readonly hash: Hash;
}

/** What became of a batch that a peer brought. `waiting`: for parents, statements or a key; it is on disk. */
export type Taken = "taken" | "known" | "waiting" | "quarantined";

/** A batch that is kept and shown, and does not count. */
export interface QuarantinedBatch {
  readonly hash: Hash;
  readonly author: DeviceId;
  readonly incarnation: number;
  readonly sequence: number;
  readonly reason: GlowError;
}

/** Two batches at one position: a device's key is in two places, or its disk was restored. Both count. */
export interface BatchFork {
  readonly author: DeviceId;
  readonly incarnation: number;
  readonly sequence: number;
  readonly batches: readonly Hash[];
}

/** A set of objects with registers, written by its members in signed batches, replicated among its holders. */
export interface Space {
  readonly id: SpaceId;
  readonly type: string;
  /** Whether this device has the keys. */
  readonly readable: boolean;
  /** Undefined without keys. */
  readonly keys: ContentKeys | undefined;

  /**
   * One atomic batch, built on all that is here. Durable (its blobs too, which were put before), applied and on its way
   * to peers when it resolves. `denied` if this device may not write, `exhausted` if the disk is full, `too-large`.
   * `prepare` runs when it is this batch's turn, on a state that no other batch changes meanwhile.
   */
  write(prepare: () => Promise<BatchDraft> | BatchDraft): Promise<BatchHeader>;

  /**
   * Takes in a peer's batch. Durable when it resolves. `corrupt` (signature, root), `invalid` (shape), `too-large`,
   * `exhausted` (too many wait, disk full) for what is not kept.
   */
  take(batch: Uint8Array): Promise<Taken>;
  /** Every author's last batch; in memory. */
  positions(): readonly AuthorPosition[];
  /** The bytes of what lies after the given positions, parents first, or undefined at the end. Quarantined ones too. */
  after(positions: readonly AuthorPosition[]): AsyncIterable<HeldBatch>;
  batches(hashes: readonly Hash[]): AsyncIterable<HeldBatch>;
  /** The hashes of all batches held, for fingerprints; sorted by bytes. */
  hashes(): Promise<readonly Hash[]>;
  /** Called after each batch that came in, from here or a peer, in their order. */
  watch(came: (batch: HeldBatch) => void): Subscription;

  /** Offers of all batches whose blobs are not all here, oldest first, page by page. */
  missingBlobs(after: BlobId | undefined, limit: number): Promise<readonly BlobOffer[]>;
  quarantined(): Promise<readonly QuarantinedBatch[]>;
  forks(): readonly BatchFork[];
  /** What batches wait for: statements of the user, parents, keys. For people and for `doctor`. */
  waiting(): { readonly batches: number; readonly parents: readonly Hash[] };
  /** Lets a node hold the space without keys. Only a member may say so. */
  addHost(device: DeviceId): Promise<void>;
  /** Members and hosts: whom a holder gives the space to. */
  readonly holders: ReadonlySet<DeviceId>;
}

export interface HeldBatch {
  readonly header: BatchHeader;
  readonly bytes: Uint8Array;
  readonly blobs: readonly BlobOffer[];
}

/** What a space's keys give to content; `find` a key of an earlier epoch, by the id in front of what it sealed. */
export interface ContentKeys {
  readonly current: ContentKey;
  find(id: Uint8Array): ContentKey | undefined;
  /** Where content is cut follows from it (32 bytes): never changes, so that a new key cuts the same. */
  readonly boundarySeed: Uint8Array;
}

export interface ContentKey {
  /** 8 bytes, in clear in front of what was sealed. */
  readonly id: Uint8Array;
  /** 32 bytes each: names chunks, and makes nonces. */
  readonly naming: Uint8Array;
  readonly nonces: Uint8Array;
}

/** Who may write: the user's signed statements, as a space sees them. */
export interface Membership {
  readonly user: UserId;
  /** What a batch names, so that others can tell what its author knew. */
  heads(): readonly Hash[];
  /** Whether all these statements are here; if not, a batch that names them waits. */
  knows(heads: readonly Hash[]): boolean;
  /**
   * What a batch of this author, signed with this key, counts as. `accepted`: of a revoked device, batches up to this
   * sequence of its last incarnation go on to count.
   */
  standing(author: DeviceId, key: PublicKey, space: SpaceId): Standing;
  /** The devices that get keys: all that are not revoked, with their current keys. */
  readers(): readonly {
    readonly device: DeviceId;
    readonly key: PublicKey;
    readonly role: "admin" | "device" | "tab";
  }[];
  watch(changed: () => void): Subscription;
}

export type Standing =
  | { readonly type: "member" }
  | { readonly type: "revoked"; readonly accepted: number }
  | { readonly type: "stranger" };

/** One kind of store (drive, ...): a view of a space's entries, kept in the index, with its merge rule. */
export interface TypedStore {
  readonly type: string;
  /**
   * Takes in a batch, parents before children, each once, one at a time; its changes and the mark that it was applied are
   * written at once. It must depend on nothing but the batches, and end the same for every order that puts parents first.
   * A hostile member wrote what makes no sense: it is passed over, never an error.
   */
  apply(batch: OpenedBatch, view: IndexView): Promise<void>;
  /** Called after it is written. */
  applied(batch: OpenedBatch): void;
}

/** The part of an index that belongs to one store of one space, with changes that are not written yet. */
export interface IndexView {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /** From `from` up to but not including `to`, in the order of bytes. */
  range(from: Uint8Array, to: Uint8Array, limit: number): Promise<IndexRow[]>;
  put(key: Uint8Array, value: Uint8Array): void;
  remove(key: Uint8Array): void;
}

export interface IndexRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

// ------------------------------------------------------------------------------------------------ content

/** A chunk of content: what it is called and how long it is in clear. */
export interface ChunkRef {
  readonly name: ChunkName;
  readonly sizeBytes: number;
}

/** Content as an entry has it. Of long content the chunks hold lists of further chunks; `depth` 0 is content itself. */
export interface Content {
  readonly sizeBytes: number;
  readonly depth: number;
  readonly chunks: readonly ChunkRef[];
}

/** A chunk that was cut and sealed. `stored` is left out where nobody asked for it. */
export interface SealedChunk extends ChunkRef {
  readonly blob: BlobId;
  readonly storedBytes: number;
  readonly stored?: Uint8Array;
}

/** Content that was cut and sealed: what an entry says, and all chunks, those of lists too, each once. */
export interface SealedContent {
  readonly content: Content;
  readonly chunks: readonly SealedChunk[];
}

// -------------------------------------------------------------------------------------------- replication

/** What one holder asks another about one space. `services/replica` puts it on Firefly; all errors are those of calls. */
export interface Replica {
  /**
   * First what the holder has and `known` has not, parents first, then what comes to it, until it is returned. With
   * `diverged` it says that positions do not tell the difference: compare fingerprints.
   */
  follow(known: readonly AuthorPosition[]): AsyncIterable<ReplicaEvent>;
  /** Of ranges of batch hashes, from `from` up to but not including `to` (undefined: to the end): how many, and their sum. */
  fingerprints(ranges: readonly HashRange[]): Promise<readonly RangeFingerprint[]>;
  /** The hashes within a range; `too-large` past a limit. */
  hashes(range: HashRange): Promise<readonly Hash[]>;
  batches(hashes: readonly Hash[]): AsyncIterable<Uint8Array>;
  /** In the order asked for; `stored` is undefined if the holder has it not. */
  fetch(blobs: readonly BlobId[]): AsyncIterable<{ readonly id: BlobId; readonly stored: Uint8Array | undefined }>;
  /** The caller holds durably, with all blobs, everything up to these positions. */
  acknowledge(positions: readonly AuthorPosition[]): Promise<void>;
}

export type ReplicaEvent =
  /** `complete`: the holder has all its blobs. */
  | { readonly type: "batch"; readonly batch: Uint8Array; readonly complete: boolean }
  /** Up to these positions the holder has come to have all blobs. */
  | { readonly type: "complete"; readonly positions: readonly AuthorPosition[] }
  | { readonly type: "diverged" };

export interface HashRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array | undefined;
}

export interface RangeFingerprint {
  readonly count: number;
  /** 32 bytes; two ranges with the same fingerprint hold the same. */
  readonly fingerprint: Uint8Array;
}

/** How the store reaches other holders; it knows no socket. `node/` wires it to the mesh. */
export interface Peers {
  /** Called for each peer that can be asked, whoever began it; `lost` when it can be asked no more. */
  watch(found: (peer: Peer) => { lost(reason: GlowError): void }): Subscription;
}

export interface Peer {
  readonly node: NodeId;
  readonly device: DeviceId;
  /** Spaces that the peer holds and would give to this device. */
  spaces(): Promise<readonly SpaceId[]>;
  /** `not-found` if it has none, `denied` if it does not give it. */
  open(space: SpaceId): Promise<Replica>;
}

/** How far a space is replicated, for faces. */
export interface SpaceProgress {
  readonly peers: readonly PeerProgress[];
  readonly missingBlobs: number;
  readonly missingBytes: number;
}

export interface PeerProgress {
  readonly device: DeviceId;
  /** What it said that it holds, with all blobs. */
  readonly holds: readonly AuthorPosition[];
  readonly connected: boolean;
}

// -------------------------------------------------------------------------------------------------- drive

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
  | { readonly type: "attributes"; readonly object: ObjectId; readonly mode?: number; readonly modifiedNs?: bigint };

/** Sealed chunks that a change brings along; their bytes were put into the BlobStore, or a BlobSource has them. */
export interface DriveChange {
  readonly steps: readonly DriveStep[];
  readonly chunks: readonly SealedChunk[];
}

/** Files and folders in a space: a replicated tree (Kleppmann et al., 2021). Paths are names joined by `/`; `""` is the root. */
export interface Drive {
  readonly space: Space;
  readonly root: ObjectId;
  readonly trash: ObjectId;
  newObject(kind: FileKind): ObjectId;
  /**
   * One atomic change, prepared when its turn has come, on a state that does not change meanwhile. `invalid` for a name
   * that no file system bears, `not-found` for an object that is not there, `already-exists` for a name that is taken.
   */
  change(prepare: () => Promise<DriveChange> | DriveChange): Promise<BatchHeader>;
  /** Undefined if there is nothing. */
  find(path: string): Promise<DriveEntry | undefined>;
  entry(object: ObjectId): Promise<DriveEntry | undefined>;
  /** Of an object in the tree; undefined if it is in the trash or nowhere. */
  path(object: ObjectId): Promise<string | undefined>;
  /** In the order of names, by code unit, after the given name. */
  list(folder: ObjectId, after: string | undefined, limit: number): Promise<readonly DriveEntry[]>;
  /** Newest first. */
  history(object: ObjectId, limit: number): Promise<readonly DriveVersion[]>;
  versions(object: ObjectId): Promise<readonly DriveVersion[]>;
  /** What has more than one version, or was removed by one and edited by another who had not seen it. */
  conflicts(limit: number): Promise<readonly DriveConflict[]>;
  /** Where a chunk lies; undefined if no placement of it is here. */
  placements(names: readonly ChunkName[]): Promise<(BlobId | undefined)[]>;
  /** Objects that a batch touched, after it was applied, from here or a peer. */
  watch(changed: (objects: readonly ObjectId[], batch: BatchHeader) => void): Subscription;
}

export interface DriveConflict {
  readonly object: ObjectId;
  readonly reason: "versions" | "removed-and-edited";
  readonly versions: readonly DriveVersion[];
}

// ------------------------------------------------------------------------------------------------ binding

/** What is known of a file of this machine. Two equal ones mean: not changed in between. */
export interface LocalStat {
  readonly kind: FileKind | "other";
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  /** Identity on its file system (device and inode): it stays when the file is renamed. */
  readonly file: string;
  readonly mode: number;
}

export interface LocalEntry {
  /** Relative to the bound folder, with `/`, as the system has it. */
  readonly path: string;
  readonly stat: LocalStat;
}

/** A bound folder, worked on in a worker where there is one: every call takes many, and may touch only what lies inside. */
export interface FolderAgent {
  readonly caseSensitive: boolean;
  /**
   * What lies in the folders (all below, if `deep`), page by page, folders before what is in them. What has no name in
   * UTF-8, is no file, folder or link, or lies on another file system comes in `passed`, with why.
   */
  scan(folders: readonly string[], deep: boolean): AsyncIterable<ScanPage>;
  stat(paths: readonly string[]): Promise<(LocalStat | undefined)[]>;
  /** Cuts and seals files as they are, results in any order. `conflict` if one changed while it was read: try later. */
  seal(files: readonly SealRequest[], keys: SealKeys): AsyncIterable<SealResult>;
  /** Makes the folder as told, in this order; one that fails stops none of the others. */
  apply(actions: readonly FolderAction[], keys: SealKeys): Promise<readonly (LocalStat | GlowError | undefined)[]>;
  /** The chunk that lies at this place of a file, sealed anew; undefined if that is no longer what lies there. */
  reseal(path: string, offset: number, chunk: ChunkRef, keys: SealKeys): Promise<Uint8Array | undefined>;
  /** Folders in which something has changed; `undefined`: anything may have (overflow, start). */
  watch(changed: (folders: readonly string[] | undefined) => void): Subscription;
  close(): Promise<void>;
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
}

export interface SealRequest {
  readonly path: string;
  readonly expected: LocalStat;
  /** Whether the stored bytes are wanted; else the file itself backs them. */
  readonly bytes: boolean;
}

export interface SealResult {
  readonly path: string;
  readonly result: SealedContent | GlowError;
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
      readonly chunks: readonly { readonly chunk: ChunkRef; readonly from: BlobPlace | Uint8Array }[];
    }
  | { readonly type: "move"; readonly path: string; readonly to: string; readonly expected: LocalStat }
  | { readonly type: "attributes"; readonly path: string; readonly mode?: number; readonly modifiedNs?: bigint }
  /** A folder goes only if it is empty. */
  | { readonly type: "remove"; readonly path: string; readonly expected: LocalStat };

// Signed batches of a space's members, the keys that open them, and the typed stores that see them.

import type { GlowError } from "#base/errors.ts";
import type { DeviceId, Hash, PublicKey, Subscription, UserId } from "#glow";
import type { BlobId, ChunkName, ObjectId, SpaceId } from "./ids.ts";

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
  /**
   * Called before the batch is written, which waits for it: whoever notes here what is to follow from the batch finds the
   * note after a crash, and `Space.batches` says whether the batch came to be. If it fails, nothing is written.
   */
  readonly announce?: (header: BatchHeader) => Promise<void>;
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

/** Where a batch stands among those of its author. */
export type BatchPosition = Pick<BatchHeader, "hash" | "author" | "incarnation" | "sequence">;

/** A batch of which blobs are missing: how many; those that several batches offer are counted with one of them. */
export interface LackingBatch extends BatchPosition {
  readonly missingBlobs: number;
  readonly missingBytes: number;
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
  /** Said in the first batch, for ever; undefined until that is here. */
  readonly settings: SpaceSettings | undefined;

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
  /** Every author's last batch, as of the last write; in memory. The same list until one of them moves. */
  positions(): readonly AuthorPosition[];
  /**
   * What lies after the given positions, parents first. Quarantined ones too, but for those of strangers: they have no
   * position, since anybody could put any author's name on them; who needs one asks for it by its hash.
   */
  after(positions: readonly AuthorPosition[]): AsyncIterable<HeldBatch>;
  batches(hashes: readonly Hash[]): AsyncIterable<HeldBatch>;
  /** The hashes of all batches here, waiting ones and strangers' too, for fingerprints; sorted by bytes. */
  hashes(): Promise<readonly Hash[]>;
  /** Called after each batch that came in, from here or a peer, in their order; not for those of strangers. */
  watch(came: (batch: HeldBatch) => void): Subscription;

  /** Offers of all batches whose blobs are not all here, oldest first, page by page. */
  missingBlobs(after: BlobId | undefined, limit: number): Promise<readonly BlobOffer[]>;
  /** The batches whose offers those are; undefined if they are more than `most`, or very many blobs are missing. */
  lacking(most: number): Promise<readonly LackingBatch[] | undefined>;
  /** Looks whether the blobs that these batches offer are here still; from then on those that are not count as missing. */
  lookFor(batches: readonly Hash[]): Promise<void>;
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

/** What is said in a space's first batch. */
export interface SpaceSettings {
  /** Sizes of chunks, in bytes. */
  readonly chunks: { readonly least: number; readonly average: number; readonly most: number };
}

/** What a space's keys give to content; `find` a key of an earlier epoch, by the id in front of what it sealed. */
export interface ContentKeys {
  readonly current: ContentKey;
  /** Of all epochs that are known here. */
  readonly all: readonly ContentKey[];
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
   * sequence of its last incarnation go on to count, those that a batch of a member builds on: nobody can prove when
   * the others were signed. A tab's count while its certificate is `valid`, and for ever if a member's builds on them.
   */
  standing(author: DeviceId, key: PublicKey, space: SpaceId): Standing;
  isRevoked(device: DeviceId): boolean;
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
  | { readonly type: "tab"; readonly valid: boolean }
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
  /**
   * Takes in where chunks lie, as a batch says that does not count: its author was revoked, and others have built on it
   * without saying that again. What batches that count say goes before it. Comes in any order, and more than once.
   */
  place?(placements: readonly ChunkPlacement[], view: IndexView): Promise<void>;
  /** Called after it is written. */
  applied(batch: OpenedBatch): void;
  /**
   * All was derived anew, since batches no longer count (their author was revoked): what lies in the view is something
   * else from one moment to the next, and nothing that was kept in memory of it holds.
   */
  reset(): void;
}

/** How a space gets its typed store. */
export interface StoreKind {
  readonly type: string;
  /** For its readers, once. `view` may be read at any time, and shows what is written; only `apply` changes it, by its own. */
  open(space: Space, view: IndexView): TypedStore;
  /** Another, which takes in all batches from the first on into an empty view, while the one above is still read. */
  rebuild(space: Space): TypedStore;
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

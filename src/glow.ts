// Glow in one file: every interface inside a node, types only.
//
// A node is a stack. At the bottom a *platform* lends it the powers of the machine it runs on: time, chance,
// cryptography, a network, a disk. On these stand three siblings that know nothing of one another:
//
//   firefly   turns any pipe into typed calls between objects on both of its ends;
//   mesh      turns whatever connects two devices into end-to-end sessions between any two nodes;
//   store     turns disks that fail and peers that vanish into spaces of versioned, sealed data.
//
// `node/` alone wires them together, and hands capabilities to everything above: services, gateways, processes,
// the command line, the web desktop. What travels *between* nodes is not here: those interfaces are written in
// the Firefly language, in `src/interfaces/*.firefly`.
//
// Read it from top to bottom; each part uses only what stands above it. Three rules hold for every method:
//
//   - Failure is a `GlowError` (src/base/errors.ts), thrown or as a rejection; the kinds that matter are named.
//   - Numbers carry their unit in their name. Limits are in src/base/limits.ts, under the name given here.
//   - Bytes handed over are given away: the giver never writes to them again, the taker may keep them.
//     Where it is otherwise, the method says "borrowed".
//
// State: Platform and Firefly are built. Mesh, Store and Process are contracts that the next layers are built
// to; nothing below offers them yet.

import type { GlowError } from "./base/errors.ts";
import type { Brand } from "./base/ids.ts";
import type { Suite } from "./base/suites.ts";

// ------------------------------------------------------------------------------------------------ Platform

/** Everything a node may ask of its machine. No other ambient power exists in core code. */
export interface Platform {
  /** For people and logs: `nodejs`, `browser`, `simulated`. */
  readonly name: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly network: Network;
  readonly disk: Disk;
  /** Absent in simulation: nothing may depend on when garbage is collected. */
  readonly leaks?: LeakWatch;
}

export interface Clock {
  /** Milliseconds since some moment, with fractions; never goes back. For durations and time-outs. */
  monotonicMs(): number;
  /** Milliseconds since 1970 UTC as this device believes; may jump either way. For people and for expiry. */
  wallMs(): number;
}

export interface Timers {
  /** Runs `task` once, `delayMs` from now or later (0 to 2^31-1), never before this call has returned. */
  after(delayMs: number, task: () => void): Timer;
  /**
   * Runs `task` once when the current turn is over: after the promise reactions already under way, before the
   * next event (in a page, which is not told when they are over, before long). Tasks run in the order they came.
   * This is what lets a whole turn's messages go out as one packet.
   */
  endOfTurn(task: () => void): void;
}

export interface Timer {
  /** The task will not run any more. Does nothing when it has run. */
  cancel(): void;
}

export interface Random {
  /** Overwrites all of `target` (borrowed) with bytes fit for keys; in simulation, with the seed's next bytes. */
  fill(target: Uint8Array): void;
}

/** Tells when an object was dropped without being released: the backstop for `using`, not a substitute. */
export interface LeakWatch {
  /** Calls `dropped` some time after `object` is collected. `dropped` must not refer to `object`. */
  watch(object: object, dropped: () => void): void;
  /** Called when `object` was released properly. */
  unwatch(object: object): void;
}

/** A key, hash or signature with the tag of its suite in front: see src/base/suites.ts for the registry. */
export type Tagged = Uint8Array;
export type PublicKey = Brand<Tagged, "PublicKey">;
/** The 32-byte seed of a pair, tagged with the suite's `-secret`. */
export type PrivateKey = Brand<Tagged, "PrivateKey">;
export type Signature = Brand<Tagged, "Signature">;
export type Hash = Brand<Tagged, "Hash">;

export interface KeyPair {
  readonly publicKey: PublicKey;
  readonly privateKey: PrivateKey;
}

/**
 * Cryptography, synchronous so that a seeded run is the same every time. All bytes are borrowed.
 * Every method throws `unsupported` for a suite it does not have and `invalid` for a wrong length.
 */
export interface Crypto {
  /** A key pair of `ed25519` (signing) or `x25519` (agreement), drawn from `random`. */
  keyPair(suite: Suite<"key">, random: Random): KeyPair;
  /** The pair that belongs to a 32-byte secret seed (RFC 8032, RFC 7748). */
  keyPairFromSeed(suite: Suite<"key">, seed: Uint8Array): KeyPair;
  sign(key: PrivateKey, message: Uint8Array): Signature;
  /**
   * Whether it is the key's signature of the message, by the strict rule of docs/suites.md: the same answer on every
   * platform. Anything malformed or of a suite it does not have is `false`, never an error.
   */
  verify(key: PublicKey, message: Uint8Array, signature: Signature): boolean;
  /** The 32 bytes two parties agree on (X25519). `invalid` if the result would be all zero (RFC 7748, 6.1). */
  agree(own: PrivateKey, theirs: PublicKey): Uint8Array;
  hash(suite: Suite<"hash">, bytes: Uint8Array): Hash;
  /** For more than fits in memory; yields the same as `hash` over all that was added. */
  hasher(suite: Suite<"hash">): Hasher;
  /** BLAKE3 with a 32-byte key: 32 bytes, untagged. */
  keyedHash(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /**
   * HKDF-SHA-256 (RFC 5869), extract and expand: `lengthBytes` (1 to `cryptoLimits.derivedBytes`) of key material,
   * from an `info` of at most `cryptoLimits.deriveInfoBytes`; `invalid` past either.
   */
  derive(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, lengthBytes: number): Uint8Array;
  /** Ciphertext and its 16-byte tag behind it. A (key, nonce) pair must never be used for two messages. */
  seal(suite: Suite<"aead">, key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Uint8Array;
  /** The plaintext; `corrupt` if key, nonce, associated data, ciphertext or tag is not what was sealed. */
  open(
    suite: Suite<"aead">,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    sealed: Uint8Array,
  ): Uint8Array;
}

export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Ends it: from then on both methods throw `released`. */
  digest(): Hash;
}

/** Where something listens, as a URL: `tcp://host:port`, `ws://host:port/path`, `wss:`, `unix:/path`, `sim://name:port`. */
export type Address = Brand<string, "Address">;

/** The transports of this machine. A new transport is one small file that yields Pipes. */
export interface Network {
  /** `unsupported` for a scheme it cannot dial, `unavailable` if nobody answers, `cancelled` by the signal. */
  dial(address: Address, signal?: AbortSignal): Promise<Pipe>;
  /** `already-exists` if the address is taken, `unsupported` where listening is impossible (a page). */
  listen(address: Address, accept: (pipe: Pipe) => void): Promise<Listener>;
}

export interface Listener {
  /** The address as it became: with its port, where 0 was asked for. */
  readonly address: Address;
  /** Stops accepting. Pipes already accepted live on. */
  close(): Promise<void>;
}

/**
 * A duplex pipe of packets: whole, in order, none twice, for as long as it lives. Everything that carries bytes
 * between two places has this shape: a TCP connection, a WebSocket, a MessagePort, a mesh session. Not encrypted.
 *
 * Nothing on its hot path makes a promise. Exactly one receiver is attached, in the turn in which the pipe was
 * obtained; no packet arrives before.
 */
export interface Pipe {
  /** Sets the receiver. A second call is a defect. */
  attach(receiver: PipeReceiver): void;
  /**
   * Sends one packet, given as parts that are joined in order; the parts are given away (not copied).
   * False says that bytes are piling up: send no bulk until `drained`. The packet was taken all the same.
   * A packet above `limits.packetBytes` is a defect of the sender. After the end it does nothing and says false.
   */
  send(parts: readonly Uint8Array[]): boolean;
  /** Bytes taken and not yet handed to the system. */
  readonly bufferedBytes: number;
  /**
   * Ends the pipe after what was sent has left; the receiver's `closed` follows on both sides, once. What still
   * arrives here is dropped. A peer that takes nothing is waited for only so long (`transportLimits.closeMs`).
   */
  close(): void;
}

export interface PipeReceiver {
  /** One packet: `bytes` from `start` to `end`. Given away, so views into it may be kept. */
  packet(bytes: Uint8Array, start: number, end: number): void;
  /** After `send` said false: room again. */
  drained(): void;
  /** The last call: `disconnected`, or `protocol` or `too-large` if the peer's bytes made no sense. */
  closed(reason: GlowError): void;
}

/**
 * Files, for the store's own log and packs. Paths are relative to the disk's root, with `/`, without `.` and `..`.
 * A write is durable only after `sync`; a name, made or renamed or removed, only after `syncFolder`.
 * Errors: `not-found`, `already-exists`, `exhausted` (full), `corrupt` (medium), `invalid` (path).
 */
export interface Disk {
  /** Opens for reading and writing. `create`: `never` (default), `if-missing`, or `always-new` (`already-exists`). */
  open(path: string, create?: "never" | "if-missing" | "always-new"): Promise<DiskFile>;
  /** Replaces `to` if it exists, atomically. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes the folder and those above it; no error if it exists. */
  makeFolder(path: string): Promise<void>;
  /** Names directly inside, sorted by code unit. `""` is the root. */
  list(folder: string): Promise<DiskEntry[]>;
  syncFolder(folder: string): Promise<void>;
}

export interface DiskEntry {
  readonly name: string;
  readonly folder: boolean;
}

export interface DiskFile {
  sizeBytes(): Promise<number>;
  /** Up to `lengthBytes` from `offset`; shorter only at the end of the file. */
  read(offset: number, lengthBytes: number): Promise<Uint8Array>;
  /** Writes all or fails; a crash may leave any part of it. Past the end, the gap reads as zeros. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  /** Everything written before is on the medium when this resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

// ------------------------------------------------------------------------------------------------- Firefly
//
// Calls between objects over one Pipe. The pieces are in src/firefly/: `schema/` reads .firefly files, `codec/`
// packs values, `session/` keeps the tables, `resumable/` makes a Pipe that outlives its connection.

/** What is known about an interface at run time: generated from a `.firefly` file, or built from a schema. */
export type { Interface, Method } from "./firefly/codec/interface.ts";
/** One peer, for as long as its pipe lives: the root objects of both sides and every reference between them. */
export type { FireflySession, SessionOptions } from "./firefly/session/session.ts";

// ------------------------------------------------------------------------------------------------ Identity

/** The hash of a node's public key, as text. A mesh address: it dies with its key. */
export type NodeId = Brand<string, "NodeId">;
/** Stable names: they survive new keys and moves, and are resolved to nodes by signed location records. */
export type DeviceId = Brand<string, "DeviceId">;
export type UserId = Brand<string, "UserId">;
export type ResourceId = Brand<string, "ResourceId">;

/** Ranked: a higher role wins where two concurrent statements contradict. A tab is never counted as a copy of data. */
export type Role = "recovery" | "admin" | "device" | "tab";

/** What an identity's statements add up to, after a merge that is the same everywhere. */
export interface UserState {
  readonly user: UserId;
  readonly devices: ReadonlyMap<DeviceId, { readonly role: Role; readonly node: NodeId; readonly expiresMs?: number }>;
  /** Revoked devices with the sequence of the last batch that is still accepted from them. */
  readonly revoked: ReadonlyMap<DeviceId, number>;
}

/** A user: a signed, append-only graph of statements that any two devices may extend while apart. */
export interface UserLog {
  state(): UserState;
  /** Adds a statement that this device's role allows; `denied` if it does not. Durable when it resolves. */
  append(statement: Uint8Array): Promise<Hash>;
  /** Takes in statements from a peer, in any order. Unverifiable ones are `corrupt` and cost the sender. */
  merge(statements: readonly Uint8Array[]): Promise<void>;
}

// ---------------------------------------------------------------------------------------------------- Mesh

/** How well a link carries: measured, not declared. */
export interface LinkMetrics {
  readonly scope: "local" | "wide" | "control";
  readonly roundTripMs: number;
  /** Share of packets lost, 0 to 1. */
  readonly loss: number;
}

/** A Pipe after a mutual Noise handshake on device keys: the other end is proved to be `peer`. */
export interface Link {
  readonly peer: NodeId;
  readonly pipe: Pipe;
  metrics(): LinkMetrics;
}

/** Honoured at every hop, the lower first. */
export type Priority = "control" | "interactive" | "bulk";

/** Bytes end to end between two nodes, over any number of hops; survives new paths, addresses and transports. */
export interface Session {
  readonly peer: NodeId;
  /** An independent pipe inside the session: one that stalls holds up no other. `exhausted` at the peer's limit. */
  open(protocol: string, priority: Priority): Pipe;
  accept(protocol: string, handler: (pipe: Pipe) => void): void;
  close(): void;
}

/** The mesh as the rest of a node sees it. A routing change is made behind this, in src/mesh/routing. */
export interface Router {
  readonly self: NodeId;
  /** The session to a node, made if there is none. `not-found` if no path is known, `unavailable` if none answers. */
  session(peer: NodeId, signal?: AbortSignal): Promise<Session>;
  /** Called for each session that a peer begins. */
  onSession(handler: (session: Session) => void): void;
  /** The best known path, for `ping` and the devices page; undefined if there is none. */
  route(peer: NodeId): Route | undefined;
  addLink(link: Link): void;
}

export interface Route {
  readonly hops: number;
  readonly next: NodeId;
  readonly costMs: number;
}

/** Finds addresses worth dialling: multicast DNS, peers' gossip, invitations. One implementation per way. */
export interface Discovery {
  start(found: (node: NodeId, addresses: readonly Address[]) => void): Promise<void>;
  stop(): Promise<void>;
}

// --------------------------------------------------------------------------------------------------- Store

export type SpaceId = Brand<string, "SpaceId">;
export type ObjectId = Brand<string, "ObjectId">;
/** The hash of a chunk as stored (compressed and sealed), so that a host without keys can verify it. */
export type BlobId = Brand<string, "BlobId">;

/** Signed batches of all authors of a space, on a Disk: the truth. What `append` resolved survives a crash. */
export interface BatchLog {
  /** `corrupt` if the signature, the sequence or the root does not hold; `denied` from a revoked author. */
  append(space: SpaceId, batch: Uint8Array): Promise<void>;
  /** Batches of an author from a sequence on, oldest first. */
  read(space: SpaceId, author: DeviceId, fromSequence: number): AsyncIterable<Uint8Array>;
}

/** Sealed chunks by the hash of their stored bytes, in packs on a Disk. */
export interface BlobStore {
  /** Resolves when durable. `corrupt` if the bytes are not those of `id`. */
  put(id: BlobId, stored: Uint8Array): Promise<void>;
  /** `not-found`, or `corrupt` if the medium has damaged it; never wrong bytes. */
  get(id: BlobId): Promise<Uint8Array>;
  has(ids: readonly BlobId[]): Promise<boolean[]>;
}

/** What is derived from the log and can be rebuilt from it at any time: SQLite, IndexedDB or memory. */
export interface Index {
  /** All or nothing. Keys order by bytes. */
  write(changes: readonly { readonly key: Uint8Array; readonly value: Uint8Array | null }[]): Promise<void>;
  read(keys: readonly Uint8Array[]): Promise<(Uint8Array | null)[]>;
  range(from: Uint8Array, to: Uint8Array, limit: number): Promise<{ key: Uint8Array; value: Uint8Array }[]>;
}

/** A set of objects with registers, written by its members in signed batches, replicated among them. */
export interface Space {
  readonly id: SpaceId;
  /** One atomic batch. Resolves when it is durable here. */
  write(entries: readonly Entry[]): Promise<void>;
  /** Every value of a register that no later entry has replaced: more than one is a conflict. */
  heads(object: ObjectId, register: number): Promise<Entry[]>;
  /** Called after each batch is taken in, from here or from a peer. */
  watch(changed: (objects: readonly ObjectId[]) => void): { stop(): void };
}

export interface Entry {
  readonly object: ObjectId;
  readonly register: number;
  readonly value: Uint8Array;
}

/** One merge rule over a space's entries: drive, kv, log, table, ... each in a folder of src/store. */
export interface TypedStore<View> {
  readonly type: string;
  view(space: Space): View;
}

/** How the store reaches other holders of a space; it knows no socket. Wired to the mesh by `node/`. */
export interface Peers {
  connect(space: SpaceId, found: (pipe: Pipe, peer: NodeId) => void): { stop(): void };
}

// ------------------------------------------------------------------------------------------------- Process

/** A program at rest: its memory, pending calls and capabilities are blobs and an entry of a space. */
export interface ProcessImage {
  readonly engine: Hash;
  readonly program: Hash;
  readonly pages: readonly BlobId[];
  readonly state: Uint8Array;
}

/** Runs images. Waiting on the outside is a table of call ids, so a process can be written down at any await. */
export interface Machine {
  resume(image: ProcessImage, capabilities: ReadonlyMap<number, unknown>): Promise<RunningProcess>;
}

export interface RunningProcess {
  /** Stops at the next await, and writes it down. The process no longer runs here afterwards. */
  suspend(): Promise<ProcessImage>;
  kill(): void;
}

// ----------------------------------------------------------------------------------------- Above the layers

/** A standard protocol through which software that knows nothing of Glow uses resources: one folder of src/gateways. */
export interface Gateway {
  /** `root` is the one capability it gets: a Firefly reference to the names it may show. */
  serve(root: unknown, listen: Network["listen"]): Promise<Listener>;
}

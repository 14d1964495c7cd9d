// Glow in one file: every interface between the parts of a node, types only.
//
// A node is a stack. A *platform* lends it the powers of the machine it runs on: time, chance, cryptography, a network,
// a disk. On that stand three siblings that know nothing of one another:
//
//   firefly   turns any pipe into typed calls between objects on both of its ends;
//   mesh      turns whatever connects two devices into end-to-end sessions between any two nodes;
//   store     turns disks that fail and peers that vanish into spaces of versioned, sealed data.
//
// `node/` alone wires them together, and hands capabilities to everything above: services, gateways, processes,
// the command line, the web desktop. What travels *between* nodes is not here: those interfaces are written in
// the Firefly language, in `src/interfaces/*.firefly`.
//
// The lowest part comes first, and each uses only what comes before it. Four rules hold for every method:
//
//   - Failure is a `GlowError` (src/base/errors.ts), thrown or as a rejection; the kinds that matter are named.
//   - A *defect* is a mistake of the caller in this process; it fails an assertion. No peer can cause one.
//   - Times and sizes carry their unit in their name; offsets are in bytes. Limits are in src/base/limits.ts.
//   - Bytes that cross an interface are frozen by agreement: nobody writes to or detaches them afterwards, both may keep
//     them. "Borrowed" bytes are read (or filled) during the call only, and stay the caller's.
//
// What is not built yet has no contract here: whoever builds a layer writes its contracts first.

import type { GlowError } from "./base/errors.ts";
import type { Brand } from "./base/ids.ts";
import type { Suite } from "./base/suites.ts";
import type { SpaceId } from "#store/contracts.ts";

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
  readonly indexes: Indexes;
  readonly compression: Compression;
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
   * Runs `task` once when the current turn (an event, and the promise reactions that follow from it) is over, before
   * the next event; a page cannot know when that is, and runs it soon after. Tasks run in the order they came.
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
  /** Stops watching: the object was released properly. */
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
 * Cryptography, synchronous so that a seeded run is the same every time. All arguments are borrowed.
 * Every method but `verify` throws `unsupported` for a suite it does not have and `invalid` for a wrong length.
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
  /**
   * Seals for whoever holds a key, and nobody else (HPKE, RFC 9180, base mode): it says nothing about who sealed it. The
   * key is for agreement, or for signing (it is then used in its X25519 form); `invalid` if it is none that can be sealed
   * to. `random` gives the ephemeral key. Begins with the suite's tag; every platform opens every suite.
   */
  sealTo(
    recipient: PublicKey,
    info: Uint8Array,
    associated: Uint8Array,
    plain: Uint8Array,
    random: Random,
    suite?: Suite<"hpke">,
  ): Uint8Array;
  /**
   * What `sealTo` has sealed; `corrupt` if it was for another key, with other `info` or associated data, or was changed,
   * `invalid` or `unsupported` for what is no such value at all.
   */
  openFrom(own: PrivateKey, info: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array;
  /** The AEAD suites it has, the one that is fastest here first: what two nodes choose from. */
  readonly aeadSuites: readonly Suite<"aead">[];
  /** A key made ready for many messages, by `sealParts` and `opening`. */
  aeadKey(suite: Suite<"aead">, key: Uint8Array): AeadKey;
}

/**
 * One AEAD key for many messages that lie in parts, without joining them. Nonces and associated data are borrowed. Both
 * methods throw `invalid` for a nonce that has not 12 bytes, and for more than `cryptoLimits.messageBytes`.
 */
export interface AeadKey {
  readonly suite: Suite<"aead">;
  /** What `seal` would give for the parts joined, in parts of its own; the tag is (in) the last of them. */
  sealParts(nonce: Uint8Array, associated: Uint8Array, parts: readonly Uint8Array[]): Uint8Array[];
  /** Begins to open a message of `sizeBytes` (without its tag) whose ciphertext is still to come. */
  opening(nonce: Uint8Array, associated: Uint8Array, sizeBytes: number): Opening;
}

/** Opens one message as it comes; nothing of it is given out before its tag has verified. */
export interface Opening {
  /** The next piece of the ciphertext, borrowed. */
  update(piece: Uint8Array): void;
  /**
   * The plaintext, in pieces; `corrupt` as in `Crypto.open`, and if more or fewer bytes came than were said. Ends it:
   * from then on both methods throw `released`. `tag` is borrowed.
   */
  finish(tag: Uint8Array): Uint8Array[];
}

export interface Hasher {
  /** `bytes` are borrowed. */
  update(bytes: Uint8Array): void;
  /** Ends it: from then on both methods throw `released`. */
  digest(): Hash;
}

/** Where something listens, as a URL: `tcp://host:port`, `ws://host:port/path`, `wss:`, `unix:/path`, `sim://name:port`. */
export type Address = Brand<string, "Address">;

/** The transports of this machine: each turns one kind of connection into Pipes, which are not encrypted. */
export interface Network {
  /**
   * `invalid` for what is no address, `unsupported` for a scheme it cannot dial, `unavailable` if nobody answers,
   * `cancelled` by the signal.
   */
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
 * A duplex pipe of packets: whole, in order, none missing and none twice, for as long as it lives. Everything that
 * carries bytes between two places has this shape: a TCP connection, a WebSocket, a MessagePort, a stream of a mesh
 * session. Whether it is encrypted is said by whoever yields it.
 *
 * Nothing on its hot path makes a promise. Exactly one receiver is attached, in the turn in which the pipe was
 * obtained (before the next `await`); no packet arrives before. A receiver takes whatever comes: protocols above
 * bound by credit what may be under way, since a pipe that stops reading would stop the credit too.
 */
export interface Pipe {
  /** Sets the receiver. A second call is a defect. */
  attach(receiver: PipeReceiver): void;
  /**
   * Sends one packet, given as parts that are joined in order and not copied. False says that bytes are piling up: send
   * no bulk until `drained`. The packet was taken all the same. A packet above `fireflyLimits.packetBytes` is a defect;
   * a pipe whose carrier takes less at a time cuts and joins by itself. After the end it does nothing and says false.
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
  /** One packet: `bytes` from `start` to `end`. Views into it may be kept; what lies around it belongs to others. */
  packet(bytes: Uint8Array, start: number, end: number): void;
  /**
   * A receiver that has this gets packets by it alone, in pieces as they come, so that nothing waits or is joined.
   * `last` ends a packet; an empty packet is one empty last piece. Of a packet that is cut off by the end of the pipe,
   * pieces may have come.
   */
  piece?(bytes: Uint8Array, start: number, end: number, last: boolean): void;
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
  /** The same with parts that are joined in order; only where the system takes them as they are, without a copy. */
  writeParts?(offset: number, parts: readonly Uint8Array[]): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  /** Everything written before is on the medium when this resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What is derived from files on the Disk and can be rebuilt from them at any time. Names are of a-z, 0-9 and `-`. */
export interface Indexes {
  /**
   * Opens the index of this name, empty if there is none or if it was damaged: `wasReset` tells. `unavailable` if it is
   * open already, here or in another program; `denied` or `exhausted` if no file can be made.
   */
  open(name: string): Promise<Index>;
  /** Does nothing if there is none. `unavailable` if it is open. */
  remove(name: string): Promise<void>;
}

/**
 * Pairs of bytes in the order of their keys (by unsigned bytes, a prefix first); key and value may be empty. Operations
 * are done in the order of their calls, so that none needs to be awaited before the next. One opener at a time.
 *
 * Errors: `corrupt` if the medium has damaged it: close it, and open it anew, when it will be empty. `exhausted` (disk
 * full), `too-large` (`indexLimits`), `unavailable` (it ended by itself: open it anew), `released` (closed).
 */
export interface Index {
  /** Whether it is empty because what was there had to be thrown away. */
  readonly wasReset: boolean;
  /**
   * All or nothing, the later of two changes of one key counts, `null` removes. When it resolves it outlives this program,
   * however that ends; a loss of power leaves what was there after some earlier write.
   */
  write(changes: readonly IndexChange[]): Promise<void>;
  /** As many as there are keys; undefined where there is none. Views of one buffer: copy what is kept for long. */
  read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /** The first `limit` from `from` up to but not including `to`; backwards, the last, the greatest key first. Views, too. */
  range(from: Uint8Array, to: Uint8Array, limit: number, backwards?: boolean): Promise<[Uint8Array, Uint8Array][]>;
  clear(): Promise<void>;
  /** What was written is durable when it resolves. Closing twice is no error. */
  close(): Promise<void>;
}

export interface IndexChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** Zstandard (RFC 8878). Synchronous; arguments are borrowed. */
export interface Compression {
  /** Undefined if it would not get clearly smaller, or where this platform cannot compress. */
  compress(plain: Uint8Array): Uint8Array | undefined;
  /** `corrupt` unless it gives exactly `sizeBytes`; never makes more than that, whatever the bytes say. */
  decompress(packed: Uint8Array, sizeBytes: number): Uint8Array;
}

// ------------------------------------------------------------------------------------------------- Firefly
//
// Calls between objects over one Pipe: src/firefly/. There `schema/` reads .firefly files, `codec/` packs values,
// `session/` keeps the tables, `resumable/` makes a Pipe that outlives its connections, `pipes/` those within a process.
// It stands by itself, and so what it offers is said there:
//
//   FireflySession   session/session.ts   two peers on one pipe, and every reference between them. `root(Stub)` is the
//                                         peer's first object, as a stub of a generated class; `closed` resolves when the
//                                         session is over, with why; `close` ends it: calls under way fail on both sides,
//                                         and objects that were given to the peer are disposed of
//   Interface        codec/interface.ts   what is known about an interface at run time: generated from a `.firefly` file,
//                                         or built from a schema
//   Stub             codec/stub.ts        what a stub points at, and how long: a stub is a capability, released by `using`
//                                         or `Symbol.dispose`

// ------------------------------------------------------------------------------------------------ Identity
//
// Who somebody is, and what each device may do: src/identity/. A device has a key; a user is a graph of statements that
// its devices sign. The formats and the rules are in docs/identity.md.

/** The hash of a node's public signing key, as text (`idText`). A mesh address: it dies with its key. */
export type NodeId = Brand<string, "NodeId">;
/** Stable: it is made of a device's (or tab's) first key. Which node that is just now is said by its location record. */
export type DeviceId = Brand<string, "DeviceId">;
/** The hash of a user's first statement. */
export type UserId = Brand<string, "UserId">;

/** From the highest to the lowest rank. `recovery` is a key that lies in a drawer, and not a device. */
export type Role = "recovery" | "admin" | "device" | "tab";

/** A position in the statements or batches of one author. */
export interface Position {
  readonly author: DeviceId;
  readonly sequence: number;
}

/** What a statement says; who may say it is in docs/identity.md, and all others are `denied` by `append`. */
export type UserChange =
  /** The id of the device follows from the key. */
  | { readonly type: "add"; readonly key: PublicKey; readonly name: string; readonly role: "admin" | "device" }
  /** Makes a device an admin. There is no way back but to revoke it, and to add it again with a new key. */
  | { readonly type: "promote"; readonly device: DeviceId }
  /**
   * For ever, a device or a tab. Of its statements those up to `accepted` go on to count, if this one knows them (left
   * out: all that it knows); of its batches those up to the sequence that is given for their space.
   */
  | {
      readonly type: "revoke";
      readonly device: DeviceId;
      readonly accepted?: number;
      readonly batches: ReadonlyMap<SpaceId, number>;
    }
  /** A tab acts for the user until a time of the wall clock, at most `identityLimits.tabMs` from now. */
  | { readonly type: "certify"; readonly key: PublicKey; readonly untilMs: number; readonly name: string }
  /** A new key for a device. It is no remedy for a stolen one: that is what `revoke` is for. */
  | { readonly type: "rotate"; readonly device: DeviceId; readonly key: PublicKey }
  /** A new recovery key, said by the one before. */
  | { readonly type: "recovery"; readonly key: PublicKey }
  /** Of a device, or of the user. */
  | { readonly type: "rename"; readonly device?: DeviceId; readonly name: string };

export interface UserDevice {
  readonly role: "admin" | "device" | "tab";
  readonly name: string;
  /** Absent while two changes of the key contradict: then it can do nothing until an admin gives it a key. */
  readonly key?: PublicKey;
  readonly node?: NodeId;
  /** Of a tab: a time of the wall clock, and who vouches for it. A tab is never counted as a copy of data. */
  readonly expiresMs?: number;
  readonly issuer?: DeviceId | UserId;
}

/** What an identity's statements add up to, after a merge that is the same everywhere. */
export interface UserState {
  readonly user: UserId;
  readonly name: string;
  readonly devices: ReadonlyMap<DeviceId, UserDevice>;
  /** Revoked devices, with the last batch of each space that is still taken from them; of a space not named, none. */
  readonly revoked: ReadonlyMap<DeviceId, ReadonlyMap<SpaceId, number>>;
  /** What people called these devices; not in it are those that had no name. */
  readonly revokedNames: ReadonlyMap<DeviceId, string>;
  /** What these devices were called in the mesh. */
  readonly revokedNodes: ReadonlySet<NodeId>;
  /**
   * Every key that a device or tab was ever given, ascending by bytes, also where it is revoked or has run out: what it
   * has signed is told from a forgery by these.
   */
  readonly keys: ReadonlyMap<DeviceId, readonly PublicKey[]>;
  readonly recovery?: PublicKey;
  /** Where an author has said two things at one position: its key is in two places. The statements are the proof. */
  readonly forks: readonly UserFork[];
  /** Statements that were taken in and do not count, because their author was revoked: to be shown, not forgotten. */
  readonly setAside: readonly Hash[];
}

export interface UserFork {
  readonly author: DeviceId | UserId;
  readonly sequence: number;
  readonly statements: readonly Hash[];
}

/** What became of statements that were merged. */
export interface UserMerge {
  /** How many are new here. */
  readonly taken: number;
  /** Which in the list were refused, and why: for ever, but for `exhausted`. */
  readonly refused: readonly { readonly index: number; readonly error: GlowError }[];
  /** Parents to ask for: statements that came wait for them, in memory and not for ever. */
  readonly wanted: readonly Hash[];
}

/** A user: a signed graph of statements that any two devices may extend while apart. */
export interface UserLog {
  readonly user: UserId;
  /** As of a time of this device's wall clock, which decides about tabs. Empty before the first statement has come. */
  state(nowMs: number): UserState;
  /** The statements that no other builds on, sorted by bytes: two logs with the same heads hold the same. */
  heads(): readonly Hash[];
  /** Whether all these statements are here. */
  knows(statements: readonly Hash[]): boolean;
  /** Signs and adds a statement; `denied` if the signer's role does not allow it. Durable when it resolves. */
  append(change: UserChange): Promise<Hash>;
  /** What somebody who knows `known` lacks, causes before effects. Hashes that are unknown here are passed over. */
  missing(known: readonly Hash[]): readonly Uint8Array[];
  /** Takes in those that verify, in any order. Durable when it resolves. */
  merge(statements: readonly Uint8Array[]): Promise<UserMerge>;
  /** Called after statements were taken in, from here or from a peer. */
  watch(changed: () => void): Subscription;
}

/** The invitations that this node gave out. Each is redeemed once, by whoever proves that it holds the secret. */
export interface InvitationLedger {
  /** A code to show, once: it is not kept. Durable when it resolves. `exhausted` if too many are open. */
  issue(invitation: {
    readonly user: UserId;
    readonly issuer: NodeId;
    readonly role: "device" | "tab";
    readonly lifetimeMs: number;
    readonly addresses: readonly Address[];
    readonly name: string;
  }): Promise<{ readonly id: Uint8Array; readonly code: string }>;
  /** The pre-shared key of the handshake, also of an invitation that is past: `spend` will say so to its holder. */
  find(id: Uint8Array): Uint8Array | undefined;
  /**
   * Durable when it resolves, before anything is given. The same redeemer may repeat it, when an answer was lost; for all
   * others it is `denied`, as is an expired or cancelled one, each with its message. `not-found` if it is not remembered.
   */
  spend(id: Uint8Array, redeemer: NodeId): Promise<InvitationStatus>;
  cancel(id: Uint8Array): Promise<void>;
  /** Oldest first, with those that ended not long ago. */
  list(): readonly InvitationStatus[];
}

export interface InvitationStatus {
  readonly id: Uint8Array;
  readonly role: "device" | "tab";
  readonly expiresMs: number;
  readonly name: string;
  readonly state: "open" | "spent" | "expired" | "cancelled";
  readonly redeemer?: NodeId;
}

/** Something that goes on until it is stopped. */
export interface Subscription {
  stop(): void;
}

// ---------------------------------------------------------------------------------------------------- Mesh
//
// Links between neighbours, ways over many of them, and sessions from end to end: src/mesh/. Each neighbour is a node
// with a key, and may be a relay; what the packets look like is in docs/mesh.md.

/** `control`: too thin for bulk (a serial line, a broker). The round trip is measured, the scope is the transport's. */
export interface LinkMetrics {
  readonly scope: "local" | "wide" | "control";
  readonly roundTripMs: number;
}

/**
 * A neighbour, proved by a mutual Noise handshake on device keys, over one pipe of a transport: src/mesh/link. It is alive
 * while bytes come; `linkLimits` say how soon it is found dead.
 */
export interface Link {
  readonly peer: NodeId;
  readonly open: boolean;
  /** The smallest round trip of the last while, since what queues on the way is no property of the link. */
  metrics(): LinkMetrics;
  close(reason: GlowError): void;
}

/**
 * The algorithm that finds paths: src/mesh/routing. It knows no socket and no session, and calls nothing back from
 * within a call: what it has to send, and whose next hop has changed, it says at the end of the turn. A change of the
 * algorithm or of the metric is another implementation of this.
 *
 * Among honest nodes routes are free of loops at every instant. Who a route leads to is proved by signatures; what it
 * costs is what the neighbours say. Hence `avoid`, for whoever finds out that a route leads nowhere.
 */
export interface Routing {
  /**
   * A neighbour that was none. From here to `linkDown` its messages go over one link, in order, and what either side
   * sends in that time reaches the other in that time, or never: if that link ends, it is `linkDown` even if the
   * neighbour has others, and then `linkUp` with one of those.
   */
  linkUp(peer: NodeId, metrics: LinkMetrics, policy: NeighbourPolicy): void;
  /** A new measurement, as often as one likes: small changes are passed over. */
  linkChanged(peer: NodeId, metrics: LinkMetrics): void;
  /** Its routes are gone when this returns, and others chosen where there are any. */
  linkDown(peer: NodeId): void;
  /**
   * A message from a neighbour. `protocol` if it makes no sense or holds a forgery, `exhausted` if the neighbour sends
   * more than it may: then the link is closed. What comes after that, or after `linkDown`, is passed over.
   */
  received(from: NodeId, message: Uint8Array): void;
  /** Undefined if no path is known, and for this node itself. */
  next(target: NodeId): Route | undefined;
  /** The same for the id whose bytes begin at `at`: for every packet that is relayed, so it allocates nothing. */
  nextFor(bytes: Uint8Array, at: number): Route | undefined;
  /**
   * Packets to `target` get nowhere by way of `next`: takes another way until `untilMs` of the monotonic clock, if
   * there is one or can be found. Does nothing if `next` offers no way to `target`.
   */
  avoid(target: NodeId, next: NodeId, untilMs: number): void;
  /** All that can be reached now. Not to be read across turns. */
  routes(): Iterable<readonly [NodeId, Route]>;
  /** Of every node that was heard of within the last minutes, reachable or not, and of this one. */
  publicKey(target: NodeId): PublicKey | undefined;
  /** Ends it: nothing is sent or notified any more, and there are no neighbours. */
  close(): void;
}

/** What a neighbour is to routing, settled when its link comes up. */
export interface NeighbourPolicy {
  /** A way through it is taken only if there is no other. Its own word for it has the same effect. */
  readonly tab: boolean;
  /** Otherwise only the way to the neighbour itself is taken from it, and it is told only of this node. */
  readonly relay: boolean;
  /** So much of what it brings for others goes on: a second's worth at once, the rest is dropped. Left out: all of it. */
  readonly relayBytesPerSecond?: number;
}

/** Never changed, only replaced. */
export interface Route {
  readonly next: NodeId;
  /** 1 for a neighbour. */
  readonly hops: number;
  /** What the round trip would take if costs were only that; much more where a thin link or a tab is on the way. */
  readonly costMs: number;
}

/** Honoured at every hop, in this order. `control` is for little and urgent things only. */
export type Priority = "control" | "interactive" | "bulk";

/**
 * Two nodes, over any number of hops: sealed end to end, so that relays see addresses and lengths. It survives new
 * paths, addresses and transports with nothing lost, doubled or reordered. It ends, with all its streams, when one side
 * closes it or breaks its protocol, and when nothing gets through for `meshSessionLimits.graceMs` (`disconnected`).
 */
export interface Session {
  readonly peer: NodeId;
  /**
   * An independent stream of packets: one that stalls holds up no other. It can be sent into at once; if nobody there
   * takes the protocol it ends `not-found`, past the peer's limit `exhausted`. `invalid` for a name that is empty or
   * longer than `meshSessionLimits.protocolBytes`, `disconnected` if the session is over.
   */
  open(protocol: string, priority: Priority): Stream;
}

/** A stream of a session. Its `closed` tells of the session's end too, and the reason of an abort has any kind. */
export interface Stream extends Pipe {
  readonly protocol: string;
  readonly priority: Priority;
  /**
   * The reader has enough for now: no more credit is given. What the peer may send already still arrives, which is at
   * most `meshSessionLimits.windowBytes`; other streams go on.
   */
  pause(): void;
  resume(): void;
  /** Ends it at once: what is under way either way is dropped. `closed` follows on both sides, with this kind and message. */
  abort(reason: GlowError): void;
}

/** The mesh as the rest of a node sees it: owns links and sessions, and forwards for others within its budgets. */
export interface Router {
  readonly self: NodeId;
  /**
   * The session to a node, made if there is none. `not-found` if no path comes up within `routerLimits.routeWaitMs`,
   * `unavailable` if no answer does within `setupMs`, `cancelled` by the signal.
   */
  session(peer: NodeId, signal?: AbortSignal): Promise<Session>;
  /** Called for every stream that any peer opens for a protocol, in the turn in which it came. One handler each. */
  accept(protocol: string, handler: (stream: Stream, peer: NodeId) => void): Subscription;
  /** For `ping` and the devices page; undefined if there is no way. */
  route(peer: NodeId): Route | undefined;
  /** Every node that can be reached, as far as this one knows. Not to be read across turns. */
  routes(): Iterable<readonly [NodeId, Route]>;
  /** Ends all sessions and links; what they had to say last still leaves. */
  close(): Promise<void>;
}

/** One way to find addresses (multicast DNS, gossip, invitations). They are hints, proved by whoever dials them. */
export interface Discovery {
  /**
   * Says where this node listens, instead of what was said before; of `0.0.0.0` and `::` it tells the addresses of the
   * machine, as they change. What others cannot reach is left out.
   */
  announce(addresses: readonly Address[]): void;
  /**
   * Calls `found`, later, for each node that is known or comes to be. A further call for a node replaces what was found
   * before; no addresses: it has left. A failure is no end: it goes on trying by itself.
   */
  search(found: (node: NodeId | undefined, addresses: readonly Address[]) => void): Subscription;
  /** Says goodbye, and stops. Nothing is found after the call. */
  close(): Promise<void>;
}

// --------------------------------------------------------------------------------------------------- Store
//
// Spaces of signed batches and sealed chunks, replicated between all who hold them: src/store/. Its contracts are many,
// and lie beside it; the formats are in docs/storage.md.

export type * from "#store/contracts.ts";

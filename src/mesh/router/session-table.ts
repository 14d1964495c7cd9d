// The sessions of this node, at most one with each other node: begun by either side, found by the tag in a packet, told of
// the path their packets take, and replaced when the peer has lost its side of one.

import { GlowError } from "#base/errors.ts";
import { idBytes } from "#base/ids.ts";
import { routerLimits } from "#base/limits.ts";
import { integerBelow } from "#base/random.ts";
import type { Clock, Crypto, NodeId, Random, Stream, Timer, Timers } from "#glow";
import { type NodeIdentity, nodeIdBytes } from "#identity/node-identity.ts";
import type { HandshakeKeys } from "../handshake/handshake-keys.ts";
import type { Relayed } from "../link/link.ts";
import { MeshSession } from "../session/session.ts";
import { PieceReader, type Pieces } from "../wire/piece-reader.ts";
import type { Neighbour } from "./neighbour.ts";
import type { NeighbourTable } from "./neighbour-table.ts";
import type { Paths } from "./paths.ts";
import { type Established, SessionSetup } from "./session-setup.ts";
import { setupTag } from "./setup-message.ts";

export interface SessionTableOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly identity: NodeIdentity;
  readonly keys: HandshakeKeys;
  readonly neighbours: NeighbourTable;
  readonly paths: Paths;
  /** Sends a message by which a session begins; it may be lost. As `SessionSetupOptions.send`. */
  send(to: NodeId, body: Uint8Array, via?: NodeId, again?: boolean): void;
  /** Whether there may be a session with this node. */
  talks(peer: NodeId): boolean;
  /** A peer has opened a stream; false if nobody takes its protocol. */
  opened(protocol: string, stream: Stream, peer: NodeId): boolean;
  /** A session has begun or ended. */
  changed(): void;
}

/** What every packet of a session begins with: tag (u32) | number (u48). */
const headerBytes = 10;

export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #setup: SessionSetup;
  readonly #byPeer = new Map<NodeId, MeshSession>();
  readonly #byTag = new Map<number, MeshSession>();
  /** Sessions of which somebody said that the peer has forgotten them. */
  readonly #doubted = new Map<MeshSession, Timer>();
  #isClosed = false;

  constructor(options: SessionTableOptions) {
    const { clock, timers, random, crypto, identity, keys, neighbours, paths, send } = options;
    this.#options = options;
    this.#setup = new SessionSetup({
      self: identity.id,
      keys,
      crypto,
      random,
      clock,
      timers,
      send,
      freeTag: () => this.#freeTag(),
      established: (session) => this.#established(session),
      heard: (tag) => this.#byTag.get(tag)?.heard ?? true,
      unknown: (peer, remoteTag) => this.#forgotten(peer, remoteTag),
      unanswered: (peer) => paths.suspect(peer),
      relays: (neighbour) => neighbours.get(neighbour)?.policy.relay === true,
    });
  }

  get(peer: NodeId): MeshSession | undefined {
    return this.#byPeer.get(peer);
  }

  all(): IterableIterator<MeshSession> {
    return this.#byPeer.values();
  }

  /** Handshakes that are not over, from here and from others. */
  get setupsUnderWay(): number {
    return this.#setup.underWay;
  }

  /** Resolves when there is a new session, whoever began it. `unavailable` if no answer came for long. */
  begin(peer: NodeId, signal?: AbortSignal): Promise<void> {
    return this.#setup.begin(peer, signal);
  }

  close(reason: GlowError): void {
    this.#isClosed = true;
    this.#setup.close();
    for (const timer of this.#doubted.values()) timer.cancel();
    this.#doubted.clear();
    for (const session of this.#byPeer.values()) session.close(reason);
  }

  // ------------------------------------------------------------------------------------------------- packets

  /** A SESSION frame of the neighbour's. */
  receivedDirect(from: NodeId, tag: number, number: number, payload: PieceReader, sizeBytes: number): void {
    const session = this.#byTag.get(tag);
    if (session === undefined) this.#setup.refuse(idBytes(from), from, tag, number);
    // The link vouches for its neighbour, and for nobody else.
    else if (session.peer === from) session.receivedDirect(number, payload, sizeBytes);
  }

  /** A packet that came over relays, the last of which is `via`. False if it makes no sense. */
  receivedRelayed(via: NodeId, header: Relayed, body: Pieces): boolean {
    const reader = new PieceReader(body);
    if (reader.left < headerBytes) return false;
    const from = header.ids.subarray(nodeIdBytes);
    const tag = reader.u32();
    if (tag === setupTag) {
      this.#setup.received(from, via, reader);
      return true;
    }
    const number = reader.u48();
    const session = this.#byTag.get(tag);
    if (session === undefined) this.#setup.refuse(from, via, tag, number);
    else session.receivedSealed(number, header.priority, reader.take(reader.left), header.congested);
    return true;
  }

  /** A message of the neighbour's on `controlChannel.setup`. */
  receivedSetup(from: NodeId, message: Uint8Array): void {
    const reader = new PieceReader([message]);
    if (reader.left >= 4 && reader.u32() === setupTag) this.#setup.received(idBytes(from), from, reader);
  }

  // --------------------------------------------------------------------------------------------------- paths

  /** Another way leads to this node than before, or none. */
  repath(peer: NodeId): void {
    const session = this.#byPeer.get(peer);
    if (session === undefined) return;
    const neighbour = this.#options.paths.towards(peer);
    const output = neighbour?.best;
    session.setPath(output && { output, direct: neighbour?.id === peer });
  }

  /** This neighbour is reached over another link than before, or over none. */
  repathThrough(neighbour: Neighbour): void {
    for (const peer of this.#byPeer.keys()) {
      const towards = this.#options.paths.towards(peer);
      if (towards === neighbour || towards?.best !== undefined || neighbour.best === undefined) this.repath(peer);
    }
  }

  // ---------------------------------------------------------------------------------------- beginnings and ends

  #established({ peer, result, localTag, remoteTag, initiator }: Established): void {
    const before = this.#byPeer.get(peer);
    if (this.#isClosed) return;
    if (!this.#options.talks(peer)) {
      this.#setup.failed(peer, "denied", "this node does not talk with that one");
      return;
    }
    if (before === undefined && this.#byPeer.size >= routerLimits.sessions && !this.#endIdleSession()) {
      this.#setup.failed(peer, "exhausted", `${routerLimits.sessions} sessions are open, and all in use`);
      return;
    }
    const { clock, timers, crypto, identity, paths, opened } = this.#options;
    const session: MeshSession = new MeshSession({
      self: identity.idBytes,
      peer,
      peerBytes: idBytes(peer),
      initiator,
      localTag,
      remoteTag,
      suite: result.suite,
      sendKey: result.sendKey,
      receiveKey: result.receiveKey,
      clock,
      timers,
      crypto,
      events: {
        opened: (protocol, stream) => opened(protocol, stream, peer),
        closed: () => this.#ended(session),
        suspect: () => paths.suspect(peer),
      },
    });
    this.#byPeer.set(peer, session);
    this.#byTag.set(localTag, session);
    const message = "the other side has begun anew";
    before?.close(new GlowError("disconnected", "mesh.session", { target: peer, message }));
    this.repath(peer);
    this.#setup.settled(peer);
    this.#options.changed();
  }

  /** Of sessions in which nothing is open nobody misses one: it can be made again. False if there is none. */
  #endIdleSession(): boolean {
    for (const session of this.#byPeer.values()) {
      const { streams, packetsUnderWay } = session.sizes;
      if (streams > 0 || packetsUnderWay > 0) continue;
      const message = "too many sessions are open, and this one was idle";
      session.close(new GlowError("exhausted", "mesh.session", { target: session.peer, message }));
      return true;
    }
    return false;
  }

  #ended(session: MeshSession): void {
    this.#byTag.delete(session.localTag);
    this.#doubted.get(session)?.cancel();
    this.#doubted.delete(session);
    if (this.#byPeer.get(session.peer) === session) this.#byPeer.delete(session.peer);
    if (!this.#isClosed) this.#options.changed();
  }

  /**
   * The peer has lost a session that lives here: it was started anew, or has given up. So it is said, by whoever has seen
   * the session's tag: it counts only if the session itself gives no sign of life. Then a new one shows what is true.
   */
  #forgotten(peer: NodeId, remoteTag: number): void {
    const session = this.#byPeer.get(peer);
    if (session?.remoteTag !== remoteTag || this.#isClosed || this.#doubted.has(session)) return;
    // Not forgotten, but not known yet.
    if (this.#setup.isConfirming(peer)) return;
    const { received } = session.counts;
    session.probe();
    const waitMs = Math.max(routerLimits.setupRetryMs, 2 * (session.roundTripMs ?? 0));
    const timer = this.#options.timers.after(waitMs, () => {
      this.#doubted.delete(session);
      if (session.counts.received > received || this.#setup.isTrying(peer)) return;
      this.#setup.begin(peer).catch(() => {
        // Then the old session goes on trying until its grace is over.
      });
    });
    this.#doubted.set(session, timer);
  }

  #freeTag(): number {
    for (;;) {
      const tag = integerBelow(this.#options.random, 2 ** 32);
      if (tag !== setupTag && !this.#byTag.has(tag)) return tag;
    }
  }
}

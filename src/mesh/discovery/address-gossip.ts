// Neighbours tell each other where they listen, and where their other neighbours do: so that two that met over a third can
// make a link of their own. What a neighbour says of itself is passed on, by one hop; what others say of it is not. All
// of it is a hint, and each address is told only to whom it may be of use.

import { assert } from "#base/errors.ts";
import { discoveryLimits } from "#base/limits.ts";
import type { Address, NodeId, Timer, Timers } from "#glow";
import type { AddressBook } from "./address-book.ts";
import { isShareable } from "./address-reach.ts";
import { decodeGossip, encodeGossip, gossipLength } from "./gossip-message.ts";

export interface AddressGossipOptions {
  readonly self: NodeId;
  readonly book: AddressBook;
  readonly timers: Timers;
  /** Where this node listens, as others would dial it. */
  readonly own: () => readonly Address[];
  /** Does nothing if the peer has gone meanwhile. */
  readonly send: (peer: NodeId, message: Uint8Array) => void;
  /** Somebody has told addresses of this node. */
  readonly found: (node: NodeId) => void;
}

interface Listener {
  /** Whose addresses it has not been told yet, as they are now. */
  readonly news: Set<NodeId>;
  /** Runs while it is too early to tell again. */
  pause: Timer | undefined;
}

export class AddressGossip {
  readonly #options: AddressGossipOptions;
  readonly #neighbours = new Map<NodeId, Listener>();

  constructor(options: AddressGossipOptions) {
    this.#options = options;
  }

  /** The first link to a neighbour is there: tells it all. Does nothing if that was known. */
  linked(peer: NodeId): void {
    if (this.#neighbours.has(peer)) return;
    const news = new Set([this.#options.self, ...this.#neighbours.keys()]);
    this.#neighbours.set(peer, { news, pause: undefined });
    this.#tell(peer);
    // What it said before it went is told again: it may have said so to nobody else.
    this.#spread(peer);
  }

  /** The last link to it has gone. */
  unlinked(peer: NodeId): void {
    this.#neighbours.get(peer)?.pause?.cancel();
    this.#neighbours.delete(peer);
  }

  /** This node listens elsewhere now. */
  ownChanged(): void {
    this.#spread(this.#options.self);
  }

  /** `protocol` if it makes no sense: then the link is to be closed. */
  received(from: NodeId, message: Uint8Array): void {
    const { self, book, found } = this.#options;
    const way = this.#wayTo(from);
    const nodes = [...decodeGossip(message)].filter(([node]) => node !== self);
    for (const [node, said] of nodes) {
      const source = { toldBy: from };
      const before = book.saidBy(node, source);
      const addresses = said.filter((address) => isShareable(address, way));
      book.replace(node, addresses, source);
      if (node === from && !sameAddresses(before, book.saidBy(node, source))) this.#spread(from);
    }
    for (const [node, addresses] of nodes) if (addresses.length > 0) found(node);
  }

  close(): void {
    for (const peer of this.#neighbours.keys()) this.unlinked(peer);
  }

  /** Somebody's addresses are to be told to all neighbours, but not to itself. */
  #spread(node: NodeId): void {
    for (const [peer, { news, pause }] of this.#neighbours) {
      if (peer === node) continue;
      news.add(node);
      if (pause === undefined) this.#tell(peer);
    }
  }

  /** At the end of the turn, with all that this turn brings; then not for a while. */
  #tell(peer: NodeId): void {
    const { timers } = this.#options;
    const listener = this.#neighbours.get(peer);
    assert(listener !== undefined, "who is told something is a neighbour");
    listener.pause = timers.after(discoveryLimits.gossipIntervalMs, () => {
      listener.pause = undefined;
      if (listener.news.size > 0) this.#tell(peer);
    });
    timers.endOfTurn(() => {
      if (this.#neighbours.get(peer) === listener) this.#flush(peer, listener.news);
    });
  }

  #flush(peer: NodeId, news: Set<NodeId>): void {
    const way = this.#wayTo(peer);
    let nodes = new Map<NodeId, Address[]>();
    let lengthBytes = 1;
    const send = () => {
      if (nodes.size > 0) this.#options.send(peer, encodeGossip(nodes));
      nodes = new Map();
      lengthBytes = 1;
    };
    for (const node of news) {
      const addresses = this.#known(node).filter((address) => isShareable(address, way));
      const nodeBytes = gossipLength(addresses);
      if (nodes.size >= discoveryLimits.gossipNodes || lengthBytes + nodeBytes > discoveryLimits.gossipBytes) send();
      nodes.set(node, addresses);
      lengthBytes += nodeBytes;
    }
    news.clear();
    send();
  }

  /** A node's addresses as it says itself. */
  #known(node: NodeId): readonly Address[] {
    const { self, own, book } = this.#options;
    const addresses = node === self ? own() : book.saidBy(node, { toldBy: node });
    return addresses.slice(0, discoveryLimits.addressesPerSource);
  }

  /** The address by which a neighbour was reached; undefined if it has dialled us. */
  #wayTo(peer: NodeId): Address | undefined {
    const [best] = this.#options.book.of(peer);
    return best?.reachedMs === undefined ? undefined : best.address;
  }
}

function sameAddresses(a: readonly Address[], b: readonly Address[]): boolean {
  return a.length === b.length && a.every((address) => b.includes(address));
}

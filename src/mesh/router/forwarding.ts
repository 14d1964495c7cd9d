// Packets on their way over several hops: what a link brings is handed on to the next neighbour, as far as the one who
// brought it may ask for that, or is this node's own. What is dropped is counted and nothing more: its session sends it again.

import { routerLimits } from "#base/limits.ts";
import type { NodeId } from "#glow";
import { nodeIdBytes } from "#identity/node-identity.ts";
import type { Relayed } from "../link/link.ts";
import type { Pieces } from "../wire/piece-reader.ts";
import type { Neighbour } from "./neighbour.ts";
import type { NeighbourTable } from "./neighbour-table.ts";
import type { Paths } from "./paths.ts";
import { RelayAccount } from "./relay-account.ts";
import type { RelayedPacket } from "./relay-flow.ts";

/** What happens to packets, in numbers since the start. */
export interface ForwardingCounts {
  relayed: number;
  relayedBytes: number;
  /** Without a route, a right to pass, hops left or room to wait, or beyond the neighbour's rate. */
  dropped: number;
}

export interface ForwardingOptions {
  /** This node's id. */
  readonly self: Uint8Array;
  readonly neighbours: NeighbourTable;
  readonly paths: Paths;
  /** A packet for this node; false if it makes no sense. `via` is the neighbour that brought it. */
  arrived(via: NodeId, header: Relayed, body: Pieces): boolean;
}

export class Forwarding {
  readonly counts: ForwardingCounts = { relayed: 0, relayedBytes: 0, dropped: 0 };
  readonly #options: ForwardingOptions;
  readonly #self: Uint8Array;
  readonly #ownAccount = new RelayAccount();

  constructor(options: ForwardingOptions) {
    this.#options = options;
    this.#self = options.self;
  }

  /** A RELAYED frame that this neighbour has brought. */
  received(neighbour: Neighbour, header: Relayed, body: Pieces): void {
    if (!maySpeak(neighbour, header.ids)) {
      this.counts.dropped++;
    } else if (this.#isSelf(header.ids)) {
      // Nonsense from far away is not the neighbour's fault, and no reason to end its link.
      if (!this.#options.arrived(neighbour.id, header, body)) this.counts.dropped++;
    } else if (!neighbour.policy.relay || header.hopsLeft === 0) {
      this.counts.dropped++;
    } else if (neighbour.allowance?.spend(header.sizeBytes) === false) {
      this.counts.dropped++;
    } else {
      this.#pass(neighbour, header, body);
    }
  }

  /** What waited for a neighbour that is gone goes another way, if there is one. */
  rescue(packets: readonly RelayedPacket[]): void {
    for (const packet of packets) this.#forward(packet, undefined);
  }

  /** Sends a body of this node's own to `to`, by way of `next`. */
  send(to: Uint8Array, next: Neighbour, body: Uint8Array): void {
    const ids = new Uint8Array(2 * nodeIdBytes);
    ids.set(to);
    ids.set(this.#self, nodeIdBytes);
    next.relay({
      ids,
      priority: 0,
      congested: false,
      hopsLeft: routerLimits.hops,
      body: [body],
      sizeBytes: body.length,
      account: this.#ownAccount,
    });
  }

  #pass(from: Neighbour, header: Relayed, body: Pieces): void {
    const { ids, priority, congested, sizeBytes } = header;
    const hopsLeft = Math.min(header.hopsLeft, routerLimits.hops) - 1;
    const packet: RelayedPacket = { ids, priority, congested, hopsLeft, body, sizeBytes, account: from.account };
    if (!this.#forward(packet, from)) return;
    this.counts.relayed++;
    this.counts.relayedBytes += sizeBytes;
  }

  #forward(packet: RelayedPacket, from: Neighbour | undefined): boolean {
    const next = this.#options.paths.towardsBytes(packet.ids, 0);
    if (next !== undefined && next !== from && next.relay(packet)) return true;
    this.counts.dropped++;
    return false;
  }

  #isSelf(ids: Uint8Array): boolean {
    for (let i = 0; i < nodeIdBytes; i++) if (ids[i] !== this.#self[i]) return false;
    return true;
  }
}

/** Without the right to relay a neighbour brings only what is its own. */
function maySpeak({ policy, bytes }: Neighbour, ids: Uint8Array): boolean {
  if (policy.relay) return true;
  for (let i = 0; i < nodeIdBytes; i++) if (ids[nodeIdBytes + i] !== bytes[i]) return false;
  return true;
}

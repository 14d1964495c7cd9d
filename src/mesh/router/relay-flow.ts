// What waits at this node on its way from one node to another, over one neighbour. Each flow has its own bounded queue,
// and flows take turns: so none can starve another, or fill the memory of the nodes it passes.

import { routerLimits } from "#base/limits.ts";
import { nodeIdBytes } from "#identity/node-identity.ts";
import { congestedFlag, type LinkPacket } from "../link/link-packet.ts";
import type { LinkSource } from "../link/link-source.ts";
import type { Pieces } from "../wire/piece-reader.ts";
import { priorities, type PriorityClass } from "../wire/priority.ts";

/** What packets of one origin (a neighbour, or this node itself) hold in all queues of this node. */
export interface RelayAccount {
  heldBytes: number;
}

export interface RelayedPacket {
  /** `to` and `from`, 66 bytes. */
  readonly ids: Uint8Array;
  readonly priority: PriorityClass;
  readonly congested: boolean;
  readonly hopsLeft: number;
  readonly body: Pieces;
  readonly sizeBytes: number;
  readonly account: RelayAccount;
}

export class RelayFlow implements LinkSource {
  readonly #queues: readonly RelayedPacket[][] = priorities.map(() => []);
  #heldBytes = 0;

  get empty(): boolean {
    return this.#heldBytes === 0;
  }

  /** False if it was dropped, since too much waits already: of this flow, or of whoever sent it here. */
  add(packet: RelayedPacket): boolean {
    const cost = costBytes(packet);
    const { account } = packet;
    const flowFull = this.#heldBytes + cost > routerLimits.flowBytes;
    if (flowFull || account.heldBytes + cost > routerLimits.neighbourBytes) return false;
    this.#heldBytes += cost;
    account.heldBytes += cost;
    (this.#queues[packet.priority] as RelayedPacket[]).push(packet);
    return true;
  }

  fill(packet: LinkPacket, priority: PriorityClass): boolean {
    const queue = this.#queues[priority] as RelayedPacket[];
    let taken = 0;
    for (const { ids, congested, hopsLeft, body, sizeBytes } of queue) {
      if (sizeBytes > packet.bodyRoomBytes) break;
      const marked = congested || this.#heldBytes > routerLimits.flowMarkBytes;
      const flags = priority | (marked ? congestedFlag : 0);
      packet.relayed(ids.subarray(0, nodeIdBytes), ids.subarray(nodeIdBytes), flags, hopsLeft, body, sizeBytes);
      this.#release(queue[taken++] as RelayedPacket);
    }
    if (taken > 0) queue.splice(0, taken);
    return queue.length > 0;
  }

  /** Whether something of this priority waits. */
  has(priority: PriorityClass): boolean {
    return (this.#queues[priority] as RelayedPacket[]).length > 0;
  }

  /** Empties it: what waited is to go another way. */
  takeAll(): RelayedPacket[] {
    const all = this.#queues.flat();
    for (const packet of all) this.#release(packet);
    for (const queue of this.#queues) queue.length = 0;
    return all;
  }

  #release(packet: RelayedPacket): void {
    const cost = costBytes(packet);
    this.#heldBytes -= cost;
    packet.account.heldBytes -= cost;
  }
}

/** Its bytes, and what the objects around them take. */
function costBytes(packet: RelayedPacket): number {
  return packet.sizeBytes + routerLimits.packetCostBytes;
}

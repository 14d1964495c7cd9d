// What waits at this node on its way from one node to another, over one neighbour. Each flow has its own bounded queue,
// and flows take turns (RelayQueue): so none can starve another, or fill the memory of the nodes it passes.

import { routerLimits } from "#base/limits.ts";
import { nodeIdBytes } from "#identity/node-identity.ts";
import { congestedFlag, type LinkPacket } from "../link/link-packet.ts";
import type { Pieces } from "../wire/piece-reader.ts";
import { priorities, type PriorityClass } from "../wire/priority.ts";
import type { AccountedFlow, RelayAccount } from "./relay-account.ts";

export interface RelayedPacket {
  /** `to` and `from`, 66 bytes: a view into what the link has received, until a flow takes the packet. */
  ids: Uint8Array;
  readonly priority: PriorityClass;
  readonly congested: boolean;
  readonly hopsLeft: number;
  body: Pieces;
  readonly sizeBytes: number;
  readonly account: RelayAccount;
}

/** A view that is a smaller part than this of its memory is copied if it has to wait: it would keep all of that. */
const worthKeeping = 1 / 4;
/** What one origin may have waiting before that is looked at: what leaves at once is not copied. */
const keptAsItIsBytes = 64 * 1024;

export class RelayFlow implements AccountedFlow {
  readonly ids: Uint8Array;
  readonly #account: RelayAccount;
  readonly #forgotten: (flow: RelayFlow) => void;
  readonly #queues: readonly RelayedPacket[][] = priorities.map(() => []);
  #heldBytes = 0;

  /** `ids` are this flow's from now on. */
  constructor(ids: Uint8Array, account: RelayAccount, forgotten: (flow: RelayFlow) => void) {
    this.ids = ids;
    this.#account = account;
    this.#forgotten = forgotten;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  forget(): void {
    this.#forgotten(this);
  }

  /** False if it was dropped, since too much waits already: of this flow, or of whoever sent it here. */
  add(packet: RelayedPacket): boolean {
    const cost = costBytes(packet);
    if (this.#heldBytes + cost > routerLimits.flowBytes || !this.#account.hold(cost)) return false;
    if (this.#heldBytes === 0) this.#account.busy(this);
    this.#heldBytes += cost;
    packet.ids = this.ids;
    if (this.#account.heldBytes > keptAsItIsBytes) packet.body = packet.body.map(withoutSurroundings);
    (this.#queues[packet.priority] as RelayedPacket[]).push(packet);
    return true;
  }

  /** As much as fits. False if not even the first did. */
  fill(packet: LinkPacket, priority: PriorityClass): boolean {
    const queue = this.#queues[priority] as RelayedPacket[];
    let taken = 0;
    let takenBytes = 0;
    for (const waiting of queue) {
      const { congested, hopsLeft, body, sizeBytes } = waiting;
      if (sizeBytes > packet.bodyRoomBytes) break;
      const marked = congested || this.#heldBytes - takenBytes > routerLimits.flowMarkBytes;
      const flags = priority | (marked ? congestedFlag : 0);
      packet.relayed(
        this.ids.subarray(0, nodeIdBytes),
        this.ids.subarray(nodeIdBytes),
        flags,
        hopsLeft,
        body,
        sizeBytes,
      );
      takenBytes += costBytes(waiting);
      taken++;
    }
    if (taken === 0) return false;
    queue.splice(0, taken);
    this.#release(takenBytes);
    return true;
  }

  /** Whether something of this priority waits. */
  has(priority: PriorityClass): boolean {
    return (this.#queues[priority] as RelayedPacket[]).length > 0;
  }

  /** Empties it: what waited is to go another way. */
  takeAll(): RelayedPacket[] {
    const all = this.#queues.flat();
    for (const queue of this.#queues) queue.length = 0;
    if (this.#heldBytes > 0) this.#release(this.#heldBytes);
    return all;
  }

  #release(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#account.release(bytes);
    if (this.#heldBytes === 0) this.#account.idle(this);
  }
}

/** Its bytes, and what the objects around them take. */
function costBytes(packet: RelayedPacket): number {
  return packet.sizeBytes + routerLimits.packetCostBytes;
}

function withoutSurroundings(piece: Uint8Array): Uint8Array {
  return piece.length < piece.buffer.byteLength * worthKeeping ? piece.slice() : piece;
}

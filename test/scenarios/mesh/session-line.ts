// What lies between two sessions in these tests: a link each way that puts packets together as a real one does, and a
// network that may drop, double, delay, reorder, corrupt and mark what it carries.

import { chance, float, integerBelow, type SeededRandom } from "#base/random.ts";
import type { Timers } from "#glow";
import { nodeIdBytes } from "#identity/node-identity.ts";
import { frameType, LinkPacket } from "#mesh/link/link-packet.ts";
import type { LinkOutput, LinkSource } from "#mesh/link/link-source.ts";
import type { MeshSession } from "#mesh/session/session.ts";
import { PieceReader } from "#mesh/wire/piece-reader.ts";
import { type PriorityClass, priorities } from "#mesh/wire/priority.ts";

/** Chances are of each session packet; delays are one way, in ms. */
export interface LineConditions {
  readonly loss?: number;
  readonly doubling?: number;
  readonly corruption?: number;
  readonly marking?: number;
  readonly delayMs?: number;
  /** Added to each packet's delay: up to this much, so that packets overtake one another. */
  readonly jitterMs?: number;
  /** Bytes each way that leave in one millisecond; without it all at once. */
  readonly bytesPerMs?: number;
}

/** One session packet on its way. */
export interface Carried {
  readonly priority: PriorityClass;
  readonly direct: boolean;
  readonly tag: number;
  readonly number: number;
  readonly bytes: Uint8Array;
}

export interface LineOptions {
  readonly timers: Timers;
  readonly random: SeededRandom;
  readonly conditions?: LineConditions;
  /** Sees every packet that leaves; false swallows it. */
  readonly watch?: (packet: Carried) => boolean;
}

/** One direction: the output of one session, and the way to the other. */
export class Line implements LinkOutput {
  conditions: LineConditions;
  watch: (packet: Carried) => boolean;
  /** Where packets arrive. */
  target: MeshSession | undefined;
  /** Link packets that have left. */
  flushes = 0;
  readonly #timers: Timers;
  readonly #random: SeededRandom;
  readonly #rings: readonly Set<LinkSource>[] = priorities.map(() => new Set());
  #flushing = false;
  /** When, in ms of this line's own count, the last byte will have left. */
  #busy = false;

  constructor({ timers, random, conditions = {}, watch = () => true }: LineOptions) {
    this.#timers = timers;
    this.#random = random;
    this.conditions = conditions;
    this.watch = watch;
  }

  ready(source: LinkSource, priority: PriorityClass): void {
    (this.#rings[priority] as Set<LinkSource>).add(source);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#flushing || this.#busy) return;
    this.#flushing = true;
    this.#timers.endOfTurn(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (!this.#busy) {
      const packet = new LinkPacket();
      this.#fill(packet);
      if (packet.empty) return;
      this.flushes++;
      const { bytesPerMs } = this.conditions;
      if (bytesPerMs !== undefined) {
        this.#busy = true;
        this.#timers.after((packet.blockBytes + packet.bodyBytes) / bytesPerMs, () => {
          this.#busy = false;
          this.#flush();
        });
      }
      this.#carry(packet);
    }
  }

  #fill(packet: LinkPacket): void {
    for (let priority = 0; priority < this.#rings.length; priority++) {
      const ring = this.#rings[priority] as Set<LinkSource>;
      for (const source of ring) {
        const before = packet.blockBytes;
        const more = source.fill(packet, priority as PriorityClass);
        if (more && packet.blockBytes === before && before > 0) return;
        ring.delete(source);
        if (more && packet.blockBytes > before) ring.add(source);
      }
    }
  }

  /** Takes the link's packet apart into session packets, each of which has its own fate. */
  #carry(packet: LinkPacket): void {
    const block = new PieceReader(copied(packet.block()));
    const bodies = new PieceReader(copied(packet.bodies()));
    while (block.left > 0) {
      const type = block.u8();
      if (type === frameType.session) {
        const tag = block.u32();
        const number = block.u48();
        this.#send({ priority: 0, direct: true, tag, number, bytes: block.bytes(block.u24()) });
      } else if (type === frameType.relayed) {
        block.bytes(2 * nodeIdBytes);
        const priority = (block.u8() & 3) as PriorityClass;
        block.u8();
        const body = new PieceReader([bodies.bytes(block.u24())]);
        this.#send({ priority, direct: false, tag: body.u32(), number: body.u48(), bytes: body.bytes(body.left) });
      } else throw new Error(`a frame of type ${type}`);
    }
  }

  #send(packet: Carried): void {
    if (!this.watch(packet)) return;
    const { loss = 0, doubling = 0, corruption = 0 } = this.conditions;
    if (chance(this.#random, loss)) return;
    // A direct link is sealed by itself: what is corrupted on it does not come through.
    const corrupted = chance(this.#random, corruption) && packet.bytes.length > 0;
    if (corrupted && packet.direct) return;
    this.#deliverLater(corrupted ? { ...packet, bytes: this.#corrupt(packet.bytes) } : packet);
    if (chance(this.#random, doubling)) this.#deliverLater(packet);
  }

  #corrupt(bytes: Uint8Array): Uint8Array {
    const wrong = bytes.slice();
    const at = integerBelow(this.#random, wrong.length);
    wrong[at] = (wrong[at] as number) ^ (1 + integerBelow(this.#random, 255));
    return wrong;
  }

  #deliverLater(packet: Carried): void {
    const { delayMs = 0, jitterMs = 0, marking = 0 } = this.conditions;
    const congested = chance(this.#random, marking);
    const delay = delayMs + (jitterMs === 0 ? 0 : float(this.#random) * jitterMs);
    this.#timers.after(delay, () => this.deliver(packet, congested));
  }

  deliver({ direct, number, priority, bytes }: Carried, congested = false): void {
    if (direct) this.target?.receivedDirect(number, new PieceReader([bytes]), bytes.length);
    else this.target?.receivedSealed(number, priority, pieces(bytes), congested);
  }
}

/** As a network has it: what is on its way is no longer the sender's memory. */
function copied(parts: readonly Uint8Array[]): Uint8Array[] {
  return parts.map((part) => part.slice());
}

/** Cut in the middle, as a transport may. */
function pieces(bytes: Uint8Array): Uint8Array[] {
  const middle = bytes.length >>> 1;
  return [bytes.subarray(0, middle), bytes.subarray(middle)];
}

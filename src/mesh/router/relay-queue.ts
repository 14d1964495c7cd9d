// What one origin has sent here for nodes behind one neighbour. Its flows take turns with one another, and it with what
// others send to that neighbour: so an origin that makes up a thousand flows gets no more of a link than one with one.

import type { Random } from "#glow";
import { nodeIdBytes } from "#identity/node-identity.ts";
import type { LinkPacket } from "../link/link-packet.ts";
import type { LinkSource } from "../link/link-source.ts";
import { IdMap } from "../wire/id-map.ts";
import { priorities, type PriorityClass } from "../wire/priority.ts";
import type { RelayAccount } from "./relay-account.ts";
import { RelayFlow, type RelayedPacket } from "./relay-flow.ts";

export class RelayQueue implements LinkSource {
  readonly #account: RelayAccount;
  readonly #emptied: () => void;
  /** By `to` and `from`. */
  readonly #flows: IdMap<RelayFlow>;
  /** For each priority, the flows of which something waits, in the order of their turns. */
  readonly #rings: readonly Set<RelayFlow>[] = priorities.map(() => new Set());

  /** `emptied`: its last flow was forgotten. */
  constructor(account: RelayAccount, random: Random, emptied: () => void) {
    this.#account = account;
    this.#emptied = emptied;
    // Anything may stand for `from`.
    this.#flows = new IdMap(random, 2 * nodeIdBytes, 1, true);
  }

  get heldBytes(): number {
    let held = 0;
    for (const flow of this.#flows.values()) held += flow.heldBytes;
    return held;
  }

  /** False if the packet had to be dropped. */
  add(packet: RelayedPacket): boolean {
    const flow = this.#flows.get(packet.ids, 0) ?? this.#open(packet.ids.slice());
    if (flow?.add(packet) !== true) return false;
    (this.#rings[packet.priority] as Set<RelayFlow>).add(flow);
    return true;
  }

  fill(packet: LinkPacket, priority: PriorityClass): boolean {
    const ring = this.#rings[priority] as Set<RelayFlow>;
    const [flow] = ring;
    if (flow === undefined) return false;
    if (!flow.fill(packet, priority)) return true;
    ring.delete(flow);
    if (flow.has(priority)) ring.add(flow);
    return ring.size > 0;
  }

  /** Whether something of this priority waits. */
  has(priority: PriorityClass): boolean {
    return (this.#rings[priority] as Set<RelayFlow>).size > 0;
  }

  /** Ends it: what waited is to go another way. */
  takeAll(): RelayedPacket[] {
    for (const ring of this.#rings) ring.clear();
    const flows = [...this.#flows.values()];
    const packets = flows.flatMap((flow) => flow.takeAll());
    for (const flow of flows) this.#account.drop(flow);
    return packets;
  }

  #open(ids: Uint8Array): RelayFlow | undefined {
    const flow = new RelayFlow(ids, this.#account, this.#forget);
    if (!this.#account.open(flow)) return undefined;
    this.#flows.set(ids, flow);
    return flow;
  }

  readonly #forget = (flow: RelayFlow): void => {
    this.#flows.delete(flow.ids);
    if (this.#flows.size === 0) this.#emptied();
  };
}

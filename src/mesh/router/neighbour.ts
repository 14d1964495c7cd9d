// A node to which there is at least one link. Of several links the best carries everything; the others stand by, and
// take over in the very turn in which it dies.

import type { Clock, LinkMetrics, NeighbourPolicy, NodeId, Random } from "#glow";
import { idBytes } from "#base/ids.ts";
import { routerLimits } from "#base/limits.ts";
import type { SecureLink } from "../link/link.ts";
import { type PriorityClass, priorities } from "../wire/priority.ts";
import { TokenBucket } from "../wire/token-bucket.ts";
import { RelayAccount } from "./relay-account.ts";
import type { RelayedPacket } from "./relay-flow.ts";
import { RelayQueue } from "./relay-queue.ts";

/** Another link has to be so much faster to be worth a change. */
const worthAChange = 0.7;
const scopes: readonly LinkMetrics["scope"][] = ["local", "wide", "control"];

export class Neighbour {
  readonly id: NodeId;
  readonly bytes: Uint8Array;
  readonly policy: NeighbourPolicy;
  readonly links = new Set<SecureLink>();
  /** The one over which routing speaks with this neighbour: from the moment it was chosen until it ends. */
  routingLink: SecureLink | undefined;
  /** What this neighbour has sent for others, and still waits here. */
  readonly account = new RelayAccount();
  /** How much of what it brings for others goes on; undefined for all. */
  readonly allowance: TokenBucket | undefined;
  /** How often it may choose another link for routing: each time everything is told again. */
  readonly routingStarts: TokenBucket;
  readonly #random: Random;
  /** What goes through this neighbour, by whom it came from. */
  readonly #queues = new Map<RelayAccount, RelayQueue>();
  #best: SecureLink | undefined;

  constructor(
    id: NodeId,
    policy: NeighbourPolicy,
    { clock, random }: { readonly clock: Clock; readonly random: Random },
  ) {
    this.id = id;
    this.bytes = idBytes(id);
    this.policy = policy;
    this.#random = random;
    const rate = policy.relayBytesPerSecond;
    this.allowance = rate === undefined ? undefined : new TokenBucket(clock, rate, rate);
    this.routingStarts = new TokenBucket(clock, routerLimits.routingStarts, routerLimits.routingStarts);
  }

  /** Bytes that wait for this neighbour. */
  get heldBytes(): number {
    let held = 0;
    for (const queue of this.#queues.values()) held += queue.heldBytes;
    return held;
  }

  /** The link that carries everything. */
  get best(): SecureLink | undefined {
    return this.#best;
  }

  /** Chooses again. True if it is another link than before: then what waits goes through that. */
  choose(): boolean {
    const before = this.#best;
    if (before !== undefined && !this.links.has(before)) this.#best = undefined;
    for (const link of this.links) if (this.#best === undefined || better(link, this.#best)) this.#best = link;
    if (this.#best === before) return false;
    for (const queue of this.#queues.values()) this.#ready(queue);
    return true;
  }

  /** Sends a packet on its way; false if it had to be dropped. */
  relay(packet: RelayedPacket): boolean {
    const queue = this.#queues.get(packet.account) ?? this.#open(packet.account);
    if (!queue.add(packet)) return false;
    this.#best?.ready(queue, packet.priority);
    return true;
  }

  /** What waits for this neighbour, to go another way since there is no link any more. */
  takeAll(): RelayedPacket[] {
    const packets = [...this.#queues.values()].flatMap((queue) => queue.takeAll());
    this.#queues.clear();
    return packets;
  }

  #open(account: RelayAccount): RelayQueue {
    const queue = new RelayQueue(account, this.#random, () => this.#queues.delete(account));
    this.#queues.set(account, queue);
    return queue;
  }

  #ready(queue: RelayQueue): void {
    for (let priority = 0; priority < priorities.length; priority++) {
      if (queue.has(priority as PriorityClass)) this.#best?.ready(queue, priority as PriorityClass);
    }
  }
}

function better(link: SecureLink, than: SecureLink): boolean {
  const [one, other] = [link.metrics(), than.metrics()];
  if (one.scope !== other.scope) return scopes.indexOf(one.scope) < scopes.indexOf(other.scope);
  return one.roundTripMs < other.roundTripMs * worthAChange;
}

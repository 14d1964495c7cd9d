// A node to which there is at least one link. Of several links the best carries everything; the others stand by, and
// take over in the very turn in which it dies.

import type { LinkMetrics, NeighbourPolicy, NodeId, Random } from "#glow";
import { idBytes } from "#base/ids.ts";
import { nodeIdBytes } from "#identity/node-identity.ts";
import type { SecureLink } from "../link/link.ts";
import { IdMap } from "../wire/id-map.ts";
import { type PriorityClass, priorities } from "../wire/priority.ts";
import { type RelayAccount, RelayFlow, type RelayedPacket } from "./relay-flow.ts";
import { routerLimits } from "#base/limits.ts";

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
  readonly account: RelayAccount = { heldBytes: 0 };
  /** What goes through this neighbour, by `to` and `from`. */
  readonly #flows: IdMap<RelayFlow>;
  #best: SecureLink | undefined;

  constructor(id: NodeId, policy: NeighbourPolicy, random: Random) {
    this.#flows = new IdMap(random, 2 * nodeIdBytes, 1);
    this.id = id;
    this.bytes = idBytes(id);
    this.policy = policy;
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
    for (const flow of this.#flows.values()) this.#ready(flow);
    return true;
  }

  /** Sends a packet on its way; false if it had to be dropped. */
  relay(packet: RelayedPacket): boolean {
    let flow = this.#flows.get(packet.ids, 0);
    if (flow === undefined) {
      if (this.#flows.size >= routerLimits.flows) this.#forgetEmpty();
      if (this.#flows.size >= routerLimits.flows) return false;
      flow = new RelayFlow();
      this.#flows.set(packet.ids.slice(), flow);
    }
    if (!flow.add(packet)) return false;
    this.#best?.ready(flow, packet.priority);
    return true;
  }

  /** What waits for this neighbour, to go another way since there is no link any more. */
  takeAll(): RelayedPacket[] {
    const packets = [...this.#flows.values()].flatMap((flow) => flow.takeAll());
    this.#flows.clear();
    return packets;
  }

  #ready(flow: RelayFlow): void {
    for (let priority = 0; priority < priorities.length; priority++) {
      if (flow.has(priority as PriorityClass)) this.#best?.ready(flow, priority as PriorityClass);
    }
  }

  #forgetEmpty(): void {
    const kept = this.takeAll();
    for (const packet of kept) this.relay(packet);
  }
}

function better(link: SecureLink, than: SecureLink): boolean {
  const [one, other] = [link.metrics(), than.metrics()];
  if (one.scope !== other.scope) return scopes.indexOf(one.scope) < scopes.indexOf(other.scope);
  return one.roundTripMs < other.roundTripMs * worthAChange;
}

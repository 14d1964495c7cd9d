// What routing needs of the node around it.

import type { routingLimits } from "#base/limits.ts";
import type { Clock, Crypto, NodeId, Random, Timers } from "#glow";
import type { GlowError } from "#base/errors.ts";
import type { NodeIdentity } from "#identity/node-identity.ts";

export interface RoutingPowers {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly identity: NodeIdentity;
  /** This node is a tab, and says so. */
  readonly tab?: boolean;
  /** Takes a message to a neighbour, whole and in the order of the calls. Called at the end of a turn or by a timer. */
  send(peer: NodeId, message: Uint8Array): void;
  /** The targets that have another next hop than at the last call, or none any more. At the end of a turn. */
  changed(targets: ReadonlySet<NodeId>): void;
  /** Found out later about what `received` had taken: the link is to be closed. At the end of a turn. */
  failed(peer: NodeId, error: GlowError): void;
}

/** `routingLimits` less those that the protocol fixes. */
type Fixed = "messageBytes" | "recordsPerMessage" | "hops";

export type RoutingLimits = { readonly [Name in Exclude<keyof typeof routingLimits, Fixed>]: number };

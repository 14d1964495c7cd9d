// Leave to relay for those who are no devices of the user: grants that this user's devices give to others, as these present
// them when they link, and grants that others gave to this node, each for one of their nodes. In memory only.

import { GlowError } from "#base/errors.ts";
import { identityLimits, nodeLimits } from "#base/limits.ts";
import type { Clock, Crypto, NeighbourPolicy, NodeId, UserState } from "#glow";
import type { NodeIdentity } from "#identity/node-identity.ts";
import { type RelayGrant, signRelayGrant, verifyRelayGrant } from "#identity/relay-grant.ts";
import { deviceOfNode } from "#identity/user/device-of-node.ts";

export interface RelayGrantsOptions {
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly identity: NodeIdentity;
  /** The user whose devices are to relay; undefined while there is none. */
  user(): UserState | undefined;
}

export class RelayGrants {
  readonly #options: RelayGrantsOptions;
  /** What is presented to a node when it is dialled. */
  readonly #own = new Map<NodeId, Uint8Array>();
  /** What neighbours have presented, and it held. */
  readonly #presented = new Map<NodeId, Uint8Array>();

  constructor(options: RelayGrantsOptions) {
    this.#options = options;
  }

  /**
   * Leave for a node to send through the devices of this node's user, for so long and, if that is said, so much a second.
   * `denied` for a tab, and for who belongs to no user (any more); `invalid` for a time or a rate that no grant can have.
   */
  give(node: NodeId, lifetimeMs: number, bytesPerSecond?: number): Uint8Array {
    const { identity, clock } = this.#options;
    const user = this.#options.user();
    const own = user && deviceOfNode(user, identity.id);
    if (user === undefined || own === undefined || own.device.role === "tab") {
      throw refusal("denied", "only a lasting device of a user can let others relay");
    }
    if (!(lifetimeMs > 0 && lifetimeMs <= identityLimits.relayGrantMs)) {
      throw refusal("invalid", `a grant lasts at most ${identityLimits.relayGrantMs} ms`);
    }
    if (bytesPerSecond !== undefined && !(Number.isSafeInteger(bytesPerSecond) && bytesPerSecond > 0)) {
      throw refusal("invalid", "a grant with a rate is for at least one byte a second, and for whole ones");
    }
    return signRelayGrant(identity, {
      user: user.user,
      device: own.id,
      grantee: { kind: "node", id: node },
      untilMs: Math.floor(clock.wallMs() + lifetimeMs),
      ...(bytesPerSecond !== undefined && { bytesPerSecond }),
    });
  }

  /** From now on this grant is presented to that node. `exhausted` past `nodeLimits.grants`, `too-large` for no grant. */
  use(via: NodeId, grant: Uint8Array): void {
    if (grant.length > identityLimits.relayGrantBytes) {
      throw new GlowError("too-large", "relay-grants.use", { message: "this is longer than any grant" });
    }
    if (this.#own.size >= nodeLimits.grants && !this.#own.has(via)) {
      const message = `${nodeLimits.grants} grants are in use, the most there may be`;
      throw new GlowError("exhausted", "relay-grants.use", { target: via, message });
    }
    this.#own.set(via, grant);
  }

  /** What to present to a node. */
  for(via: NodeId): Uint8Array | undefined {
    return this.#own.get(via);
  }

  /** A neighbour, who has proved its id, presents this. What does not hold is passed over. */
  present(peer: NodeId, grant: Uint8Array): void {
    if (this.#verified(peer, grant) !== undefined) this.#presented.set(peer, grant);
  }

  /** What it has presented, if that holds now. */
  held(peer: NodeId): RelayGrant | undefined {
    const grant = this.#presented.get(peer);
    return grant && this.#verified(peer, grant);
  }

  /** What a neighbour may do who has shown a grant by this user, or has given this node one; undefined for all others. */
  policy(peer: NodeId): NeighbourPolicy | undefined {
    const grant = this.held(peer);
    const relayBytesPerSecond = grant?.bytesPerSecond;
    if (relayBytesPerSecond !== undefined) return { tab: false, relay: true, relayBytesPerSecond };
    return grant !== undefined || this.for(peer) !== undefined ? { tab: false, relay: true } : undefined;
  }

  /** Neighbours whose grant held when they presented it. */
  peers(): IterableIterator<NodeId> {
    return this.#presented.keys();
  }

  /** It is no neighbour any more. */
  forget(peer: NodeId): void {
    this.#presented.delete(peer);
  }

  #verified(peer: NodeId, grant: Uint8Array): RelayGrant | undefined {
    const { crypto, clock, user } = this.#options;
    const granter = user();
    if (granter === undefined) return undefined;
    try {
      return verifyRelayGrant(crypto, grant, granter, { node: peer }, clock.wallMs());
    } catch (error) {
      GlowError.from(error, "relay-grants.verify");
      return undefined;
    }
  }
}

function refusal(kind: "denied" | "invalid", message: string): GlowError {
  return new GlowError(kind, "relay-grants.give", { message });
}

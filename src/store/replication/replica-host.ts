// What this device gives to others: which spaces to whom. What one peer may ask for is counted over all of them.

import { GlowError } from "#base/errors.ts";
import type { Clock, DeviceId, Replica, SpaceId, Subscription } from "#glow";
import { Listeners } from "./listeners.ts";
import { PeerAllowance } from "./peer-allowance.ts";
import type { Replicator } from "./replicator.ts";

export class ReplicaHost {
  readonly #clock: Clock;
  readonly #replicators = new Map<SpaceId, Replicator>();
  readonly #allowances = new Map<DeviceId, PeerAllowance>();
  readonly #changes = new Listeners<void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on its space is given to its holders, until that is stopped. */
  add(replicator: Replicator): Subscription {
    const { space } = replicator;
    this.#replicators.set(space.id, replicator);
    // Who is a holder is said by batches.
    let holders = space.holders.size;
    const watching = space.watch(() => {
      if (space.holders.size === holders) return;
      holders = space.holders.size;
      this.#changes.tell();
    });
    this.#changes.tell();
    return {
      stop: () => {
        watching.stop();
        if (this.#replicators.get(space.id) === replicator) this.#replicators.delete(space.id);
        this.#changes.tell();
      },
    };
  }

  /** The spaces that this peer is given. */
  spaces(peer: DeviceId): readonly SpaceId[] {
    return [...this.#replicators].filter(([, { space }]) => space.holders.has(peer)).map(([id]) => id);
  }

  /** `not-found` if there is no such space here, `denied` if the peer is no holder. */
  open(space: SpaceId, peer: DeviceId): Replica {
    const replicator = this.#replicators.get(space);
    if (replicator === undefined) {
      throw new GlowError("not-found", "replica.open", { target: space, message: "this node does not hold the space" });
    }
    if (!replicator.space.holders.has(peer)) {
      const message = "only holders of the space are given it: a member makes a device one";
      throw new GlowError("denied", "replica.open", { target: space, message });
    }
    const allowance = this.#allowances.get(peer) ?? new PeerAllowance(this.#clock);
    this.#allowances.set(peer, allowance);
    return replicator.replica(peer, allowance);
  }

  /** Called when `spaces` may say something else, for whichever peer. */
  watch(changed: () => void): Subscription {
    return this.#changes.add(changed);
  }
}

// Since when there is a way to each device of the user, or when there last was one.

import type { Clock, NodeId, UserState } from "#glow";
import type { Presence } from "#services/user/user-devices.ts";

export interface PresencesOptions {
  readonly clock: Clock;
  readonly isReachable: (node: NodeId) => boolean;
  /** A device has come or gone. */
  readonly changed: (node: NodeId, online: boolean) => void;
}

export class Presences {
  readonly #options: PresencesOptions;
  readonly #known = new Map<NodeId, Presence>();

  constructor(options: PresencesOptions) {
    this.#options = options;
  }

  /** To be called when devices or ways have changed; `self` is none of those that come and go. */
  look({ devices }: UserState, self: NodeId): void {
    const { clock, isReachable, changed } = this.#options;
    const members = new Set([...devices.values()].flatMap(({ node }) => node ?? []));
    members.delete(self);
    for (const node of this.#known.keys()) if (!members.has(node)) this.#known.delete(node);
    for (const node of members) {
      const online = isReachable(node);
      const before = this.#known.get(node);
      if (before?.online === online) continue;
      // Who was never there was last there nobody knows when.
      if (!online && before === undefined) continue;
      this.#known.set(node, { online, sinceMs: clock.wallMs() });
      changed(node, online);
    }
  }

  of(node: NodeId): Presence {
    const online = this.#options.isReachable(node);
    const known = this.#known.get(node);
    return known?.online === online ? known : { online };
  }
}

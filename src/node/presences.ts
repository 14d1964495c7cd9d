// Since when there is a way to each device of the user, or when there last was one.

import type { Clock, NodeId, UserState } from "#glow";
import type { Presence } from "#services/user/user-devices.ts";

export interface PresencesOptions {
  readonly clock: Clock;
  /** The neighbour that the way to a node goes over; undefined if there is none. */
  readonly nextTo: (node: NodeId) => NodeId | undefined;
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
    const { clock, nextTo, changed } = this.#options;
    const members = new Set([...devices.values()].flatMap(({ node }) => node ?? []));
    members.delete(self);
    for (const node of this.#known.keys()) if (!members.has(node)) this.#known.delete(node);
    for (const node of members) {
      const next = nextTo(node);
      const online = next !== undefined;
      const before = this.#known.get(node);
      if (before?.online === online) {
        if (online && before.next !== next) this.#known.set(node, { ...before, next });
        continue;
      }
      // Who was never there was last there nobody knows when.
      if (!online && before === undefined) continue;
      const last = next ?? before?.next;
      this.#known.set(node, { online, sinceMs: clock.wallMs(), ...(last !== undefined && { next: last }) });
      changed(node, online);
    }
  }

  of(node: NodeId): Presence {
    const next = this.#options.nextTo(node);
    const known = this.#known.get(node);
    if (known?.online === (next !== undefined)) return { ...known, ...(next !== undefined && { next }) };
    return next === undefined ? { online: false } : { online: true, next };
  }
}

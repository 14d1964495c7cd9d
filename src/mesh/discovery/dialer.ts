// Keeps a link to every node that is wanted for a neighbour, as far as its addresses allow. It dials; what comes of it is
// the router's, and so is a link that the other side has made. Both sides may dial at once: the router keeps both links.

import { GlowError } from "#base/errors.ts";
import { dialLimits } from "#base/limits.ts";
import type { NodeId, Subscription, Timer } from "#glow";
import { DialSlots } from "./dial-slots.ts";
import { Haste } from "./haste.ts";
import { type DialerOptions, type DialLimits, Pursuit } from "./pursuit.ts";

export class Dialer {
  readonly #options: DialerOptions;
  readonly #limits: DialLimits;
  readonly #slots: DialSlots;
  readonly #pursuits = new Map<NodeId, Pursuit>();
  readonly #watch: Subscription;
  #networkChangedMs = Number.NEGATIVE_INFINITY;
  #networkTimer: Timer | undefined;
  readonly #haste: Haste;
  #closed = false;

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#limits = { ...dialLimits, ...options.limits };
    this.#slots = new DialSlots(this.#limits.dials);
    this.#haste = new Haste(options.clock, this.#limits);
    this.#watch = options.book.watch((node) => this.#pursuits.get(node)?.look());
  }

  /** From now on there is to be a link to this node. `exhausted` beyond `dialLimits.wanted` nodes. */
  want(node: NodeId): void {
    if (this.#closed || this.#pursuits.has(node)) return;
    if (this.#pursuits.size >= this.#limits.wanted) {
      const message = `${this.#limits.wanted} nodes are wanted as neighbours already; give up others first`;
      throw new GlowError("exhausted", "dialer.want", { target: node, message });
    }
    this.#pursuits.set(node, new Pursuit(node, this.#options, this.#limits, this.#slots));
  }

  /** No longer. A link that there is stays. */
  unwant(node: NodeId): void {
    this.#pursuits.get(node)?.end();
    this.#pursuits.delete(node);
  }

  isWanted(node: NodeId): boolean {
    return this.#pursuits.has(node);
  }

  /** To be called when the first link to a node is there, and when the last one has gone. */
  linkChanged(node: NodeId): void {
    this.#pursuits.get(node)?.look();
  }

  /** The machine has another network: whatever failed is dialled again, at once. */
  networkChanged(): void {
    if (this.#closed || this.#networkTimer !== undefined) return;
    const { clock, timers } = this.#options;
    const waitMs = this.#networkChangedMs + this.#limits.networkChangeMs - clock.monotonicMs();
    this.#networkTimer = timers.after(Math.max(waitMs, 0), () => {
      this.#networkTimer = undefined;
      this.#networkChangedMs = clock.monotonicMs();
      for (const pursuit of this.#pursuits.values()) pursuit.networkChanged();
    });
  }

  /** Somebody is waiting for nodes that are not linked: whatever failed is dialled again now, as far as `Haste` allows. */
  hurry(): void {
    if (this.#closed || !this.#haste.begins()) return;
    for (const pursuit of this.#pursuits.values()) pursuit.hurry();
  }

  /** Gives up all dials. Links stay. */
  close(): void {
    this.#closed = true;
    this.#watch.stop();
    this.#networkTimer?.cancel();
    for (const pursuit of this.#pursuits.values()) pursuit.end();
    this.#pursuits.clear();
  }
}

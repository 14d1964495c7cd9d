// What one origin (a neighbour, or this node itself) has waiting in all queues of this node: bytes and flows, both
// bounded. Whatever a neighbour says in whose name, it uses up its own account and nobody else's.

import { routerLimits } from "#base/limits.ts";

/** A flow as its account sees it. */
export interface AccountedFlow {
  /** Nothing of it waits, and it is to make room: whoever has it lets go of it. */
  forget(): void;
}

export class RelayAccount {
  #heldBytes = 0;
  #flows = 0;
  /** Flows of which nothing waits, the longest idle first. They are kept, since most flows go on. */
  readonly #idle = new Set<AccountedFlow>();
  #isClosed = false;

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get flows(): number {
    return this.#flows;
  }

  /** False if this origin holds too much already. */
  hold(costBytes: number): boolean {
    if (this.#heldBytes + costBytes > routerLimits.neighbourBytes) return false;
    this.#heldBytes += costBytes;
    return true;
  }

  release(costBytes: number): void {
    this.#heldBytes -= costBytes;
  }

  /** A new flow, which is idle. False if there are too many, and all of them have something waiting. */
  open(flow: AccountedFlow): boolean {
    if (this.#flows >= routerLimits.flows) {
      const [longestIdle] = this.#idle;
      if (longestIdle === undefined) return false;
      this.drop(longestIdle);
    }
    this.#flows++;
    this.#idle.add(flow);
    return true;
  }

  busy(flow: AccountedFlow): void {
    this.#idle.delete(flow);
  }

  idle(flow: AccountedFlow): void {
    this.#idle.add(flow);
    if (this.#isClosed) this.drop(flow);
  }

  /** The origin is gone: its flows are forgotten as they become empty. */
  close(): void {
    this.#isClosed = true;
    for (const flow of this.#idle) this.drop(flow);
  }

  /** Of an idle flow. */
  drop(flow: AccountedFlow): void {
    this.#idle.delete(flow);
    this.#flows--;
    flow.forget();
  }
}

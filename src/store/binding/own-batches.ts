// Batches that this binding has written, whose own objects nobody needs to look at when the drive says that they have
// changed. Which they are is known only when they are written, and the drive may tell of them before.

import type { ObjectId } from "../contracts.ts";

export class OwnBatches {
  /** By the batch's hash. */
  readonly #objects = new Map<string, ReadonlySet<ObjectId>>();
  #under = 0;
  #waiting: (() => void)[] = [];

  begin(): void {
    this.#under++;
  }

  /** `hash` of what was written, if something was. */
  end(hash: string | undefined, objects: ReadonlySet<ObjectId>): void {
    if (hash !== undefined) this.#objects.set(hash, objects);
    this.#under--;
    if (this.#under > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each();
    // All that the drive has told of them was asked about just now.
    this.#objects.clear();
  }

  /** Calls `others` with those that changed otherwise, if any, when it is known: whether a batch is one's own is not at once. */
  withoutOwn(hash: string, objects: readonly ObjectId[], others: (objects: readonly ObjectId[]) => void): void {
    const decide = () => {
      const own = this.#objects.get(hash);
      const rest = own === undefined ? objects : objects.filter((object) => !own.has(object));
      if (rest.length > 0) others(rest);
    };
    if (this.#under === 0) decide();
    else this.#waiting.push(decide);
  }
}

// The objects of this side that the peer holds, with how often each was sent. An object has one id for as long as
// it is held, so that it is recognised when it comes back.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Interface } from "../codec/interface.ts";

export interface Export {
  readonly id: number;
  readonly object: object;
  readonly type: Interface;
  /** How often it was sent and not yet released. */
  count: number;
  /** It was given away as a result: it is disposed of when the peer has released it. */
  given: boolean;
}

/** The id of each side's root. */
export const rootId = 0;

export class ExportTable {
  /** Id 0 is the root's, whether there is one or not. */
  readonly #entries: (Export | undefined)[] = [undefined];
  readonly #free: number[] = [];
  readonly #byObject = new Map<object, Export[]>();
  readonly #limit: number;
  readonly #dropped: (entry: Export) => void;

  /** `dropped` is told of each export that the peer holds no longer. */
  constructor(dropped: (entry: Export) => void, limit: number = fireflyLimits.exports) {
    this.#dropped = dropped;
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.length - this.#free.length - 1;
  }

  /** What the peer can call without having been given it. */
  setRoot(object: object, type: Interface): void {
    const root = { id: rootId, object, type, count: 1, given: false };
    this.#entries[rootId] = root;
    this.#byObject.set(object, [root]);
  }

  /** The entry of an object under an interface, counted once more. `exhausted` when the peer holds too many. */
  add(object: object, type: Interface, given: boolean): Export {
    const known = this.#byObject.get(object);
    let found = known?.find((entry) => entry.type.hash === type.hash);
    if (found === undefined) {
      if (this.size >= this.#limit) {
        throw new GlowError("exhausted", "firefly.export", {
          target: type.name,
          message: `the peer holds ${this.#limit} objects already; it has to release some first`,
        });
      }
      const id = this.#free.pop() ?? this.#entries.length;
      found = { id, object, type, count: 0, given: false };
      this.#entries[id] = found;
      if (known === undefined) this.#byObject.set(object, [found]);
      else known.push(found);
    }
    found.count++;
    if (given) found.given = true;
    return found;
  }

  /** `protocol` for an id that was never sent or is released already. */
  get(id: number): Export {
    const found = this.#entries[id];
    if (found === undefined) throw violation(`it names export ${id}, which it does not hold`);
    return found;
  }

  /** The peer gives back `count` of the times it got the object. `protocol` if it did not get it as often. */
  release(id: number, count: number): void {
    const found = this.get(id);
    if (count === 0 || count > found.count) {
      throw violation(`it releases export ${id} ${count} times but holds it ${found.count} times`);
    }
    found.count -= count;
    if (found.count > 0) return;
    this.#entries[id] = undefined;
    if (id !== rootId) this.#free.push(id);
    const siblings = this.#byObject.get(found.object) ?? [];
    if (siblings.length > 1) siblings.splice(siblings.indexOf(found), 1);
    else this.#byObject.delete(found.object);
    this.#dropped(found);
  }

  /** The session is over: the peer holds nothing any more. */
  clear(): void {
    const entries = this.#entries.splice(0);
    this.#free.length = 0;
    this.#byObject.clear();
    for (const found of entries) if (found !== undefined) this.#dropped(found);
  }
}

/** The error that ends a session whose peer breaks the rules. */
export function violation(what: string): GlowError {
  return new GlowError("protocol", "firefly.receive", { message: `the peer broke the protocol: ${what}` });
}

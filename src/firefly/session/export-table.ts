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
  /** It was given away as a result: it is disposed of when nobody holds it any more. */
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
  readonly #dropped: (object: object, given: boolean) => void;

  /** `dropped` is told of each object that the peer holds no longer under an interface; `given` with the last of them. */
  constructor(dropped: (object: object, given: boolean) => void, limit: number = fireflyLimits.exports) {
    this.#dropped = dropped;
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.length - this.#free.length - 1;
  }

  /** What the peer can call without having been given it, and what it can therefore not release. */
  setRoot(object: object, type: Interface): void {
    const root = { id: rootId, object, type, count: 0, given: false };
    this.#entries[rootId] = root;
    this.#byObject.set(object, [root]);
  }

  /** The entry of an object under an interface, counted once more. `exhausted` when the peer holds too many. */
  add(object: object, type: Interface): Export {
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
    return found;
  }

  /** The entry was sent as a result. False if that changes nothing: it was before, or it is the root, which stays. */
  give(entry: Export): boolean {
    if (entry.given || entry.id === rootId) return false;
    entry.given = true;
    return true;
  }

  /** An object that was given away here is the peer's to let go of, if it holds it; false if it does not. */
  giveAgain(object: object): boolean {
    const entries = this.#byObject.get(object);
    if (entries === undefined) return false;
    const [entry] = entries;
    if (entry !== undefined) this.give(entry);
    return true;
  }

  /** An object that was to be given away cannot be sent: cleaned up, unless the peer holds it already. */
  refuse(object: object): void {
    if (!this.giveAgain(object)) this.#dropped(object, true);
  }

  /** Undefined for the root of a side that offers none. `protocol` for an id that was never sent, or is released. */
  get(id: number): Export | undefined {
    const found = this.#entries[id];
    if (found === undefined && id !== rootId) throw violation(`it names export ${id}, which it does not hold`);
    return found;
  }

  /** The peer gives back `count` of the times it got the object. `protocol` if it did not get it as often. */
  release(id: number, count: number): void {
    const found = this.get(id);
    if (found === undefined || count === 0 || count > found.count) {
      throw violation(`it releases export ${id} ${count} times but holds it ${found?.count ?? 0} times`);
    }
    this.#release(found, count);
  }

  /** The frame that would have carried it was not sent. */
  takeBack(entry: Export): void {
    if (this.#entries[entry.id] === entry) this.#release(entry, 1);
  }

  #release(entry: Export, count: number): void {
    entry.count -= count;
    if (entry.count > 0 || entry.id === rootId) return;
    this.#entries[entry.id] = undefined;
    this.#free.push(entry.id);
    this.#drop(entry);
  }

  #drop(entry: Export): void {
    const { object, given } = entry;
    const siblings = this.#byObject.get(object) ?? [];
    const [sibling] = siblings.filter((each) => each !== entry);
    if (sibling === undefined) {
      this.#byObject.delete(object);
    } else {
      siblings.splice(siblings.indexOf(entry), 1);
      // The peer still holds it under another interface.
      if (given) this.give(sibling);
    }
    this.#dropped(object, given && sibling === undefined);
  }

  /** The session is over: the peer holds nothing any more. */
  clear(): void {
    const entries = this.#entries.splice(0);
    this.#entries.push(undefined);
    this.#free.length = 0;
    for (const found of entries) if (found !== undefined) this.#drop(found);
  }
}

/** The error that ends a session whose peer breaks the rules. */
export function violation(what: string): GlowError {
  return new GlowError("protocol", "firefly.receive", { message: `the peer broke the protocol: ${what}` });
}

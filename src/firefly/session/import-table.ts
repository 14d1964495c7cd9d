// The objects of the peer that this side holds. An object that comes several times is one reference; how often it
// came is counted, since that is what a RELEASE gives back.

import { fireflyLimits } from "#base/limits.ts";
import type { LeakWatch } from "#glow";
import { violation } from "./export-table.ts";
import type { OutgoingCalls } from "./outgoing-calls.ts";
import { ImportReference } from "./reference.ts";

export class ImportTable {
  readonly #references = new Map<number, ImportReference>();
  readonly #calls: () => OutgoingCalls;
  readonly #leaks: LeakWatch | undefined;
  readonly #release: (id: number, count: number) => void;

  /** `release` is told when the last holder of an object has let go, with how often it had come. */
  constructor(calls: () => OutgoingCalls, leaks: LeakWatch | undefined, release: (id: number, count: number) => void) {
    this.#calls = calls;
    this.#leaks = leaks;
    this.#release = release;
  }

  get size(): number {
    return this.#references.size;
  }

  /** The reference of an object that has come once more. */
  receive(id: number): ImportReference {
    let reference = this.#references.get(id);
    if (reference === undefined) {
      // The peer keeps to this by itself: see `ExportTable`.
      if (this.size >= fireflyLimits.exports) throw violation(`it has sent more than ${fireflyLimits.exports} objects`);
      reference = new ImportReference(id, this.#calls(), this.#leaks, this.#released);
      this.#references.set(id, reference);
    }
    reference.received++;
    return reference;
  }

  /** The peer's root, which was never sent and so is never given back. */
  root(id: number): ImportReference {
    return new ImportReference(id, this.#calls(), this.#leaks, () => undefined);
  }

  readonly #released = (reference: ImportReference): void => {
    if (this.#references.get(reference.id) !== reference) return;
    this.#references.delete(reference.id);
    this.#release(reference.id, reference.received);
  };

  /** The session is over: there is nobody to give anything back to. */
  clear(): void {
    this.#references.clear();
  }
}

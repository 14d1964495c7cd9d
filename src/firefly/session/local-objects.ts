// The objects of this process that are in its own hands: those that came back to it, and those that calls on them gave.
// An object that was given away is disposed of when nobody holds it any more, neither the peer nor a stub here.

import { GlowError } from "#base/errors.ts";
import type { LeakWatch } from "#glow";
import { Writer } from "../codec/writer.ts";
import type { CallClock } from "./call-context.ts";
import type { ExportTable } from "./export-table.ts";
import { LocalReference } from "./local-reference.ts";

interface Holding {
  holders: number;
  isGiven: boolean;
}

export class LocalObjects {
  readonly time: CallClock;
  readonly leaks: LeakWatch | undefined;
  readonly #exports: ExportTable;
  readonly #dispose: (object: object) => void;
  readonly #holdings = new Map<object, Holding>();
  #writer: Writer | undefined;

  constructor(time: CallClock, leaks: LeakWatch | undefined, exports: ExportTable, dispose: (object: object) => void) {
    this.time = time;
    this.leaks = leaks;
    this.#exports = exports;
    this.#dispose = dispose;
  }

  reference(object: object): LocalReference {
    return new LocalReference(object, this);
  }

  hold(object: object): void {
    const holding = this.#holdings.get(object);
    if (holding === undefined) this.#holdings.set(object, { holders: 1, isGiven: false });
    else holding.holders++;
  }

  drop(object: object): void {
    const holding = this.#holdings.get(object);
    if (holding === undefined || --holding.holders > 0) return;
    this.#holdings.delete(object);
    if (holding.isGiven && !this.#exports.giveAgain(object)) this.#dispose(object);
  }

  /** The object is given away: whoever lets go of it last disposes of it. */
  give(object: object): void {
    const holding = this.#holdings.get(object);
    if (holding !== undefined) holding.isGiven = true;
    else if (!this.#exports.giveAgain(object)) this.#dispose(object);
  }

  /** Writes with a writer that is made once, when it is needed; with another where a value's getter makes a call too. */
  write(use: (writer: Writer) => void): readonly Uint8Array[] {
    const writer = this.#writer ?? new Writer();
    this.#writer = undefined;
    try {
      use(writer);
      return writer.take();
    } catch (thrown) {
      writer.take();
      throw GlowError.from(thrown, "value.encode");
    } finally {
      this.#writer = writer;
    }
  }
}

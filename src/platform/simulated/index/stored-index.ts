// One index as the medium has it. Writes come to last in their order, some time after they were done: a loss of power leaves
// the state after any one of those that were not known to last yet, a kill that after any one of those under way.

import { ByteMap } from "#base/byte-map.ts";
import { integerBelow } from "#base/random.ts";
import type { IndexChange, Random } from "#glow";

/** Writes that may be lost at most; older ones last. SQLite brings its log into the file after some hundred. */
const mostAtRisk = 64;

/** `clear`: all rows go that are there when its turn has come. */
export type StoredWrite = readonly IndexChange[] | "clear";

export class StoredIndex {
  readonly rows = new ByteMap<Uint8Array>();
  /** Whether a program has it open. */
  opened = false;
  /** The medium damaged it: nothing can be read until it is opened anew, and then it is empty. */
  damaged = false;
  /** Operations are done in the order they came: when the last of them is over. */
  busyUntilNs = 0;
  /** What takes back each write that may be lost, the oldest first. */
  #undo: (readonly IndexChange[])[] = [];
  /** Writes that are under way: a crash may find them done. */
  #underWay: StoredWrite[] = [];

  begin(write: StoredWrite): void {
    this.#underWay.push(write);
  }

  /** Does, or gives up, the write that began first. */
  end(done: boolean): void {
    const write = this.#underWay.shift() as StoredWrite;
    if (done) this.#write(write);
  }

  /** All that was written lasts. */
  sync(): void {
    this.#undo = [];
  }

  /** Says how many writes that were done are lost. */
  crash(random: Random, powerLost: boolean): number {
    const done = this.#undo.length;
    const safe = powerLost ? 0 : done;
    const kept = safe + integerBelow(random, done - safe + this.#underWay.length + 1);
    for (const write of this.#underWay.slice(0, Math.max(0, kept - done))) this.#write(write);
    for (const changes of this.#undo.slice(kept, done).toReversed()) this.#apply(changes);
    this.#underWay = [];
    this.#undo = [];
    this.opened = false;
    this.busyUntilNs = 0;
    return Math.max(0, done - kept);
  }

  /** Makes it new and empty. */
  reset(): void {
    this.rows.clear();
    this.#undo = [];
    this.damaged = false;
  }

  #write(write: StoredWrite): void {
    const changes = write === "clear" ? [...this.rows.entries()].map(([key]) => ({ key, value: null })) : write;
    this.#undo.push(this.#apply(changes));
    if (this.#undo.length > mostAtRisk) this.#undo.shift();
  }

  /** What takes it back. */
  #apply(changes: readonly IndexChange[]): IndexChange[] {
    const back: IndexChange[] = [];
    for (const { key, value } of changes) {
      back.push({ key, value: this.rows.get(key) ?? null });
      if (value === null) this.rows.delete(key);
      else this.rows.set(key, value);
    }
    return back.toReversed();
  }
}

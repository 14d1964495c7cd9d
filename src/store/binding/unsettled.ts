// Files that are still being written, and whatever could not be taken. A file is taken into the drive when it has been left
// alone for a moment, so that no half of it is; the moment is short for what was written at once, and longer for what keeps
// changing. What changes for ever is tried all the same after a while: whoever reads it sees whether it changed meanwhile.

import { bindingLimits } from "#base/limits.ts";
import type { LocalStat } from "../contracts.ts";
import { sameStat } from "./binding-row.ts";
import type { LocalSpot } from "./binding-rows.ts";
import { bindingPace } from "./pace.ts";

/** Something that lies in the folder. */
export interface Found extends LocalSpot {
  readonly path: string;
  readonly stat: LocalStat;
}

interface Waiting {
  found: Found;
  readonly firstMs: number;
  quietMs: number;
  dueMs: number;
  failures: number;
  /** Whether people know that it failed. */
  isTold: boolean;
}

export class Unsettled {
  readonly #waiting = new Map<string, Waiting>();
  /** What was taken not long ago, after how long a rest, and until when that counts. */
  readonly #taken = new Map<string, { readonly quietMs: number; readonly untilMs: number }>();
  #overflowed = false;

  get size(): number {
    return this.#waiting.size;
  }

  /** Whether there is anything besides what has failed and was told of. */
  get busy(): boolean {
    for (const { isTold } of this.#waiting.values()) if (!isTold) return true;
    return false;
  }

  /** Whether something had no room here and was forgotten, since this was asked last: only a scan finds it again. */
  takeOverflow(): boolean {
    const overflowed = this.#overflowed;
    this.#overflowed = false;
    return overflowed;
  }

  /**
   * Whether a file, as it was just found, has settled; if not, it is due later. `ageMs` is how long ago its system says
   * that it was changed. If there are more than `bindingLimits.unsettled` it is taken as it is.
   */
  settled(key: string, found: Found, nowMs: number, ageMs: number): boolean {
    const known = this.#waiting.get(key);
    if (known !== undefined) {
      if (!sameStat(known.found.stat, found.stat)) change(known, found, nowMs);
      // Its folder may have been moved.
      known.found = found;
      return known.dueMs <= nowMs;
    }
    const quietMs = this.#firstQuietMs(key, found.stat, nowMs);
    // A clock that runs ahead, or a file from the future, says nothing.
    const restMs = ageMs >= 0 ? quietMs - ageMs : quietMs;
    if (restMs <= 0 || this.#waiting.size >= bindingLimits.unsettled) return true;
    this.#waiting.set(key, { found, firstMs: nowMs, quietMs, dueMs: nowMs + restMs, failures: 0, isTold: false });
    return false;
  }

  /** Whether it is to be left alone for now; for what is not a file, which is only here because it failed. */
  waits(key: string, nowMs: number): boolean {
    const known = this.#waiting.get(key);
    return known !== undefined && known.dueMs > nowMs;
  }

  hasFailed(key: string): boolean {
    return (this.#waiting.get(key)?.failures ?? 0) > 0;
  }

  /** It is on its way, and not due until that has failed. */
  take(key: string): void {
    const known = this.#waiting.get(key);
    if (known !== undefined) known.dueMs = Number.POSITIVE_INFINITY;
  }

  /** It is no longer on its way, and has not arrived: it is due again. */
  release(key: string, nowMs: number): void {
    const known = this.#waiting.get(key);
    if (known?.dueMs === Number.POSITIVE_INFINITY) known.dueMs = nowMs + bindingPace.firstRetryMs;
  }

  /** It was looked at, and could not be taken just now. */
  putOff(key: string, nowMs: number): void {
    const known = this.#waiting.get(key);
    if (known !== undefined && known.dueMs <= nowMs) known.dueMs = nowMs + bindingPace.firstRetryMs;
  }

  /** It has arrived. If it changes again soon, it is left alone for longer. */
  taken(key: string, stat: LocalStat, nowMs: number): void {
    if (stat.kind !== "file") return this.forget(key);
    const quietMs = this.#waiting.get(key)?.quietMs ?? quietMsOf(stat);
    if (this.#taken.size >= bindingLimits.unsettled) this.#taken.clear();
    this.#taken.set(key, { quietMs, untilMs: nowMs + bindingPace.restFactor * quietMs });
    this.forget(key);
  }

  /** It is as it was, or no longer there. */
  forget(key: string): void {
    this.#waiting.delete(key);
  }

  /** It changed while it was read. True if it has gone on like that for `bindingLimits.restlessMs`. */
  changed(key: string, found: Found, nowMs: number): boolean {
    const file = this.#begin(key, found, nowMs);
    if (file === undefined) return false;
    change(file, found, nowMs);
    return nowMs - file.firstMs >= bindingLimits.restlessMs;
  }

  /**
   * It could not be read or written down: it is tried again at longer and longer intervals, or when it changes. `isTold`:
   * people know of it. False if it has failed so often that they should.
   */
  failed(key: string, found: Found, nowMs: number, isTold: boolean): boolean {
    const file = this.#begin(key, found, nowMs);
    if (file === undefined) return true;
    file.dueMs = nowMs + retryMs(file.failures);
    file.failures++;
    file.isTold = isTold || file.failures > bindingPace.untoldFailures;
    return isTold || !file.isTold;
  }

  /** By identity, all that waits, but for what has failed and was told of. */
  byFile(): ReadonlyMap<string, Found> {
    const hopeful = [...this.#waiting.values()].filter(({ isTold }) => !isTold);
    return new Map(hopeful.map(({ found }) => [found.stat.file, found]));
  }

  /** Those whose time has come; they stay until they are forgotten. */
  due(nowMs: number): Found[] {
    const due: Found[] = [];
    for (const { found, dueMs } of this.#waiting.values()) {
      if (dueMs <= nowMs) due.push(found);
      if (due.length >= bindingPace.groupEntries) break;
    }
    return due;
  }

  /** Infinite if there is none. */
  nextDueMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#waiting.values()) nextMs = Math.min(nextMs, dueMs);
    return nextMs;
  }

  #firstQuietMs(key: string, stat: LocalStat, nowMs: number): number {
    const taken = this.#taken.get(key);
    if (taken === undefined || taken.untilMs < nowMs) return quietMsOf(stat);
    return Math.min(mostQuietMs(stat), taken.quietMs * 2);
  }

  #begin(key: string, found: Found, nowMs: number): Waiting | undefined {
    const known = this.#waiting.get(key);
    if (known !== undefined) return known;
    // What failed needs more room than what is being written: it stays.
    if (this.#waiting.size >= 2 * bindingLimits.unsettled) {
      this.#overflowed = true;
      return undefined;
    }
    const quietMs = quietMsOf(found.stat);
    const file = { found, firstMs: nowMs, quietMs, dueMs: nowMs, failures: 0, isTold: false };
    this.#waiting.set(key, file);
    return file;
  }
}

function change(file: Waiting, found: Found, nowMs: number): void {
  file.found = found;
  file.failures = 0;
  file.isTold = false;
  file.quietMs = Math.min(mostQuietMs(found.stat), file.quietMs * 2);
  const restless = nowMs - file.firstMs >= bindingLimits.restlessMs;
  file.dueMs = nowMs + (restless ? bindingPace.firstQuietMs : file.quietMs);
}

/** How long something that failed this often is left alone. */
export function retryMs(failures: number): number {
  return Math.min(bindingLimits.lastRetryMs, bindingPace.firstRetryMs * 2 ** Math.min(failures, 30));
}

function mostQuietMs({ sizeBytes }: LocalStat): number {
  return sizeBytes >= bindingLimits.largeBytes ? bindingPace.largeQuietMs : bindingPace.quietMs;
}

function quietMsOf({ kind, sizeBytes }: LocalStat): number {
  if (kind !== "file") return 0;
  return sizeBytes >= bindingLimits.largeBytes ? bindingPace.firstLargeQuietMs : bindingPace.firstQuietMs;
}

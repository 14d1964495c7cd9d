// Folders that are to be looked at: those in which something has changed, soonest first, and, while everything is gone
// through, those that were not reached yet. Where it is known what has changed, and that is not much, only that is looked at;
// a folder with much in it is looked at as a whole less often while it keeps changing.

import { bindingLimits } from "#base/limits.ts";
import type { FolderSeat } from "./binding-rows.ts";
import { bindingPace } from "./pace.ts";

export interface HotFolder {
  readonly path: string;
  /** What is to be looked at in it; undefined: all. */
  readonly names: ReadonlySet<string> | undefined;
}

interface Due {
  readonly dueMs: number;
  readonly names: ReadonlySet<string> | undefined;
}

export class HotFolders {
  /** By path. */
  readonly #hot = new Map<string, Due>();
  /** Until when a folder has been looked at enough. */
  readonly #rests = new Map<string, number>();
  /** By path: one is looked at once, however often it was found. */
  readonly #frontier = new Map<string, FolderSeat>();
  #everything = false;

  /** Whether not every folder has been seen since `all`. */
  get scanning(): boolean {
    return this.#everything || this.#frontier.size > 0;
  }

  get empty(): boolean {
    return this.#hot.size === 0 && !this.scanning;
  }

  /**
   * Something has changed in it: these names, or left out, anything. More than `bindingLimits.hotFolders`: anything may
   * have, anywhere; more than `bindingPace.namesPerFolder`: anything in it.
   */
  add(path: string, nowMs: number, names?: Iterable<string>): void {
    const known = this.#hot.get(path);
    if (this.#everything) return;
    if (known === undefined && this.#hot.size >= bindingLimits.hotFolders) {
      this.all();
      return;
    }
    const all = united(known === undefined ? noNames : known.names, names);
    const soonMs = Math.min(known?.dueMs ?? Number.POSITIVE_INFINITY, nowMs + bindingPace.gatherMs);
    const restsUntilMs = all === undefined ? (this.#rests.get(path) ?? 0) : 0;
    this.#hot.set(path, { names: all, dueMs: Math.max(restsUntilMs, soonMs) });
  }

  all(): void {
    this.#everything = true;
    this.#hot.clear();
    this.#frontier.clear();
  }

  /** Whether to begin at the top again, which is said once. */
  takeEverything(): boolean {
    const everything = this.#everything;
    this.#everything = false;
    return everything;
  }

  /** Below a folder that is looked at, because of everything or because it is new. */
  push(folder: FolderSeat): void {
    this.#frontier.delete(folder.path);
    this.#frontier.set(folder.path, folder);
  }

  takeFrontier(): FolderSeat[] {
    const folders = [...this.#frontier.values()].slice(-bindingPace.foldersPerScan);
    for (const { path } of folders) this.#frontier.delete(path);
    return folders;
  }

  takeHot(nowMs: number): HotFolder[] {
    const due: HotFolder[] = [];
    for (const [path, { dueMs, names }] of this.#hot) {
      if (dueMs > nowMs) continue;
      due.push({ path, names });
      this.#hot.delete(path);
      if (due.length >= bindingPace.foldersPerScan) break;
    }
    return due;
  }

  /** A folder was looked at as a whole, and has so many entries: looking again is not for every single change. */
  looked(path: string, entries: number, nowMs: number): void {
    const restMs = Math.min(bindingPace.mostRestMs, entries / bindingPace.entriesPerRestMs);
    if (restMs < bindingPace.gatherMs) return;
    if (this.#rests.size >= bindingLimits.hotFolders) this.#rests.clear();
    this.#rests.set(path, nowMs + restMs);
  }

  nextDueMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#hot.values()) nextMs = Math.min(nextMs, dueMs);
    return nextMs;
  }
}

const noNames: ReadonlySet<string> = new Set();

/** What is in either; undefined: everything, which so many names count as, too. */
export function united(
  some: ReadonlySet<string> | undefined,
  others: Iterable<string> | undefined,
): ReadonlySet<string> | undefined {
  if (some === undefined || others === undefined) return undefined;
  const all = new Set([...some, ...others]);
  return all.size > bindingPace.namesPerFolder ? undefined : all;
}

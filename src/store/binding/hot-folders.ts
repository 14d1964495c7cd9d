// Folders that are to be looked at: those in which something has changed, soonest first, and, while everything is gone
// through, those that were not reached yet. A folder with much in it is looked at less often while it keeps changing.

import { bindingLimits } from "#base/limits.ts";
import type { FolderSeat } from "./binding-rows.ts";
import { bindingPace } from "./pace.ts";

export class HotFolders {
  /** Paths, and when each is due. */
  readonly #hot = new Map<string, number>();
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

  /** Something has changed in it. More than `bindingLimits.hotFolders`: anything may have. */
  add(path: string, nowMs: number): void {
    if (this.#hot.has(path) || this.#everything) return;
    if (this.#hot.size >= bindingLimits.hotFolders) {
      this.all();
      return;
    }
    const restsUntilMs = this.#rests.get(path) ?? 0;
    this.#hot.set(path, Math.max(restsUntilMs, nowMs + bindingPace.gatherMs));
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

  takeHot(nowMs: number): string[] {
    const due: string[] = [];
    for (const [path, dueMs] of this.#hot) {
      if (dueMs > nowMs) continue;
      due.push(path);
      this.#hot.delete(path);
      if (due.length >= bindingPace.foldersPerScan) break;
    }
    return due;
  }

  /** A folder was looked at, and has so many entries: looking again is not for every single change. */
  looked(path: string, entries: number, nowMs: number): void {
    const restMs = Math.min(bindingPace.mostRestMs, entries / bindingPace.entriesPerRestMs);
    if (restMs < bindingPace.gatherMs) return;
    if (this.#rests.size >= bindingLimits.hotFolders) this.#rests.clear();
    this.#rests.set(path, nowMs + restMs);
  }

  nextDueMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const dueMs of this.#hot.values()) nextMs = Math.min(nextMs, dueMs);
    return nextMs;
  }
}

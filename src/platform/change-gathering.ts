// Gathers what changes in a folder, so that whoever is told is told of much at once. The first change after a silence is told
// after a moment; as long as more come, the pauses grow: a single save is heard of at once, and a checkout of ten thousand
// files in a few calls.

import { folderLimits } from "#base/limits.ts";
import type { Timer, Timers } from "#glow";

/** Told which folders; undefined: anything may have changed. */
export type TellChanges = (folders: readonly string[] | undefined) => void;

export class ChangeGathering {
  readonly #timers: Timers;
  readonly #tell: TellChanges;
  readonly #folders = new Set<string>();
  #anything = false;
  #pauseMs: number = folderLimits.gatherFirstMs;
  #timer: Timer | undefined;
  #closed = false;

  constructor(timers: Timers, tell: TellChanges) {
    this.#timers = timers;
    this.#tell = tell;
  }

  /** Undefined: anything may have changed. */
  add(folder: string | undefined): void {
    if (this.#closed || this.#anything) return;
    if (folder === undefined || this.#folders.size >= folderLimits.changedFolders) {
      this.#anything = true;
      this.#folders.clear();
    } else this.#folders.add(folder);
    this.#timer ??= this.#timers.after(this.#pauseMs, () => this.#due());
  }

  /** Nothing is told any more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #due(): void {
    this.#timer = undefined;
    const folders = this.#anything ? undefined : [...this.#folders];
    if (folders?.length === 0) {
      this.#pauseMs = folderLimits.gatherFirstMs;
      return;
    }
    this.#anything = false;
    this.#folders.clear();
    this.#pauseMs = Math.min(this.#pauseMs * 2, folderLimits.gatherMostMs);
    this.#timer = this.#timers.after(this.#pauseMs, () => this.#due());
    this.#tell(folders);
  }
}

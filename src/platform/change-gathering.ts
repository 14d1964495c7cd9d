// Gathers what changes in a folder, so that whoever is told is told of much at once. The first change after a silence is told
// after a moment; as long as more come, the pauses grow: a single save is heard of at once, and a checkout of ten thousand
// files in a few calls.

import { folderLimits } from "#base/limits.ts";
import type { ChangedFolder, Timer, Timers } from "#glow";

/** Told which folders; undefined: anything may have changed. */
export type TellChanges = (folders: readonly ChangedFolder[] | undefined) => void;

export class ChangeGathering {
  readonly #timers: Timers;
  readonly #tell: TellChanges;
  /** What has changed in each; undefined: anything may have. */
  readonly #folders = new Map<string, Set<string> | undefined>();
  #anything = false;
  #pauseMs: number = folderLimits.gatherFirstMs;
  #timer: Timer | undefined;
  #closed = false;

  constructor(timers: Timers, tell: TellChanges) {
    this.#timers = timers;
    this.#tell = tell;
  }

  /** Undefined: anything may have changed, or anything in that folder. */
  add(folder: string | undefined, name?: string): void {
    if (this.#closed || this.#anything) return;
    const isKnown = folder !== undefined && this.#folders.has(folder);
    if (folder === undefined || (!isKnown && this.#folders.size >= folderLimits.changedFolders)) {
      this.#anything = true;
      this.#folders.clear();
    } else this.#folders.set(folder, withName(isKnown ? this.#folders.get(folder) : new Set(), name));
    this.#timer ??= this.#timers.after(this.#pauseMs, () => this.#due());
  }

  /** Nothing is told any more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #due(): void {
    this.#timer = undefined;
    const folders = this.#anything ? undefined : [...this.#folders].map(toldOf);
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

function withName(names: Set<string> | undefined, name: string | undefined): Set<string> | undefined {
  if (names === undefined || name === undefined) return undefined;
  names.add(name);
  return names.size > folderLimits.changedNames ? undefined : names;
}

function toldOf([path, names]: [string, ReadonlySet<string> | undefined]): ChangedFolder {
  return { path, names: names && [...names] };
}

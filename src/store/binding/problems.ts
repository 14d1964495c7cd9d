// What does not go, path by path, for people to see: each with its error, and what to do about it. Nothing waits for
// these; each is tried again at longer and longer intervals, by whoever has found it.

import type { ErrorKind, GlowError } from "#base/errors.ts";
import { bindingLimits } from "#base/limits.ts";
import { joinPath } from "./binding-rows.ts";

/** Where it was found: on the way into the drive or into the folder, or in the work as a whole. */
export type ProblemSource = "drive" | "folder" | "work";

export interface BindingProblem {
  /** Relative to the bound folder. */
  readonly path: string;
  readonly error: GlowError;
  /** What a person can do about it. */
  readonly cure: string;
}

const cures: Partial<Record<ErrorKind, string>> = {
  denied: "let Glow read and write it",
  exhausted: "make room on the disk",
  conflict: "wait until it is no longer being changed",
  unavailable: "switch on a device that has it",
  disconnected: "switch on a device that has it",
  deadline: "switch on a device that has it",
  "already-exists": "rename it",
  invalid: "rename it",
  "too-large": "make it smaller, or have it ignored by .glowignore",
  unsupported: "have it ignored by .glowignore",
  corrupt: "check the disk; a device that has it whole will bring it",
};

export class Problems {
  readonly #found = new Map<string, BindingProblem>();
  /** Of problems with what lies in a folder: that folder. */
  readonly #folders = new Map<string, string>();
  #untold = 0;

  /** How many there were that `list` had no room for. */
  get untold(): number {
    return this.#untold;
  }

  list(): readonly BindingProblem[] {
    return [...this.#found.values()];
  }

  /** `key` is what it is about, to whoever has found it: it is over when that is. */
  add(source: ProblemSource, key: string, path: string, error: GlowError): void {
    this.#add(`${source} ${key}`, path, error);
  }

  /** What cannot be taken of what lies in a folder, or why that cannot be listed at all. */
  addIn(folder: string, path: string, error: GlowError): void {
    const id = `scan ${path}`;
    this.#add(id, path, error);
    if (this.#found.has(id)) this.#folders.set(id, folder);
  }

  solve(source: ProblemSource, key: string): void {
    if (this.#found.size > 0) this.#delete(`${source} ${key}`);
  }

  /** A folder, or only these names in it, is looked at again, and says anew what cannot be taken of what is in it. */
  solveIn(folder: string, names?: Iterable<string>): void {
    if (this.#folders.size === 0) return;
    const ids = names && new Set([...names].map((name) => `scan ${joinPath(folder, name)}`));
    for (const [id, above] of this.#folders) if (above === folder && ids?.has(id) !== false) this.#delete(id);
  }

  /** Of folders below this one nothing is wrong any more unless they are still in it: `isThere` is asked of those directly in it. */
  solveBelow(folder: string, isThere: (path: string) => boolean): void {
    const prefix = folder === "" ? "" : `${folder}/`;
    for (const [id, above] of this.#folders) {
      if (above.length <= prefix.length || !above.startsWith(prefix)) continue;
      const end = above.indexOf("/", prefix.length);
      if (!isThere(end < 0 ? above : above.slice(0, end))) this.#delete(id);
    }
  }

  #add(id: string, path: string, error: GlowError): void {
    if (!this.#found.has(id) && this.#found.size >= bindingLimits.problems) {
      this.#untold++;
      return;
    }
    this.#found.set(id, { path, error, cure: cures[error.kind] ?? "see the message; it is tried again" });
  }

  #delete(id: string): void {
    this.#found.delete(id);
    this.#folders.delete(id);
    if (this.#found.size === 0) this.#untold = 0;
  }
}

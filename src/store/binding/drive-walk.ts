// Goes through what the drive has, folder by folder, and finds what the rows do not agree with: at the start, since nobody
// says what changed meanwhile, and in folders that have just come.

import type { DriveState, ObjectId } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { isAsideName } from "./own-names.ts";
import { agrees, childrenOf } from "./subtree-removal.ts";

export class DriveWalk {
  readonly #parts: BindingParts;
  readonly #found: (objects: readonly ObjectId[]) => void;
  #folders: ObjectId[] = [];
  #isStepping = false;

  /** `found` is called with what is to be looked at. */
  constructor(parts: BindingParts, found: (objects: readonly ObjectId[]) => void) {
    this.#parts = parts;
    this.#found = found;
  }

  get idle(): boolean {
    return this.#folders.length === 0;
  }

  /** Everything, from the top. */
  all(): void {
    this.#folders = [this.#parts.folder];
  }

  /** What is in a folder, and in all below that are here already; one that is not is walked through when it has come. */
  into(folder: ObjectId): void {
    this.#folders.push(folder);
  }

  /**
   * These have another place in the drive by now. One that went from where the walk is still to come to where it was would
   * be passed by, with all that is in it.
   */
  moved(folders: readonly ObjectId[]): void {
    if (this.#isStepping || !this.idle) this.#folders.push(...folders);
  }

  /** One folder. */
  async step(): Promise<void> {
    const folder = this.#folders.pop();
    if (folder === undefined) return;
    this.#isStepping = true;
    try {
      await this.#lookInto(folder);
    } finally {
      this.#isStepping = false;
    }
  }

  async #lookInto(folder: ObjectId): Promise<void> {
    const { rows } = this.#parts;
    const seen = new Set<ObjectId>();
    const differing: ObjectId[] = [];
    for await (const { state, row } of childrenOf(this.#parts, folder)) {
      seen.add(state.object);
      if (row === undefined || differs(this.#parts, row, state)) differing.push(state.object);
      if (state.kind === "folder" && row !== undefined) this.#folders.push(state.object);
    }
    // What the folder has here, and the drive has no longer, or elsewhere.
    for (const { object } of await rows.children(folder)) if (!seen.has(object)) differing.push(object);
    if (differing.length > 0) this.#found(differing);
  }
}

/** Whether the drive has something for the folder. */
function differs(parts: BindingParts, row: BindingRow, state: DriveState): boolean {
  const mode = row.kind !== "link" && row.mode !== state.mode;
  return mode || isAsideName(row.localName) || !agrees(parts, row, state);
}

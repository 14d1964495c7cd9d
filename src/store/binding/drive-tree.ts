// A look at the drive's tree for one piece of work: what some objects are, with all folders above them, read once each, so
// that questions about the tree are answered from memory. Not to be kept: the drive goes on.

import type { Drive, DriveState, ObjectId } from "../contracts.ts";
import { joinPath } from "./binding-rows.ts";
import { bindingPace } from "./pace.ts";

/** Where an object is, as seen from the bound folder. `unknown`: in no tree that this device knows. */
export type Whereabouts = "inside" | "elsewhere" | "trash" | "unknown";

export class DriveTree {
  readonly #drive: Drive;
  readonly #folder: ObjectId;
  readonly #states = new Map<ObjectId, DriveState | undefined>();
  readonly #seats = new Map<ObjectId, Seat>();

  /** `folder` is the one that is bound. */
  constructor(drive: Drive, folder: ObjectId) {
    this.#drive = drive;
    this.#folder = folder;
  }

  async load(objects: readonly ObjectId[]): Promise<void> {
    let wanted = this.#unknown(objects);
    // Every round is one folder higher; there are none deeper than `#climb` follows them.
    for (let depth = 0; wanted.length > 0 && depth <= bindingPace.pathNames; depth++) {
      const states = await this.#drive.states(wanted);
      wanted.forEach((object, i) => this.#states.set(object, states[i]));
      wanted = this.#unknown(states.flatMap((state) => (state === undefined ? [] : [state.parent])));
    }
    this.#seats.clear();
  }

  /** Undefined if the drive does not know it, or if it was not loaded. */
  state(object: ObjectId): DriveState | undefined {
    return this.#states.get(object);
  }

  where(object: ObjectId): Whereabouts {
    return this.#climb(object).where;
  }

  /** Relative to the bound folder, whose own is `""`; undefined for what does not lie in it. */
  path(object: ObjectId): string | undefined {
    return this.#climb(object).path;
  }

  /** Folders above it, nearest first, without the bound one. */
  above(object: ObjectId): readonly ObjectId[] {
    const folders: ObjectId[] = [];
    for (let state = this.#states.get(object); state !== undefined && folders.length <= bindingPace.pathNames; ) {
      if (state.parent === this.#folder) break;
      folders.push(state.parent);
      state = this.#states.get(state.parent);
    }
    return folders;
  }

  #climb(object: ObjectId): Seat {
    const known = this.#seats.get(object);
    if (known !== undefined) return known;
    const seat = this.#find(object);
    this.#seats.set(object, seat);
    return seat;
  }

  #find(object: ObjectId): Seat {
    const names: string[] = [];
    for (let at = object; names.length <= bindingPace.pathNames; ) {
      if (at === this.#folder) return { where: "inside", path: names.reduceRight(joinPath, "") };
      if (at === this.#drive.trash) return { where: "trash", path: undefined };
      if (at === this.#drive.root) return { where: "elsewhere", path: undefined };
      const state = this.#states.get(at);
      if (state === undefined) break;
      names.push(state.name);
      at = state.parent;
    }
    return { where: "unknown", path: undefined };
  }

  #unknown(objects: readonly ObjectId[]): ObjectId[] {
    const { root, trash } = this.#drive;
    const fixed = new Set([root, trash, this.#folder]);
    return [...new Set(objects)].filter((object) => !fixed.has(object) && !this.#states.has(object));
  }
}

interface Seat {
  readonly where: Whereabouts;
  readonly path: string | undefined;
}

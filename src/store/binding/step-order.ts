// Puts what one change does to places in the drive into an order in which each step can be done when its turn comes: a folder
// is made before what goes into it, and a name is left before another object takes it. Where that goes in a circle (two
// files exchanged their names), one of them gets a name of its own in between.

import { comparableName } from "../drive/file-name.ts";
import type { DriveStep, FileKind, ObjectId } from "../contracts.ts";
import type { DrivePlace } from "./local-merge.ts";
import { marked } from "./local-names.ts";

export interface PlacedChange {
  readonly object: ObjectId;
  readonly kind: FileKind;
  /** Where the drive has it now; undefined for what is to be made, and where that does not matter. */
  readonly from: { readonly parent: ObjectId; readonly name: string } | undefined;
  readonly place: DrivePlace | undefined;
  /** Of folders and files that are made. */
  readonly mode: number;
  /** What else is done to it, after it has its place. */
  readonly steps: readonly DriveStep[];
}

export function orderSteps(changes: readonly PlacedChange[]): DriveStep[] {
  const order = new StepOrder(changes);
  return order.steps();
}

class StepOrder {
  readonly #changes: readonly PlacedChange[];
  readonly #byObject = new Map<ObjectId, PlacedChange>();
  /** Who has a name that it is going to leave. */
  readonly #holders = new Map<string, PlacedChange>();
  readonly #state = new Map<ObjectId, "under way" | "done">();
  readonly #steps: DriveStep[] = [];

  constructor(changes: readonly PlacedChange[]) {
    this.#changes = changes;
    for (const change of changes) {
      if (change.place === undefined) continue;
      this.#byObject.set(change.object, change);
      if (change.from !== undefined) this.#holders.set(spotOf(change.from), change);
    }
  }

  steps(): DriveStep[] {
    for (let left = this.#changes; left.length > 0; ) {
      const waiting = left.filter((change) => !this.#place(change));
      // Of those that wait, the first one that is placed again finds what it waited for done.
      left = waiting;
    }
    return this.#steps;
  }

  /** False if it has to wait for something that is under way itself. */
  #place(change: PlacedChange): boolean {
    const { object, place } = change;
    if (place !== undefined) {
      if (this.#state.get(object) === "done") return true;
      if (this.#state.get(object) === "under way") return false;
      this.#state.set(object, "under way");
      const parent = this.#byObject.get(place.parent);
      if (parent?.place?.create === true && !this.#place(parent)) {
        this.#state.delete(object);
        return false;
      }
      this.#vacate(place, object);
      this.#state.set(object, "done");
      this.#steps.push(placeStep(change, place));
    }
    this.#steps.push(...change.steps);
    return true;
  }

  #vacate(place: DrivePlace, by: ObjectId): void {
    const holder = this.#holders.get(spotOf(place));
    if (holder === undefined || holder.object === by || holder.from === undefined) return;
    if (this.#state.get(holder.object) === "done" || this.#place(holder)) return;
    this.#holders.delete(spotOf(place));
    const aside = marked(holder.from.name, holder.object);
    this.#steps.push({ type: "move", object: holder.object, parent: holder.from.parent, name: aside });
  }
}

function placeStep({ object, kind, mode }: PlacedChange, { parent, name, create }: DrivePlace): DriveStep {
  if (!create) return { type: "move", object, parent, name };
  return { type: "create", object, parent, name, ...(kind !== "link" && { mode }) };
}

function spotOf({ parent, name }: { readonly parent: ObjectId; readonly name: string }): string {
  return `${parent}/${comparableName(name)}`;
}

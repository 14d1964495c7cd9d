// Gathers what one change of the drive does, sight by sight, folders before what is in them. It writes nothing: drive-commit.ts
// does, once all that has no place is left out.

import type { DriveStep, ObjectId, SealedChunk } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import type { RowChange } from "./binding-rows.ts";
import type { DriveTree } from "./drive-tree.ts";
import { type LocalSight, type LocalVerdict, mergeLocal, type TreeView } from "./local-merge.ts";
import type { SealedSight } from "./sight-sealer.ts";
import type { PlacedChange } from "./step-order.ts";

/** What is to be written of a sight, if it can be. */
interface PlannedSight {
  readonly sealed: SealedSight;
  readonly row: BindingRow | undefined;
  /** What has its place according to the rows. */
  readonly holder: BindingRow | undefined;
  readonly verdict: Exclude<LocalVerdict, { readonly type: "early" }>;
}

interface KnownFolders {
  /** Folders that have a row. */
  readonly seated: ReadonlySet<ObjectId>;
  /** Folders that lie in the drive where their rows say. */
  readonly inPlace: ReadonlySet<ObjectId>;
}

export class WritePlan implements TreeView {
  readonly changes: PlacedChange[] = [];
  readonly chunks: SealedChunk[] = [];
  readonly rows: RowChange[] = [];
  readonly revisit: ObjectId[] = [];
  readonly again: LocalSight[] = [];
  readonly homeless = new Set<ObjectId>();
  readonly #parts: BindingParts;
  readonly #tree: DriveTree;
  #planned: PlannedSight[] = [];
  readonly #folders: KnownFolders;
  /** Folders that this change makes, and where. */
  readonly #made = new Map<ObjectId, ObjectId>();

  constructor(parts: BindingParts, tree: DriveTree, folders: KnownFolders) {
    this.#parts = parts;
    this.#tree = tree;
    this.#folders = folders;
  }

  where(object: ObjectId): ReturnType<DriveTree["where"]> {
    return this.#made.has(object) ? "inside" : this.#tree.where(object);
  }

  circle(folder: ObjectId, parent: ObjectId): "drive" | "folder" | undefined {
    let at = parent;
    for (let above = this.#made.get(at); above !== undefined && at !== folder; above = this.#made.get(at)) at = above;
    if (at === folder) return "folder";
    const path = [at, ...this.#tree.above(at)];
    if (!path.includes(folder)) return undefined;
    const between = path.slice(0, path.indexOf(folder));
    return between.every((each) => this.#folders.inPlace.has(each)) ? "folder" : "drive";
  }

  add(sealed: SealedSight, row: BindingRow | undefined, holder: BindingRow | undefined, isPast: boolean): void {
    const { names, fingerprintOf } = this.#parts;
    const { sight } = sealed;
    if (sight.origin === "known" && row === undefined) {
      this.again.push(sight);
      return;
    }
    const drive = this.#tree.state(sight.object);
    const verdict = mergeLocal({ sight, row, drive, tree: this, names, fingerprintOf, isPast });
    if (verdict.type === "agreed" && verdict.place?.create === true && sight.kind === "folder") {
      this.#made.set(sight.object, verdict.place.parent);
    }
    if (verdict.type === "early") this.again.push(sight);
    else this.#planned.push({ sealed, row, holder, verdict });
  }

  /**
   * What is to have a place that its holder does not leave is looked at anew: something came in between. So is what lies in
   * a folder that has no row: nobody would find it by its own.
   */
  finish(): void {
    for (let refused = true; refused; ) {
      const leaving = new Set(this.#planned.filter(leavesPlace).map(({ sealed }) => sealed.sight.object));
      const taken = new Set(this.#planned.filter(getsRow).map(({ sealed }) => sealed.sight.object));
      const free = this.#planned.filter(({ sealed: { sight }, holder, verdict }) => {
        const isFree = holder === undefined || holder.object === sight.object || leaving.has(holder.object);
        const isSeated = this.#folders.seated.has(sight.parent) || taken.has(sight.parent) || verdict.type !== "agreed";
        return isFree && isSeated;
      });
      refused = free.length < this.#planned.length;
      for (const each of this.#planned) if (!free.includes(each)) this.again.push(each.sealed.sight);
      this.#planned = free;
    }
    for (const each of this.#planned) this.#take(each);
  }

  #take({ sealed: { sight, chunks }, row, verdict }: PlannedSight): void {
    if (verdict.type === "homeless") {
      this.homeless.add(verdict.folder);
      return;
    }
    if (verdict.type === "lost") {
      this.rows.push({ was: row, now: undefined });
      this.again.push(sight);
      return;
    }
    const { object, kind, stat } = sight;
    const { place, steps } = verdict;
    const from = this.#tree.state(object);
    if (place !== undefined || steps.length > 0)
      this.changes.push({ object, kind, from, place, mode: stat.mode, steps });
    if (hasContent(steps)) this.chunks.push(...chunks);
    this.rows.push({ was: row, now: verdict.row });
    if (verdict.revisit) this.revisit.push(object);
  }
}

function getsRow({ verdict }: PlannedSight): boolean {
  return verdict.type === "agreed";
}

function leavesPlace({ row, verdict }: PlannedSight): boolean {
  if (row === undefined || verdict.type === "homeless") return false;
  return verdict.type === "lost" || verdict.row.parent !== row.parent || verdict.row.localName !== row.localName;
}

function hasContent(steps: readonly DriveStep[]): boolean {
  return steps.some(({ type }) => type === "content");
}

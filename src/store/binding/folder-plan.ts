// What the drive has for the folder: of some objects, which go, which get a place or another one, and which get content. All
// that is needed is read at once; then the plan is made without waiting, as if what was planned before were done.

import { GlowError } from "#base/errors.ts";
import type { DriveState, FolderAction, ObjectId } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { type BindingRows, joinPath, type LocalSpot } from "./binding-rows.ts";
import { DriveTree } from "./drive-tree.ts";
import { noFingerprint } from "./fingerprint.ts";
import type { IgnoreRules } from "./ignore-rules.ts";
import { showsOther } from "./local-merge.ts";
import { asideName, isAsideName } from "./own-names.ts";
import { type PlannedRow, RowOverlay } from "./row-overlay.ts";
import { forgetRows } from "./subtree-removal.ts";

/** A file or link that is to get content, at a place where it is already or that is free. */
export interface Placement extends LocalSpot {
  readonly state: DriveState;
}

/** One thing to be done to names, and the row that holds when it is done. */
export interface NameStep {
  readonly action: FolderAction;
  readonly was: BindingRow | undefined;
  /** What the system says of the thing comes with the answer. */
  readonly row: PlannedRow;
  /** Folders of whose names it is. */
  readonly touches: readonly ObjectId[];
}

export interface FolderPlan {
  /** To be done in this order, up to the first that fails. */
  readonly steps: readonly NameStep[];
  readonly placements: readonly Placement[];
  /** What is as it should be but for mode or time. */
  readonly attributes: readonly DriveState[];
  /** Rows of what the drive no longer has here. */
  readonly gone: readonly BindingRow[];
  /** Rows of what is ignored by now. */
  readonly ignored: readonly BindingRow[];
  /** Rows of folders that show as another object by now, which has no row. */
  readonly shownAs: readonly { readonly row: BindingRow; readonly object: ObjectId }[];
  /** What is to be here, and can have no place as the rows are now, by the drive's path. */
  readonly unplaced: ReadonlyMap<ObjectId, string>;
  /** To be looked at as well: what had to make way, or what another one shows as. */
  readonly further: readonly ObjectId[];
  /** Folders that stay where they are: it may be something in them. */
  readonly unchanged: readonly ObjectId[];
}

/** To be called in a turn. */
export async function planFolder(
  parts: BindingParts,
  rules: IgnoreRules,
  objects: readonly ObjectId[],
): Promise<FolderPlan> {
  const tree = new DriveTree(parts.drive, parts.folder);
  await tree.load(objects);
  const near = (object: ObjectId) => [object, tree.state(object)?.object ?? object, ...tree.above(object)];
  const around = [...new Set(objects.flatMap(near))];
  const rows = new RowOverlay(parts.rows);
  await rows.load(around);
  await dropLost(parts.rows, rows, around);
  const planner = new FolderPlanner(parts, rules, tree, rows);
  await planner.loadSpots(around);
  const depths = new Map(objects.map((object) => [object, tree.above(object).length]));
  const inOrder = [...objects].sort((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
  for (const object of inOrder) planner.addMerged(object);
  for (const object of inOrder) planner.add(object);
  return planner;
}

/** What a crash or a failure has left of a folder's rows: the drive's is brought here anew. */
async function dropLost(rows: BindingRows, overlay: RowOverlay, objects: readonly ObjectId[]): Promise<void> {
  const lost = objects.filter((object) => overlay.isLost(object));
  for (const object of lost) {
    const row = overlay.get(object);
    if (isWhole(row)) await forgetRows(rows, row);
  }
  for (const object of lost) overlay.drop(object);
}

class FolderPlanner implements FolderPlan {
  readonly steps: NameStep[] = [];
  readonly placements: Placement[] = [];
  readonly attributes: DriveState[] = [];
  readonly gone: BindingRow[] = [];
  readonly ignored: BindingRow[] = [];
  readonly shownAs: { row: BindingRow; object: ObjectId }[] = [];
  readonly unplaced = new Map<ObjectId, string>();
  readonly further: ObjectId[] = [];
  readonly unchanged: ObjectId[] = [];
  readonly #parts: BindingParts;
  readonly #rules: IgnoreRules;
  readonly #tree: DriveTree;
  readonly #rows: RowOverlay;
  /** Where new files and links are to lie. */
  readonly #seats = new Map<ObjectId, LocalSpot>();

  constructor(parts: BindingParts, rules: IgnoreRules, tree: DriveTree, rows: RowOverlay) {
    this.#parts = parts;
    this.#rules = rules;
    this.#tree = tree;
    this.#rows = rows;
  }

  /** Reads what lies where these objects are to be. */
  async loadSpots(objects: readonly ObjectId[]): Promise<void> {
    const { names } = this.#parts;
    const spots = objects.flatMap((object): LocalSpot[] => {
      const state = this.#tree.state(object);
      if (state === undefined || isPlaced(this.#rows.get(object), state)) return [];
      const { parent, name } = state;
      return [names.toLocal(name, object), names.alias(name, object)].map((localName) => ({ parent, localName }));
    });
    await this.#tree.load(await this.#rows.loadSpots(spots));
  }

  add(object: ObjectId): void {
    const state = this.#tree.state(object);
    const row = this.#rows.get(object);
    const where = this.#tree.where(object);
    // What the drive does not know (any more) is left as it is: nobody said that it is to go.
    if (state === undefined || where === "unknown") return;
    if (where === "inside" && state.object !== object) return;
    if (where !== "inside") {
      if (isWhole(row)) this.gone.push(row);
    } else if (this.#isIgnored(object, state)) {
      if (isWhole(row)) this.ignored.push(row);
    } else this.#addPresent(object, state);
  }

  /** Folders of one name in one folder show as one of them. Before all others, since that one may get the row by it. */
  addMerged(object: ObjectId): void {
    const state = this.#tree.state(object);
    if (state === undefined || state.object === object || this.#tree.where(object) !== "inside") return;
    this.further.push(state.object);
    const row = this.#rows.get(object);
    if (!isWhole(row)) return;
    if (this.#rows.get(state.object) !== undefined) {
      this.gone.push(row);
      return;
    }
    this.shownAs.push({ row, object: state.object });
    this.#rows.rename(row, state.object);
  }

  #isIgnored(object: ObjectId, state: DriveState): boolean {
    return this.#rules.has(this.#tree.path(object) ?? "", state.kind === "folder");
  }

  #addPresent(object: ObjectId, state: DriveState): void {
    const count = this.steps.length;
    if (this.#place(object) === undefined) {
      this.unplaced.set(object, this.#tree.path(object) ?? state.name);
      return;
    }
    const row = this.#rows.get(object);
    const seat = this.#seats.get(object);
    if (seat !== undefined) {
      if (state.heads.length > 0) this.placements.push({ ...seat, state });
    } else if (isWhole(row)) {
      // The time alone is set without its content being written.
      const otherContent = showsOther({ ...row, modifiedNs: state.modifiedNs }, state, this.#parts.fingerprintOf);
      if (otherContent) this.placements.push({ parent: row.parent, localName: row.localName, state });
      else if (hasOtherAttributes(row, state)) this.attributes.push(state);
      const isNamed = this.steps.slice(count).some((step) => step.row.object === object);
      if (row.kind === "folder" && !isNamed) this.unchanged.push(object);
    }
  }

  /** Gives it its place, and those above it theirs. Its path, or undefined if it cannot have one now. */
  #place(object: ObjectId): string | undefined {
    if (object === this.#parts.folder) return "";
    const state = this.#tree.state(object);
    const above = state && this.#place(state.parent);
    if (state === undefined || above === undefined) return undefined;
    const row = this.#rows.get(object);
    if (row !== undefined && isPlaced(row, state)) return joinPath(above, row.localName);
    const seat = this.#seats.get(object) ?? this.#newSeat(object, state);
    if (seat === undefined) return undefined;
    const path = joinPath(above, seat.localName);
    if (isWhole(row)) return this.#move(row, path, { ...row, ...seat, driveName: state.name }) ? path : undefined;
    if (state.kind === "folder") this.#make(path, state, seat);
    else {
      this.#rows.reserve(object, seat);
      this.#seats.set(object, seat);
    }
    return path;
  }

  /** Where it can lie: what has its name here and should not makes way; what should leaves it a name with a mark. */
  #newSeat(object: ObjectId, { parent, name }: DriveState): LocalSpot | undefined {
    const { names } = this.#parts;
    const seat = { parent, localName: names.toLocal(name, object) };
    const holder = this.#rows.at(seat);
    if (holder === undefined || holder === object || this.#makeWay(holder, seat)) return seat;
    const alias = { parent, localName: names.alias(name, object) };
    const other = this.#rows.at(alias);
    return other === undefined || other === object || this.#makeWay(other, alias) ? alias : undefined;
  }

  /** False if it is where it belongs. */
  #makeWay(holder: ObjectId, seat: LocalSpot): boolean {
    const { names } = this.#parts;
    const row = this.#rows.get(holder);
    const state = this.#tree.state(holder);
    const belongs = this.#tree.where(holder) === "inside" && state?.object === holder && state.parent === seat.parent;
    if (belongs && names.key(names.toLocal(state.name, holder)) === names.key(seat.localName)) return false;
    if (belongs && names.key(names.alias(state.name, holder)) === names.key(seat.localName)) return false;
    const path = this.#rows.path(holder);
    if (!isWhole(row) || path === undefined) return false;
    const localName = asideName(holder);
    const aside = joinPath(path.slice(0, Math.max(0, path.length - row.localName.length - 1)), localName);
    this.#move(row, aside, { ...row, localName });
    this.further.push(holder);
    return true;
  }

  /** False if nobody knows where it is: its row hangs on one that has been moved here, which is about to be seen. */
  #move(row: BindingRow, to: string, moved: PlannedRow): boolean {
    const path = this.#rows.path(row.object);
    if (path === undefined) return false;
    this.steps.push({
      action: { type: "move", path, to, expected: row.stat },
      was: row,
      row: moved,
      touches: [row.parent, moved.parent],
    });
    this.#rows.put(moved);
    return true;
  }

  #make(path: string, { object, kind, name, mode, modifiedNs }: DriveState, seat: LocalSpot): void {
    const row = { object, kind, ...seat, driveName: name, fingerprint: noFingerprint, modifiedNs, mode };
    this.steps.push({
      action: { type: "folder", path, mode: folderMode(mode) },
      was: undefined,
      row,
      touches: [seat.parent],
    });
    this.#rows.put(row);
  }
}

/** The drive's mode, but that this user can go on reading the file, or listing the folder. */
export function fileMode(mode: number): number {
  return mode | 0o400;
}

export function folderMode(mode: number): number {
  return mode | 0o500;
}

function isPlaced(row: PlannedRow | undefined, state: DriveState): boolean {
  return row?.parent === state.parent && row.driveName === state.name && !isAsideName(row.localName);
}

function isWhole(row: PlannedRow | undefined): row is BindingRow {
  return row?.stat !== undefined;
}

function hasOtherAttributes(row: BindingRow, state: DriveState): boolean {
  if (row.kind === "link") return false;
  return row.mode !== state.mode || (row.kind === "file" && row.modifiedNs !== state.modifiedNs);
}

/** The folder is not as it was expected, which is nobody's fault: it is looked at. */
export function isUnexpected(error: unknown): boolean {
  return error instanceof GlowError && ["conflict", "already-exists", "not-found"].includes(error.kind);
}

// The drive's side of a binding: makes the folder what the drive shows. Names first, one after the other, since each may
// depend on the one before; then content, in groups, as it comes; what is removed goes last, and from a folder only what the
// drive has seen. Whatever is refused, because the folder is not as it was expected, is looked at there first and then here
// again. It holds no state that matters: a walk through the drive finds again what it forgets.

import { GlowError } from "#base/errors.ts";
import type { DriveState, FolderAction, LocalStat, ObjectId } from "../contracts.ts";
import type { BindingParts, BindingSignals } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { rescueChunks } from "./chunk-rescue.ts";
import { DriveTree } from "./drive-tree.ts";
import { DriveWalk } from "./drive-walk.ts";
import { fileMode, folderMode, type NameStep, planFolder } from "./folder-plan.ts";
import { kindOf } from "../drive/object-id.ts";
import { leaveAlone } from "./ignored-rows.ts";
import type { IgnoreRules } from "./ignore-rules.ts";
import { ignoreFileName } from "./own-names.ts";
import type { PlannedRow } from "./row-overlay.ts";
import { PlacementQueue } from "./placement-queue.ts";
import { isLarge } from "./sight-sealer.ts";
import { replaceObject } from "./subtree-removal.ts";
import { retryMs } from "./unsettled.ts";
import { bindingPace } from "./pace.ts";

export interface FolderWriterOptions {
  readonly parts: BindingParts;
  readonly signals: BindingSignals;
  rules(): IgnoreRules;
  rulesChanged(): void;
  /** Fails unless the folder is the one that was bound. */
  prove(): Promise<void>;
  /** What is in this folder has just been changed: what is being seen of it counts for nothing. */
  disturb(folder: ObjectId): void;
  /** There is something to do. */
  wake(): void;
}

export class FolderWriter {
  readonly #options: FolderWriterOptions;
  readonly #parts: BindingParts;
  readonly #walk: DriveWalk;
  readonly #placements: PlacementQueue;
  /** To be looked at, oldest first. */
  readonly #dirty = new Set<ObjectId>();
  /** To be looked at again, when their time has come. */
  readonly #later = new Map<ObjectId, Postponed>();
  /** Those of them that are no problem: the folder was not as it was expected, and they are planned anew. */
  readonly #untold = new Set<ObjectId>();
  /** Folders that go when nothing is in them any more. */
  readonly #emptying = new Set<ObjectId>();
  /** Folders that were to go and stayed: should they come back, what they had in the drive comes back with them. */
  readonly #partial = new Set<ObjectId>();
  #nextLaterMs = Number.POSITIVE_INFINITY;
  #overflowed = false;
  /** Something was not as it was expected: once there is nothing more to be done, all is compared again. */
  #isUnsure = false;
  #nextCheckMs = 0;
  /** What comparing has taken since that was begun last. */
  #walkedMs = 0;
  /** What was taken on by the step that runs is in none of the lists. */
  #isWorking = false;

  constructor(options: FolderWriterOptions) {
    const { parts, signals, rulesChanged } = options;
    this.#options = options;
    this.#parts = parts;
    this.#walk = new DriveWalk(parts, (objects) => this.revisit(objects));
    this.#placements = new PlacementQueue(parts, {
      ...signals,
      rulesChanged,
      isStale: (object) => this.#dirty.has(object),
      placed: (object) => {
        this.#over(object);
        this.#options.wake();
      },
      failed: (object, path, error) => this.#failed(object, path, error),
    });
  }

  /** Nothing is to be done but what has failed before, and is listed as a problem. */
  get idle(): boolean {
    return this.#isQuiet && !this.#isWorking && !this.#isCheckDue;
  }

  /** Not all the time: on a large drive it is much work, for what should not be there. */
  get #isCheckDue(): boolean {
    return this.#isUnsure && this.#nowMs() >= this.#nextCheckMs;
  }

  isPlacing(spotKey: string): boolean {
    return this.#placements.isPlacing(spotKey);
  }

  /** Anything may have changed in the drive. */
  all(): void {
    this.#walk.all();
    // What was being tried when a step failed.
    for (const each of this.#later.values()) if (each.dueMs === Number.POSITIVE_INFINITY) each.dueMs = this.#nowMs();
    this.#nextLaterMs = this.#nowMs();
    this.#options.wake();
  }

  /** The drive has something new of these, whoever wrote it: those that others did are to be looked at as well. */
  changed(objects: readonly ObjectId[]): void {
    this.#walk.moved(objects.filter((object) => kindOf(object) === "folder"));
  }

  /** The drive has something new of these, or the folder has. */
  revisit(objects: readonly ObjectId[]): void {
    for (const object of objects) {
      if (this.#dirty.size >= bindingPace.dirtyObjects) this.#overflowed = true;
      else if (object !== this.#parts.folder) this.#dirty.add(object);
    }
    this.#options.wake();
  }

  async stop(): Promise<void> {
    await this.#placements.stop();
  }

  /** Looks at some objects. How long until there is more to do; undefined: when told. */
  async step(): Promise<number | undefined> {
    await this.#options.prove();
    this.#isWorking = true;
    try {
      await this.#goOn();
    } finally {
      this.#isWorking = false;
    }
    return this.#delayMs();
  }

  async #goOn(): Promise<void> {
    this.#takeLater();
    if (this.#dirty.size < bindingPace.groupEntries && !this.#walk.idle) {
      const beganMs = this.#nowMs();
      await this.#walk.step();
      this.#walkedMs += this.#nowMs() - beganMs;
    }
    if (this.#dirty.size === 0 && this.#walk.idle && this.#overflowed) {
      this.#overflowed = false;
      this.#walk.all();
    }
    if (this.#isQuiet && this.#isCheckDue) {
      this.#isUnsure = false;
      this.#nextCheckMs = this.#nowMs() + Math.max(bindingPace.checkMs, bindingPace.checkRest * this.#walkedMs);
      this.#walkedMs = 0;
      this.#walk.all();
    }
    const objects = this.#take();
    if (objects.length > 0) await this.#work(objects);
  }

  /** Nothing is under way, and nothing waits but what has failed and was told of. */
  get #isQuiet(): boolean {
    const hasNothing = this.#dirty.size === 0 && this.#walk.idle && this.#placements.size === 0 && !this.#overflowed;
    return hasNothing && this.#untold.size === 0;
  }

  #delayMs(): number | undefined {
    const ready = [...this.#dirty].some((object) => !this.#placements.has(object)) && !this.#placements.full;
    // What is being placed may be all there is just now: whoever has placed it wakes us.
    const mayWalk = !this.#walk.idle && this.#dirty.size < bindingPace.groupEntries;
    const mayBegin = this.#overflowed && this.#walk.idle && this.#dirty.size === 0;
    if (ready || mayWalk || mayBegin) return 0;
    const checkMs = this.#isUnsure && this.#isQuiet ? this.#nextCheckMs : Number.POSITIVE_INFINITY;
    const dueMs = Math.min(this.#nextLaterMs, checkMs);
    return dueMs === Number.POSITIVE_INFINITY ? undefined : Math.max(0, dueMs - this.#nowMs());
  }

  /** What is being placed stays: it is looked at when that is over. */
  #take(): ObjectId[] {
    const objects: ObjectId[] = [];
    if (this.#placements.full) return objects;
    for (const object of this.#dirty) {
      if (this.#placements.has(object)) continue;
      this.#dirty.delete(object);
      objects.push(object);
      if (objects.length >= bindingPace.groupEntries) break;
    }
    return objects;
  }

  async #work(objects: readonly ObjectId[]): Promise<void> {
    let result = await this.#workInTurn(objects, false);
    if (result === "moves") {
      // Not waited for in a turn, which those who write need.
      await this.#placements.hold();
      try {
        result = await this.#workInTurn(objects, true);
      } finally {
        this.#placements.release();
      }
    }
    if (typeof result === "string") return;
    if ("unnamed" in result) return this.#workSingly(objects, result.unnamed);
    await this.#remove(result.gone);
    for (const object of objects) {
      const isOver = this.#later.get(object)?.dueMs === Number.POSITIVE_INFINITY && !this.#placements.has(object);
      if (isOver) this.#over(object);
    }
  }

  /** What was planned behind a step that failed does not hold any more; but only what needs that step is to wait for it. */
  async #workSingly(objects: readonly ObjectId[], unnamed: string): Promise<void> {
    const [object] = objects;
    if (objects.length === 1 && object !== undefined) {
      if (!this.#waits(object)) this.#failed(object, unnamed, undefined);
      return;
    }
    for (const each of objects) if (!this.#waits(each) && !this.#placements.has(each)) await this.#work([each]);
  }

  #waits(object: ObjectId): boolean {
    const dueMs = this.#later.get(object)?.dueMs;
    return dueMs !== undefined && dueMs !== Number.POSITIVE_INFINITY;
  }

  #workInTurn(objects: readonly ObjectId[], held: boolean): Promise<WorkResult> {
    const { turns, rows } = this.#parts;
    return turns.take(async () => {
      const plan = await planFolder(this.#parts, this.#options.rules(), objects);
      if (!held && plan.steps.some(isFolderMove)) return "moves";
      for (const row of plan.ignored) await leaveAlone(this.#parts, row);
      for (const { row, object } of plan.shownAs) {
        this.revisit(await replaceObject(rows, row, object));
        this.#walk.into(object);
      }
      const unnamed = await this.#name(plan.steps);
      // What has made way is looked at even if what it made way for has no place yet.
      this.revisit(plan.further);
      if (unnamed !== undefined) return { unnamed };
      this.#placements.add(plan.placements);
      for (const folder of plan.unchanged) this.#walk.into(folder);
      await this.#setAttributes(plan.attributes);
      for (const [object, path] of plan.unplaced) this.#failed(object, path, undefined);
      return { gone: plan.gone };
    });
  }

  // ----------------------------------------------------------------------------------------------------- names

  /** In their order, up to the first that fails: its path is the answer. */
  async #name(steps: readonly NameStep[]): Promise<string | undefined> {
    const latest = new Map<ObjectId, BindingRow>();
    try {
      for (const group of groupsOf(steps)) {
        const unnamed = await this.#nameGroup(group, latest);
        if (unnamed !== undefined) return unnamed;
      }
      return undefined;
    } finally {
      this.#disturb(steps.flatMap(({ touches }) => touches));
    }
  }

  async #nameGroup(group: readonly NameStep[], latest: Map<ObjectId, BindingRow>): Promise<string | undefined> {
    const { agent, rows, keys } = this.#parts;
    const actions = group.map(({ action, row }) => {
      const known = latest.get(row.object);
      return action.type === "move" && known !== undefined ? { ...action, expected: known.stat } : action;
    });
    const begun = await this.#parts.begun.begin(
      group.map(({ row }) => row),
      group.map(({ row }) => row.stat?.sizeBytes ?? 0),
    );
    const results = await agent.apply(actions, keys());
    const changes: { path: string; was: BindingRow | undefined; now: BindingRow }[] = [];
    group.forEach(({ action, row, was }, i) => {
      const stat = results[i];
      if (stat === undefined || stat instanceof GlowError) return;
      const now = { ...row, stat, mode: madeMode(action, row, stat) };
      changes.push({ path: action.path, was: latest.get(row.object) ?? was, now });
      latest.set(row.object, now);
      this.#touched(action.path, action.type === "move" ? action.to : undefined);
    });
    await rows.write(changes, begun);
    for (const { path, was, now } of changes) await this.#named(path, was, now);
    const failed = group.filter((_, i) => results[i] === undefined || results[i] instanceof GlowError);
    for (const step of failed) this.#unnamed(step, results[group.indexOf(step)]);
    return failed[0]?.action.path;
  }

  async #named(path: string, was: BindingRow | undefined, { object, kind }: BindingRow): Promise<void> {
    this.#over(object);
    if (this.#partial.delete(object)) this.#walk.into(object);
    if (was === undefined && kind === "folder") {
      this.#walk.into(object);
      // It may have been there, with something in it.
      this.#options.signals.hot(path);
    }
    if (was === undefined) return;
    if (this.#emptying.has(was.parent)) this.revisit([was.parent]);
    const seat = kind === "folder" ? await this.#parts.rows.seat(object) : undefined;
    if (seat !== undefined) this.#options.signals.moved(seat);
  }

  #unnamed({ action, row }: NameStep, error: unknown): void {
    const paths = action.type === "move" ? [action.path, action.to] : [action.path];
    for (const path of paths) this.#options.signals.hotAt(path);
    this.#failed(row.object, action.path, isUnexpected(error) || !(error instanceof GlowError) ? undefined : error);
  }

  async #setAttributes(states: readonly DriveState[]): Promise<void> {
    if (states.length === 0) return;
    const { rows, agent, keys } = this.#parts;
    const found = await rows.byObject(states.map(({ object }) => object));
    const paths = await Promise.all(states.map(({ object }) => rows.path(object)));
    const ready = states.flatMap((state, i) => {
      const [row, path] = [found[i], paths[i]];
      if (row !== undefined && path !== undefined) return [{ state, row, path }];
      this.#failed(state.object, state.name, undefined);
      return [];
    });
    const begun = await this.#parts.begun.begin(
      ready.map(({ state: { mode, modifiedNs }, row }) => ({ ...row, mode, modifiedNs })),
      ready.map(({ row }) => row.stat.sizeBytes),
    );
    const results = await agent.apply(
      ready.map(({ state, row, path }) => ({
        type: "attributes",
        path,
        expected: row.stat,
        ...(row.kind === "folder"
          ? { mode: folderMode(state.mode) }
          : { mode: fileMode(state.mode), modifiedNs: state.modifiedNs }),
      })),
      keys(),
    );
    const changes = ready.flatMap(({ state, row, path }, i) => {
      const stat = results[i];
      if (stat !== undefined && !(stat instanceof GlowError)) {
        return [{ was: row, now: { ...row, stat, mode: state.mode, modifiedNs: state.modifiedNs } }];
      }
      this.#options.signals.hotAt(path);
      this.#failed(row.object, path, stat === undefined || stat.kind === "conflict" ? undefined : stat);
      return [];
    });
    await rows.write(changes, begun);
  }

  // --------------------------------------------------------------------------------------------------- removal

  /** Files go, and folders in which nothing is left; what is in a folder goes first. */
  async #remove(gone: readonly BindingRow[]): Promise<void> {
    const ready: BindingRow[] = [];
    for (const row of gone) {
      if (row.kind === "folder") this.#leavePartial(row.object);
      if (row.kind === "folder" && (await this.#emptyFirst(row))) continue;
      ready.push(row);
    }
    if (ready.length === 0) return;
    await this.#options.prove();
    await this.#parts.turns.take(() => this.#removeNow(ready));
  }

  #leavePartial(folder: ObjectId): void {
    if (this.#partial.size >= bindingPace.dirtyObjects) {
      this.#partial.clear();
      this.#overflowed = true;
    }
    this.#partial.add(folder);
  }

  /** Whether something is in it that goes before. */
  async #emptyFirst(row: BindingRow): Promise<boolean> {
    const children = await this.#parts.rows.someChildren(row.object, bindingPace.groupEntries);
    if (children.length === 0) return false;
    this.#emptying.add(row.object);
    const waiting = children.filter(({ object }) => !this.#later.has(object));
    this.revisit(waiting.map(({ object }) => object));
    if (waiting.length > 0) return true;
    this.#postpone(row.object);
    // What is to be said is said of what lies in it.
    if (children.every(({ object }) => !this.#untold.has(object))) this.#untold.delete(row.object);
    return true;
  }

  async #removeNow(gone: readonly BindingRow[]): Promise<void> {
    const { rows, agent, keys, begun } = this.#parts;
    const fresh = await this.#stillGone((await rows.byObject(gone.map(({ object }) => object))).filter(isRow));
    const seats: { row: BindingRow; path: string }[] = [];
    for (const row of fresh) {
      const path = await rows.path(row.object);
      if (path === undefined) {
        this.#failed(row.object, row.localName, undefined);
        continue;
      }
      if (isLarge(row.stat)) await rescueChunks(this.#parts, row, path, noBlobs);
      seats.push({ row, path });
    }
    const actions = seats.map(({ row, path }): FolderAction => ({ type: "remove", path, expected: row.stat }));
    const ends = await begun.beginRemoval(seats.map(({ row }) => row));
    const applied = agent.apply(actions, keys());
    const results = await applied
      .catch(async (thrown: unknown) => {
        // A note is true only of what is going on.
        await rows.write([], ends);
        throw thrown;
      })
      .finally(() => this.#disturb(seats.map(({ row }) => row.parent)));
    const removed = seats.filter((_, i) => !(results[i] instanceof GlowError));
    await rows.write(
      removed.map(({ row }) => ({ was: row, now: undefined })),
      ends,
    );
    for (const { row, path } of removed) {
      if (isLarge(row.stat)) await rows.unback(row.object);
      this.#touched(path);
      this.#emptying.delete(row.object);
      this.#over(row.object);
      if (this.#emptying.has(row.parent)) this.revisit([row.parent]);
    }
    for (const [i, { row, path }] of seats.entries()) {
      const error = results[i];
      if (!(error instanceof GlowError)) continue;
      this.#unremoved(row, path, error);
      const isLeft = row.kind === "folder" && isUnexpected(error);
      if (isLeft && (await this.#isFilled(row.object))) this.#failed(row.object, path, undefined);
    }
  }

  /** Whether something has been put into a folder that was empty, or is being put there: nobody else tells of that. */
  async #isFilled(folder: ObjectId): Promise<boolean> {
    return this.#placements.isPlacingIn(folder) || (await this.#parts.rows.someChildren(folder, 1)).length > 0;
  }

  /** What was edited here, or restored by others, since it was planned is in the drive again. */
  async #stillGone(gone: readonly BindingRow[]): Promise<readonly BindingRow[]> {
    const tree = new DriveTree(this.#parts.drive, this.#parts.folder);
    await tree.load(gone.map(({ object }) => object));
    const isBack = ({ object }: BindingRow): boolean =>
      tree.where(object) === "inside" && tree.state(object)?.object === object;
    this.revisit(gone.filter(isBack).map(({ object }) => object));
    return gone.filter((row) => !isBack(row));
  }

  #unremoved(row: BindingRow, path: string, error: GlowError): void {
    if (!isUnexpected(error)) {
      this.#failed(row.object, path, error);
      return;
    }
    // It was changed, or something new or ignored lies in it: whoever finds that out says what becomes of it.
    this.#emptying.delete(row.object);
    if (row.kind === "folder") {
      this.#isUnsure = true;
      this.#options.signals.hot(path);
      return;
    }
    this.#options.signals.hotAt(path);
    this.#failed(row.object, path, undefined);
  }

  /**
   * In the turn in which they were changed, and after that: a look that began in the middle of it has seen some of it only,
   * and compares when the turn is over.
   */
  #disturb(folders: readonly ObjectId[]): void {
    for (const folder of folders) this.#options.disturb(folder);
  }

  #touched(...paths: readonly (string | undefined)[]): void {
    if (paths.includes(ignoreFileName)) this.#options.rulesChanged();
  }

  // --------------------------------------------------------------------------------------------- another time

  /** `error` is for people; without one it is only planned anew, and told of when that does not help. */
  #failed(object: ObjectId, path: string, error: GlowError | undefined): void {
    this.#postpone(object);
    const isStuck = (this.#later.get(object)?.failures ?? 0) > bindingPace.untoldFailures;
    const told = error ?? (isStuck ? inTheWay(path) : undefined);
    if (told !== undefined) {
      this.#parts.problems.add("folder", object, path, told);
      this.#untold.delete(object);
    }
    this.#options.wake();
  }

  /** It went well, or there is nothing to be done. */
  #over(object: ObjectId): void {
    this.#later.delete(object);
    this.#untold.delete(object);
    this.#parts.problems.solve("folder", object);
  }

  #postpone(object: ObjectId): void {
    const failures = this.#later.get(object)?.failures ?? 0;
    if (this.#later.size >= bindingPace.dirtyObjects && failures === 0) {
      this.#overflowed = true;
      return;
    }
    if (failures === 0) this.#isUnsure = true;
    const dueMs = this.#nowMs() + retryMs(failures);
    this.#later.set(object, { failures: failures + 1, dueMs });
    this.#untold.add(object);
    this.#nextLaterMs = Math.min(this.#nextLaterMs, dueMs);
  }

  /** Those whose time has come. They keep their failures until they succeed. */
  #takeLater(): void {
    const nowMs = this.#nowMs();
    if (nowMs < this.#nextLaterMs) return;
    this.#nextLaterMs = Number.POSITIVE_INFINITY;
    for (const [object, each] of this.#later) {
      if (each.dueMs > nowMs) {
        this.#nextLaterMs = Math.min(this.#nextLaterMs, each.dueMs);
        continue;
      }
      each.dueMs = Number.POSITIVE_INFINITY;
      this.#dirty.add(object);
    }
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}

/** The folder is not as it was expected, which is nobody's fault: it is looked at. */
function isUnexpected(error: unknown): boolean {
  return error instanceof GlowError && ["conflict", "already-exists", "not-found"].includes(error.kind);
}

function isRow(row: BindingRow | undefined): row is BindingRow {
  return row !== undefined;
}

function inTheWay(path: string): GlowError {
  const message = "something is in the way that cannot be taken into the drive, or that keeps being changed";
  return new GlowError("already-exists", "binding.place", { target: path, message });
}

/** Folders are to move while files may be written whose paths lead through them: nothing was done. A path: a step failed. */
type WorkResult = "moves" | { readonly unnamed: string } | { readonly gone: readonly BindingRow[] };

interface Postponed {
  /** In a row. */
  failures: number;
  /** Infinite while it is tried. */
  dueMs: number;
}

const noBlobs: ReadonlySet<string> = new Set();

/** A folder that was there has its own mode, which the drive's is to replace. */
function madeMode(action: FolderAction, row: PlannedRow, stat: LocalStat): number {
  return action.type === "folder" && stat.mode !== action.mode ? stat.mode : row.mode;
}

function isFolderMove({ action, row }: NameStep): boolean {
  return action.type === "move" && row.kind === "folder";
}

/** New folders are made in one go; nothing is done behind a move before it is known how that went. */
function* groupsOf(steps: readonly NameStep[]): Iterable<readonly NameStep[]> {
  let folders: NameStep[] = [];
  for (const step of steps) {
    if (step.action.type === "folder") {
      folders.push(step);
      continue;
    }
    if (folders.length > 0) yield folders;
    folders = [];
    yield [step];
  }
  if (folders.length > 0) yield folders;
}

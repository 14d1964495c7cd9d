// The drive's side of a binding: makes the folder what the drive shows. Names first, one after the other, since each may
// depend on the one before; then content, in groups, as it comes; what is removed goes last, and from a folder only what the
// drive has seen. Whatever is refused, because the folder is not as it was expected, is looked at there first and then here
// again. It holds no state that matters: a walk through the drive finds again what it forgets.

import { GlowError } from "#base/errors.ts";
import type { DriveState, FolderAction, LocalStat, ObjectId } from "../contracts.ts";
import type { BindingParts, BindingSignals } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { DriveWalk } from "./drive-walk.ts";
import { fileMode, folderMode, isUnexpected, type NameStep, planFolder } from "./folder-plan.ts";
import { FolderRemoval } from "./folder-removal.ts";
import { kindOf } from "../drive/object-id.ts";
import { LaterObjects } from "./later-objects.ts";
import { leaveAlone } from "./ignored-rows.ts";
import type { IgnoreRules } from "./ignore-rules.ts";
import { ignoreFileName } from "./own-names.ts";
import type { PlannedRow } from "./row-overlay.ts";
import { PlacementQueue } from "./placement-queue.ts";
import { replaceObject } from "./subtree-removal.ts";
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
  readonly #later: LaterObjects;
  readonly #removal: FolderRemoval;
  #overflowed = false;
  /** Something was not as it was expected: once there is nothing more to be done, all is compared again. */
  #isUnsure = false;
  #nextCheckMs = 0;
  /** What comparing has taken since that was begun last. */
  #walkedMs = 0;
  /** What was taken on by the step that runs is in none of the lists. */
  #isWorking = false;

  constructor(options: FolderWriterOptions) {
    const { parts, signals, rulesChanged, prove } = options;
    this.#options = options;
    this.#parts = parts;
    const unsure = (): void => void (this.#isUnsure = true);
    const overflowed = (): void => void (this.#overflowed = true);
    this.#later = new LaterObjects(parts, { wake: () => options.wake(), unsure, overflowed });
    this.#walk = new DriveWalk(parts, (objects) => this.revisit(objects));
    this.#placements = new PlacementQueue(parts, {
      ...signals,
      prove,
      rulesChanged,
      isStale: (object) => this.#dirty.has(object),
      placed: (object) => {
        this.#later.over(object);
        this.#options.wake();
      },
      failed: (object, path, error) => this.#later.failed(object, path, error),
    });
    this.#removal = new FolderRemoval({
      parts,
      signals,
      later: this.#later,
      prove,
      revisit: (objects) => this.revisit(objects),
      disturb: (folder) => options.disturb(folder),
      touched: (path) => this.#touched(path),
      isPlacingIn: (folder) => this.#placements.isPlacingIn(folder),
      unsure,
      overflowed,
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
    this.#later.retry();
    this.#options.wake();
  }

  /** The drive has something new of these, whoever wrote it: those that others did are to be looked at as well. */
  changed(objects: readonly ObjectId[]): void {
    this.#placements.changed(objects);
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
    for (const object of this.#later.takeDue()) this.#dirty.add(object);
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
    return hasNothing && !this.#later.hasUntold;
  }

  #delayMs(): number | undefined {
    const ready = [...this.#dirty].some((object) => !this.#placements.has(object)) && !this.#placements.full;
    // What is being placed may be all there is just now: whoever has placed it wakes us.
    const mayWalk = !this.#walk.idle && this.#dirty.size < bindingPace.groupEntries;
    const mayBegin = this.#overflowed && this.#walk.idle && this.#dirty.size === 0;
    if (ready || mayWalk || mayBegin) return 0;
    const checkMs = this.#isUnsure && this.#isQuiet ? this.#nextCheckMs : Number.POSITIVE_INFINITY;
    const dueMs = Math.min(this.#later.nextDueMs, checkMs);
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
    await this.#removal.remove(result.gone);
    for (const object of objects) {
      if (this.#later.isTried(object) && !this.#placements.has(object)) this.#later.over(object);
    }
  }

  /** What was planned behind a step that failed does not hold any more; but only what needs that step is to wait for it. */
  async #workSingly(objects: readonly ObjectId[], unnamed: string): Promise<void> {
    const [object] = objects;
    if (objects.length === 1 && object !== undefined) {
      if (!this.#later.waits(object)) this.#later.failed(object, unnamed, undefined);
      return;
    }
    for (const each of objects) if (!this.#later.waits(each) && !this.#placements.has(each)) await this.#work([each]);
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
      this.#placements.planned(objects);
      for (const folder of plan.unchanged) this.#walk.into(folder);
      await this.#setAttributes(plan.attributes);
      for (const [object, path] of plan.unplaced) this.#later.failed(object, path, undefined);
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
    this.#later.over(object);
    if (this.#removal.comesBack(object)) this.#walk.into(object);
    if (was === undefined && kind === "folder") {
      this.#walk.into(object);
      // It may have been there, with something in it.
      this.#options.signals.hot(path);
    }
    if (was === undefined) return;
    this.#removal.left(was.parent);
    const seat = kind === "folder" ? await this.#parts.rows.seat(object) : undefined;
    if (seat !== undefined) this.#options.signals.moved(seat);
  }

  #unnamed({ action, row }: NameStep, error: unknown): void {
    const paths = action.type === "move" ? [action.path, action.to] : [action.path];
    for (const path of paths) this.#options.signals.hotAt(path);
    this.#later.failed(
      row.object,
      action.path,
      isUnexpected(error) || !(error instanceof GlowError) ? undefined : error,
    );
  }

  async #setAttributes(states: readonly DriveState[]): Promise<void> {
    if (states.length === 0) return;
    const { rows, agent, keys } = this.#parts;
    const found = await rows.byObject(states.map(({ object }) => object));
    const paths = await Promise.all(states.map(({ object }) => rows.path(object)));
    const ready = states.flatMap((state, i) => {
      const [row, path] = [found[i], paths[i]];
      if (row !== undefined && path !== undefined) return [{ state, row, path }];
      this.#later.failed(state.object, state.name, undefined);
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
      this.#later.failed(row.object, path, stat === undefined || stat.kind === "conflict" ? undefined : stat);
      return [];
    });
    await rows.write(changes, begun);
  }

  // -------------------------------------------------------------------------------------------------- together

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

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}

/** Folders are to move while files may be written whose paths lead through them: nothing was done. A path: a step failed. */
type WorkResult = "moves" | { readonly unnamed: string } | { readonly gone: readonly BindingRow[] };

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

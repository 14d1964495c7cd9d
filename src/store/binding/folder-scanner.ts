// The folder's side of a binding: looks at folders in which something has changed, or at all of them, compares what is there
// with the rows, finds out what was moved, and hands on what has settled. It holds no state that matters: what it forgets, or
// what nobody told it, is found by the next scan.

import type { GlowError } from "#base/errors.ts";
import { bindingLimits } from "#base/limits.ts";
import type { LocalEntry, LocalStat, ObjectId } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { type FolderSeat, folderOf, joinPath, type LocalSpot, seatIn } from "./binding-rows.ts";
import type { DriveWriter } from "./drive-writer.ts";
import { type ChangedEntry, compareFolder, type FolderComparison } from "./folder-comparison.ts";
import { HotFolders } from "./hot-folders.ts";
import type { IgnoreRules } from "./ignore-rules.ts";
import type { LocalSight } from "./local-merge.ts";
import { MissingRows } from "./missing-rows.ts";
import type { Sighting } from "./move-matcher.ts";
import { emptied } from "./root-proof.ts";
import { SightFinder } from "./sight-finder.ts";
import { forgetRows } from "./subtree-removal.ts";
import type { Found, Unsettled } from "./unsettled.ts";
import { bindingPace } from "./pace.ts";

export interface ScannerOptions {
  readonly parts: BindingParts;
  readonly writer: DriveWriter;
  readonly unsettled: Unsettled;
  /** Of the bound folder on this machine, for messages. */
  readonly path: string;
  rules(): IgnoreRules;
  /** The file with the rules may have changed. */
  rulesChanged(): void;
  /** Fails unless the folder is the one that was bound. */
  prove(): Promise<void>;
  /** The drive's side of these is to be looked at. */
  revisit(objects: readonly ObjectId[]): void;
  /** Something is just being put there from the drive. */
  isPlacing(spotKey: string): boolean;
}

interface Target extends FolderSeat {
  /** Whether what is below is to be looked at as well. */
  readonly deep: boolean;
}

export class FolderScanner {
  /** Whether everything may be removed from the drive, if everything is gone here: somebody has said so. */
  emptyConfirmed = false;
  readonly #options: ScannerOptions;
  readonly #parts: BindingParts;
  readonly #hot = new HotFolders();
  readonly #missing = new MissingRows();
  readonly #finder: SightFinder;
  /** Folders that were changed from the drive while they were looked at: what was seen of them counts for nothing. */
  #disturbed: Set<ObjectId> | undefined;
  /** Folders in which something was passed over because it was under way. */
  #passedOver = new Set<string>();
  #rescanMs = Number.POSITIVE_INFINITY;
  /** What is missing in the first scan went while nobody saw how. */
  #watched = false;

  constructor(options: ScannerOptions) {
    const { parts, writer, unsettled } = options;
    this.#options = options;
    this.#parts = parts;
    this.#finder = new SightFinder({
      parts,
      writer,
      unsettled,
      missing: this.#missing,
      later: (path) => this.#hot.add(path, this.#nowMs() + bindingPace.missingMs),
    });
  }

  get idle(): boolean {
    return this.#hot.empty && this.#missing.size === 0 && !this.#options.unsettled.busy;
  }

  get scanning(): boolean {
    return this.#hot.scanning;
  }

  hot(path: string): void {
    this.#hot.add(path, this.#nowMs());
  }

  /** Its path is another: what is below is looked at, whatever was told of under the old one. */
  moved(folder: FolderSeat): void {
    this.#hot.push(folder);
  }

  all(): void {
    this.#hot.all();
  }

  disturb(folder: ObjectId): void {
    this.#disturbed?.add(folder);
  }

  /** What was under way is over. */
  freed(): void {
    const paths = this.#passedOver;
    this.#passedOver = new Set();
    for (const path of paths) this.hot(path);
  }

  /** Looks at some folders, and at what was not settled before. How long until there is more to do; undefined: when told. */
  async step(): Promise<number | undefined> {
    const { writer, unsettled } = this.#options;
    const stalledMs = writer.stalledMs();
    if (stalledMs > 0) return stalledMs;
    await this.#options.prove();
    const nowMs = this.#nowMs();
    if (nowMs >= this.#rescanMs) this.#hot.all();
    const targets = await this.#targets(nowMs);
    if (targets.length > 0) await this.#look(targets);
    const due = unsettled.due(this.#nowMs());
    if (due.length > 0) await this.#lookAgain(due);
    writer.flush();
    await this.#removeMissing();
    if (unsettled.takeOverflow()) this.#rescanMs = this.#nowMs() + bindingLimits.lastRetryMs;
    return this.#delayMs();
  }

  #delayMs(): number | undefined {
    if (this.#hot.scanning) return 0;
    const { unsettled } = this.#options;
    const dueMs = Math.min(this.#hot.nextDueMs(), unsettled.nextDueMs(), this.#missing.nextDueMs(), this.#rescanMs);
    return dueMs === Number.POSITIVE_INFINITY ? undefined : Math.max(0, dueMs - this.#nowMs());
  }

  // ---------------------------------------------------------------------------------------- looking at folders

  async #targets(nowMs: number): Promise<Target[]> {
    const { progress, rows } = this.#parts;
    if (this.#hot.takeEverything()) {
      this.#rescanMs = Number.POSITIVE_INFINITY;
      progress.scanBegins();
      this.#hot.push({ object: rows.root, path: "", drivePath: "" });
    }
    const targets = new Map<string, Target>();
    for (const path of this.#hot.takeHot(nowMs)) {
      if (path !== "" && this.#options.rules().has(path, true)) continue;
      const folder = await this.#folderAt(path);
      targets.set(folder.path, { ...folder, deep: false });
    }
    if (targets.size > 0) return [...targets.values()];
    return this.#hot.takeFrontier().map((folder) => ({ ...folder, deep: true }));
  }

  /** The deepest folder on the way there that is known, or is being made. */
  async #folderAt(path: string): Promise<FolderSeat> {
    const { rows } = this.#parts;
    let at: FolderSeat = { object: rows.root, path: "", drivePath: "" };
    if (path === "") return at;
    for (const localName of path.split("/")) {
      const spot = { parent: at.object, localName };
      const [row] = await rows.at([spot]);
      const made = row === undefined ? this.#options.writer.folderAt(rows.spotKey(spot)) : undefined;
      const inner = joinPath(at.path, localName);
      if (row?.kind === "folder") at = { ...seatIn(at, row), path: inner };
      else if (made !== undefined) at = { ...made, path: inner, drivePath: joinPath(at.drivePath, localName) };
      else break;
    }
    return at;
  }

  async #look(targets: readonly Target[]): Promise<void> {
    const disturbed = new Set<ObjectId>();
    this.#disturbed = disturbed;
    const listing = await this.#list(targets);
    const sights = await this.#parts.turns.take(async () => {
      this.#disturbed = undefined;
      const compared: FolderComparison[] = [];
      for (const target of targets) {
        const entries = listing.entries.get(target.path);
        if (disturbed.has(target.object)) this.#again(target);
        else if (entries !== undefined) compared.push(await this.#compare(target, entries, listing.passed));
      }
      return this.#examine(compared, targets);
    });
    await this.#handOn(sights);
  }

  #again(target: Target): void {
    if (target.deep) this.#hot.push(target);
    else this.hot(target.path);
  }

  /** What lies in the folders; nothing for one that could not be listed whole, or that is not there. */
  async #list(targets: readonly Target[]): Promise<{ entries: Map<string, LocalEntry[]>; passed: Set<string> }> {
    const { agent, problems } = this.#parts;
    const paths = targets.map(({ path }) => path);
    const entries = new Map<string, LocalEntry[]>(paths.map((path) => [path, []]));
    const passed = new Set<string>();
    const unlisted = new Map<string, GlowError>();
    for (const path of paths) problems.solveIn(path);
    for await (const page of agent.scan(paths, false)) {
      for (const entry of page.entries) entries.get(folderOf(entry.path))?.push(entry);
      for (const { path, reason } of page.passed) {
        if (entries.has(path)) unlisted.set(path, reason);
        else problems.add("scan", path, path, reason);
        passed.add(path);
      }
    }
    await this.#dropOthers(targets, entries);
    for (const [path, reason] of unlisted) if (entries.delete(path)) problems.add("scan", path, path, reason);
    return { entries, passed };
  }

  /** What is listed of a folder that is gone, or that another one has taken the place of. The one above tells of that. */
  async #dropOthers(targets: readonly Target[], entries: Map<string, LocalEntry[]>): Promise<void> {
    const inner = targets.filter(({ path }) => path !== "");
    if (inner.length === 0) return;
    const stats = await this.#parts.agent.stat(inner.map(({ path }) => path));
    inner.forEach(({ path, file }, i) => {
      const stat = stats[i];
      if (stat?.kind === "folder" && stat.file === file) return;
      entries.delete(path);
      this.hot(folderOf(path));
    });
  }

  async #compare(
    target: Target,
    entries: readonly LocalEntry[],
    passed: ReadonlySet<string>,
  ): Promise<FolderComparison> {
    const { rows, names, progress } = this.#parts;
    const compared = compareFolder({
      folder: target,
      entries,
      passed,
      rows: await rows.children(target.object),
      names,
      rules: this.#options.rules(),
    });
    this.#hot.looked(target.path, entries.length, this.#nowMs());
    // One that the drive has removed may have waited for that.
    if (entries.length === 0 && target.object !== rows.root) this.#options.revisit([target.object]);
    if (target.deep) {
      progress.scanned(1, compared.files);
      for (const folder of compared.folders) this.#hot.push(folder);
    }
    return compared;
  }

  /** What was not settled, or failed, a while ago: only that, not all that is around it. */
  async #lookAgain(due: readonly Found[]): Promise<void> {
    const { agent, names } = this.#parts;
    const stats = await agent.stat(due.map(({ path }) => path));
    const there = due.flatMap((found, i): Found[] => {
      const stat = stats[i];
      if (stat === undefined) this.#settled(found);
      return stat === undefined ? [] : [{ ...found, stat }];
    });
    const sights = await this.#parts.turns.take(async () => {
      const known = await this.#rowsOf(there);
      const compared = there.map((found, i) => {
        const row = known[i];
        const path = folderOf(found.path);
        return compareFolder({
          folder: { object: found.parent, path, drivePath: path },
          entries: [found],
          passed: noPaths,
          rows: row === undefined ? [] : [row],
          names,
          rules: this.#options.rules(),
        });
      });
      return this.#examine(compared, []);
    });
    await this.#handOn(sights);
  }

  async #rowsOf(there: readonly Found[]): Promise<(BindingRow | undefined)[]> {
    const known = await this.#parts.rows.at(there);
    for (const [i, found] of there.entries()) known[i] ??= await this.#respelledRow(found);
    return known;
  }

  /** Some systems show names in another of Unicode's forms than they were given in, and find what has them by each. */
  async #respelledRow({ parent, localName, path, stat }: Found): Promise<BindingRow | undefined> {
    const { rows, agent } = this.#parts;
    const forms = ["NFC", "NFD"].map((form) => localName.normalize(form)).filter((form) => form !== localName);
    if (forms.length === 0) return undefined;
    const others = await rows.at(forms.map((form) => ({ parent, localName: form })));
    const row = others.find((each) => each !== undefined);
    if (row === undefined) return undefined;
    const [same] = await agent.stat([joinPath(folderOf(path), row.localName)]);
    return same === undefined || same.file === stat.file ? row : undefined;
  }

  async #examine(compared: readonly FolderComparison[], targets: readonly Target[]): Promise<readonly LocalSight[]> {
    const { rows, problems } = this.#parts;
    const { unsettled } = this.#options;
    const nowMs = this.#nowMs();
    const changed: ChangedEntry[] = [];
    const sightings: Sighting[] = [];
    for (const each of compared) {
      for (const { path, reason } of each.refused) problems.add("scan", path, path, reason);
      for (const row of each.settled) {
        this.#missing.found(row.object);
        if (unsettled.size > 0) this.#settled(row);
      }
      for (const row of each.missing) this.#missing.add(row, nowMs);
      // Left alone from now on, on both sides.
      for (const row of each.ignored) await forgetRows(rows, row);
      if (each.rulesTouched) this.#options.rulesChanged();
      changed.push(...each.changed.filter(({ sighting }) => this.#isFree(sighting)));
      sightings.push(...each.sightings.filter((sighting) => this.#isFree(sighting)));
    }
    const { sights, folders } = await this.#finder.find(changed, sightings, targets);
    for (const folder of folders) this.#hot.push(folder);
    return sights;
  }

  /** There is nothing to be taken from there (any more). */
  #settled(spot: LocalSpot): void {
    const key = this.#parts.rows.spotKey(spot);
    this.#options.unsettled.forget(key);
    this.#parts.problems.solve("drive", key);
  }

  /** Not to be called in a turn: it waits for what needs turns itself. */
  async #handOn(sights: readonly LocalSight[]): Promise<void> {
    for (const sight of sights) {
      this.#options.unsettled.take(this.#parts.rows.spotKey(sight));
      await this.#options.writer.add(sight);
    }
  }

  #isFree(sighting: Sighting): boolean {
    const key = this.#parts.rows.spotKey(sighting);
    if (!this.#options.writer.has(key) && !this.#options.isPlacing(key)) return true;
    this.#passedOver.add(folderOf(sighting.path));
    return false;
  }

  // ------------------------------------------------------------------------------------------- what is missing

  async #removeMissing(): Promise<void> {
    const nowMs = this.#nowMs();
    if (this.#hot.scanning) return;
    const due = this.#missing.takeDue(nowMs, this.#hot.nextDueMs() <= nowMs);
    if (this.#missing.size === 0 && due.length === 0) this.#watched = true;
    if (due.length === 0) return;
    const gone = await this.#confirm(due);
    if (gone.length === 0) return;
    await this.#options.prove();
    await this.#assertNotEmptied(gone);
    for (let at = 0; at < gone.length; at += bindingPace.groupEntries) {
      await this.#options.writer.remove(gone.slice(at, at + bindingPace.groupEntries));
    }
  }

  /** Those of which nothing is where they were; whose name something else has got, that one may have it in the drive then. */
  async #confirm(due: readonly BindingRow[]): Promise<BindingRow[]> {
    const { rows, agent } = this.#parts;
    const paths = await Promise.all(due.map(({ object }) => rows.path(object)));
    const stats = await agent.stat(paths.map((path) => path ?? ""));
    return due.filter((row, i) => {
      const path = paths[i];
      if (path === undefined) return false;
      this.hot(folderOf(path));
      return !isStillThere(row, stats[i]);
    });
  }

  /** Who empties a folder before our eyes wants it; who did so before we came may have lost a disk. */
  async #assertNotEmptied(gone: readonly BindingRow[]): Promise<void> {
    if (this.#watched || this.emptyConfirmed || (gone.length === 1 && gone[0]?.kind !== "folder")) return;
    const objects = new Set(gone.map(({ object }) => object));
    const top = await this.#parts.rows.children(this.#parts.rows.root);
    if (top.every(({ object }) => objects.has(object))) throw emptied(this.#options.path);
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}

const noPaths: ReadonlySet<string> = new Set();

function isStillThere(row: BindingRow, stat: LocalStat | undefined): boolean {
  if (stat?.kind !== row.kind) return false;
  // A file goes on under its name, whoever wrote it; a folder that another has replaced does not.
  return row.kind !== "folder" || stat.file === row.stat.file;
}

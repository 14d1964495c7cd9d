// The folder's side of a binding: looks at folders in which something has changed, or at all of them, compares what is there
// with the rows, finds out what was moved, and hands on what has settled. It holds no state that matters: what it forgets, or
// what nobody told it, is found by the next scan.

import { bindingLimits } from "#base/limits.ts";
import type { LocalEntry, LocalStat, ObjectId } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { type FolderSeat, folderOf, joinPath, type LocalSpot, nameOf, seatIn } from "./binding-rows.ts";
import type { DriveWriter } from "./drive-writer.ts";
import { type ChangedEntry, compareFolder, type FolderComparison } from "./folder-comparison.ts";
import { HotFolders, united } from "./hot-folders.ts";
import { leaveAlone } from "./ignored-rows.ts";
import type { IgnoreRules } from "./ignore-rules.ts";
import type { LocalSight } from "./local-merge.ts";
import { MissingRows } from "./missing-rows.ts";
import { rowsNamed } from "./named-rows.ts";
import { mayBe, type Sighting } from "./move-matcher.ts";
import { emptied } from "./root-proof.ts";
import { SightFinder } from "./sight-finder.ts";
import { type LookTarget, TargetListing } from "./target-listing.ts";
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

export class FolderScanner {
  /** Whether everything may be removed from the drive, if everything is gone here: somebody has said so. */
  emptyConfirmed = false;
  readonly #options: ScannerOptions;
  readonly #parts: BindingParts;
  readonly #hot = new HotFolders();
  readonly #missing = new MissingRows();
  /** What is missing and may be about to be taken elsewhere, and since when. */
  readonly #awaited = new Map<ObjectId, number>();
  readonly #listing: TargetListing;
  readonly #finder: SightFinder;
  /** Folders that were changed from the drive while they were looked at: what was seen of them counts for nothing. */
  #disturbed: Set<ObjectId> | undefined;
  /** What was passed over because it was under way. */
  #passedOver = new Set<string>();
  #rescanMs = Number.POSITIVE_INFINITY;
  /** What is missing in the first scan went while nobody saw how. */
  #watched = false;
  /** What was taken on by the step that runs is in none of the lists. */
  #isLooking = false;

  constructor(options: ScannerOptions) {
    const { parts, writer, unsettled } = options;
    this.#options = options;
    this.#parts = parts;
    this.#listing = new TargetListing(parts, {
      gone: (path) => this.hotAt(path),
      later: (path) => this.#hot.add(path, this.#nowMs() + bindingPace.missingMs),
    });
    this.#finder = new SightFinder({
      parts,
      writer,
      unsettled,
      missing: this.#missing,
      later: (path) => this.#hotAt(path, this.#nowMs() + bindingPace.missingMs),
    });
  }

  get idle(): boolean {
    const hasNothing = this.#hot.empty && this.#missing.size === 0 && !this.#options.unsettled.busy;
    return hasNothing && !this.#isLooking;
  }

  get scanning(): boolean {
    return this.#hot.scanning;
  }

  /** All of the folder has been seen, and nothing of it is missing. */
  get hasSeenAll(): boolean {
    return !this.#hot.scanning && this.#missing.size === 0;
  }

  /** Something in this folder has changed: these names, or anything. */
  hot(path: string, names?: Iterable<string>): void {
    this.#hot.add(path, this.#nowMs(), this.#alone(names));
  }

  /** What lies at this path has changed. */
  hotAt(path: string): void {
    this.#hotAt(path, this.#nowMs());
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
    for (const path of paths) this.hotAt(path);
  }

  /** Looks at some folders, and at what was not settled before. How long until there is more to do; undefined: when told. */
  async step(): Promise<number | undefined> {
    const { writer, unsettled } = this.#options;
    const stalledMs = writer.stalledMs();
    if (stalledMs > 0) return stalledMs;
    await this.#options.prove();
    this.#isLooking = true;
    try {
      await this.#lookAround();
    } finally {
      this.#isLooking = false;
    }
    if (unsettled.takeOverflow()) this.#rescanMs = this.#nowMs() + bindingLimits.lastRetryMs;
    if (unsettled.size === 0 && writer.idle) writer.recovered();
    return this.#delayMs();
  }

  async #lookAround(): Promise<void> {
    const { writer, unsettled } = this.#options;
    const nowMs = this.#nowMs();
    if (nowMs >= this.#rescanMs) this.#hot.all();
    const targets = await this.#targets(nowMs);
    if (targets.length > 0) await this.#look(targets);
    const due = unsettled.due(this.#nowMs());
    if (due.length > 0) await this.#lookAgain(due);
    writer.flush();
    await this.#removeMissing();
  }

  #delayMs(): number | undefined {
    if (this.#hot.scanning) return 0;
    const { unsettled } = this.#options;
    const dueMs = Math.min(this.#hot.nextDueMs(), unsettled.nextDueMs(), this.#missing.nextDueMs(), this.#rescanMs);
    return dueMs === Number.POSITIVE_INFINITY ? undefined : Math.max(0, dueMs - this.#nowMs());
  }

  // ---------------------------------------------------------------------------------------- looking at folders

  async #targets(nowMs: number): Promise<LookTarget[]> {
    const { progress, rows } = this.#parts;
    if (this.#hot.takeEverything()) {
      this.#rescanMs = Number.POSITIVE_INFINITY;
      progress.scanBegins();
      this.#hot.push({ object: rows.root, path: "", drivePath: "" });
    }
    const targets = new Map<string, LookTarget>();
    for (const { path, names } of this.#hot.takeHot(nowMs)) {
      const folder = await this.#folderAt(path);
      // By the name that it has here: one that makes way for another is not ignored.
      if (folder.path !== path && this.#options.rules().has(path, true)) continue;
      const here = folder.path === path ? names : this.#alone([firstName(path, folder.path)]);
      const known = targets.get(folder.path);
      targets.set(folder.path, {
        ...folder,
        deep: false,
        names: known === undefined ? here : united(known.names, here),
      });
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

  async #look(targets: readonly LookTarget[]): Promise<void> {
    const disturbed = new Set<ObjectId>();
    this.#disturbed = disturbed;
    const listing = await this.#listing.of(targets);
    const sights = await this.#parts.turns.take(async () => {
      this.#disturbed = undefined;
      const compared: FolderComparison[] = [];
      for (const target of targets) {
        const entries = listing.entries.get(target.path);
        if (disturbed.has(target.object)) this.#again(target);
        else if (entries !== undefined) {
          const rows = await this.#rowsIn(target, entries);
          if (rows !== undefined) compared.push(this.#compare(target, entries, rows, listing.passed));
        }
      }
      return this.#examine(compared, targets);
    });
    await this.#handOn(sights);
  }

  #again(target: LookTarget): void {
    if (target.deep) this.#hot.push(target);
    else this.hot(target.path, target.names);
  }

  /** What the rows expect there; undefined: more is to be looked at together, and is hot. */
  async #rowsIn(target: LookTarget, entries: readonly LocalEntry[]): Promise<readonly BindingRow[] | undefined> {
    const { rows } = this.#parts;
    if (target.names === undefined) return rows.children(target.object);
    const seen = await rowsNamed(rows, target.object, target.names, entries);
    if (seen.type === "rows") return seen.rows;
    this.hot(target.path, seen.names && [...target.names, ...seen.names]);
    return undefined;
  }

  #compare(
    target: LookTarget,
    entries: readonly LocalEntry[],
    rows: readonly BindingRow[],
    passed: ReadonlySet<string>,
  ): FolderComparison {
    const { names, progress, problems } = this.#parts;
    const compared = compareFolder({ folder: target, entries, passed, rows, names, rules: this.#options.rules() });
    // It has come back while its row is on the way to where it was: when that is written it is elsewhere than the row says.
    for (const { object, localName } of compared.settled) {
      if (this.#options.writer.isMoving(object)) this.#passedOver.add(joinPath(target.path, localName));
    }
    const isSeen = (path: string): boolean => target.names === undefined || target.names.has(nameOf(path));
    problems.solveBelow(target.path, (path) => {
      if (!isSeen(path)) return true;
      const isLeft = compared.left.some(({ localName }) => localName === nameOf(path));
      return !isLeft && entries.some((entry) => entry.path === path && entry.stat.kind === "folder");
    });
    if (target.names !== undefined) return compared;
    this.#hot.looked(target.path, entries.length, this.#nowMs());
    // One that the drive has removed may have waited for that.
    const isEmpty = entries.length === 0 && ![...passed].some((path) => folderOf(path) === target.path);
    if (isEmpty && target.object !== this.#parts.rows.root) this.#options.revisit([target.object]);
    if (target.deep) {
      progress.scanned(1, compared.files);
      for (const folder of compared.folders) this.#hot.push(folder);
    }
    return compared;
  }

  /** What was not settled, or failed, a while ago: only that, not all that is around it. */
  async #lookAgain(due: readonly Found[]): Promise<void> {
    const { unsettled } = this.#options;
    const there = await this.#stillThere(due);
    const sights = await this.#parts.turns.take(async () => {
      const known = await this.#rowsOf(there.map(({ found }) => found));
      const compared = there.map(({ found, folder }, i) => {
        const row = known[i];
        const { names } = this.#parts;
        const rows = row === undefined ? [] : [row];
        return compareFolder({ folder, entries: [found], passed: noPaths, rows, names, rules: this.#options.rules() });
      });
      return this.#examine(compared, []);
    });
    await this.#handOn(sights);
    for (const found of due) unsettled.putOff(this.#parts.rows.spotKey(found), this.#nowMs());
  }

  /** With where their folders are by now. */
  async #stillThere(due: readonly Found[]): Promise<{ readonly found: Found; readonly folder: FolderSeat }[]> {
    const seats = await this.#seatsOf(due);
    const paths = due.map(({ parent, localName, path }) => {
      const seat = seats.get(parent);
      return seat === undefined ? path : joinPath(seat.path, localName);
    });
    const stats = await this.#parts.agent.stat(paths);
    return due.flatMap((found, i) => {
      const [folder, stat, path = ""] = [seats.get(found.parent), stats[i], paths[i]];
      if (folder !== undefined && stat !== undefined) return [{ found: { ...found, path, stat }, folder }];
      this.#settled(found);
      // Of a folder that came to nothing: what is in it now may lie in another one.
      if (stat !== undefined) this.hot(folderOf(path));
      // Its folder is, or is about to be, elsewhere than its row says.
      else if (path !== found.path) this.hotAt(found.path);
      return [];
    });
  }

  /** None of a folder that is nowhere to be found, nor is being made. */
  async #seatsOf(due: readonly Found[]): Promise<ReadonlyMap<ObjectId, FolderSeat>> {
    const { rows, agent } = this.#parts;
    const seen = new Map(due.map(({ parent, path }) => [parent, folderOf(path)]));
    const seats = new Map<ObjectId, FolderSeat>();
    const known: { readonly seat: FolderSeat; readonly above: string }[] = [];
    for (const [parent, above] of seen) {
      const seat = await rows.seat(parent);
      if (seat?.file !== undefined) known.push({ seat, above });
      else if (seat !== undefined) seats.set(parent, seat);
      else if (this.#options.writer.isBeingMade(parent)) {
        seats.set(parent, { object: parent, path: above, drivePath: above });
      }
    }
    const stats = known.length === 0 ? [] : await agent.stat(known.flatMap(({ seat, above }) => [seat.path, above]));
    known.forEach(({ seat, above }, i) => {
      if (stats[2 * i]?.file === seat.file) seats.set(seat.object, seat);
      // It is on its way to where it was seen.
      else if (stats[2 * i + 1]?.file === seat.file) seats.set(seat.object, { ...seat, path: above });
    });
    return seats;
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

  /** Whether it can be taken on. A folder that is under way is gone through all the same, if all is. */
  #isFreeIn(sighting: Sighting, targets: readonly LookTarget[]): boolean {
    if (this.#isFree(sighting)) return true;
    const above = targets.find(({ object, deep }) => deep && object === sighting.parent);
    const folder = above && this.#options.writer.folderAt(this.#parts.rows.spotKey(sighting));
    if (above === undefined || folder?.file !== sighting.stat.file) return false;
    const drivePath = joinPath(above.drivePath, this.#parts.names.toDrive(sighting.localName));
    this.#hot.push({ ...folder, path: sighting.path, drivePath });
    return false;
  }

  async #examine(
    compared: readonly FolderComparison[],
    targets: readonly LookTarget[],
  ): Promise<readonly LocalSight[]> {
    const { problems } = this.#parts;
    const { unsettled } = this.#options;
    const nowMs = this.#nowMs();
    const changed: ChangedEntry[] = [];
    const sightings: Sighting[] = [];
    for (const each of compared) {
      for (const { path, reason } of each.refused) problems.addIn(folderOf(path), path, reason);
      for (const row of each.settled) this.#missing.found(row.object);
      if (unsettled.size > 0) for (const spot of [...each.settled, ...each.left]) this.#settled(spot);
      for (const row of each.missing) this.#missing.add(row, nowMs);
      // Left alone from now on, on both sides.
      for (const row of each.ignored) await leaveAlone(this.#parts, row);
      if (each.rulesTouched) this.#options.rulesChanged();
      changed.push(...each.changed.filter(({ sighting }) => this.#isFreeIn(sighting, targets)));
      sightings.push(...each.sightings.filter((sighting) => this.#isFreeIn(sighting, targets)));
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
    this.#passedOver.add(sighting.path);
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

  /** Those of which nothing is where they were, nor waits elsewhere to be taken; whose name something else has got, that one may have it in the drive then. */
  async #confirm(due: readonly BindingRow[]): Promise<BindingRow[]> {
    const seats = await this.#seatsOfMissing(due);
    const paths = due.map(({ localName }, i) => joinPath(seats[i]?.path ?? "", localName));
    const stats = await this.#parts.agent.stat([...paths, ...seats.map((seat) => seat?.path ?? "")]);
    const waiting = this.#options.unsettled.byFile();
    return due.filter((row, i) => {
      const [seat, path = ""] = [seats[i], paths[i]];
      if (seat === undefined) return false;
      const found = waiting.get(row.stat.file);
      const isElsewhere = found !== undefined && mayBe(row, found.stat) && !this.#isAt(found, row);
      // Its folder is gone or on its way to another place, which comes first, or the thing itself is.
      const isAway = seat.file !== undefined && stats[due.length + i]?.file !== seat.file;
      const isThere = !isAway && isStillThere(row, stats[i]);
      if (!isThere && (isAway || isElsewhere) && this.#mayWait(row.object)) {
        this.#missing.add(row, this.#nowMs());
        if (isAway) this.hotAt(seat.path);
        return false;
      }
      this.#awaited.delete(row.object);
      this.hotAt(path);
      return !isThere;
    });
  }

  /** Not for ever: what is never taken is not what was missed. */
  #mayWait(object: ObjectId): boolean {
    const nowMs = this.#nowMs();
    const sinceMs = this.#awaited.get(object) ?? nowMs;
    if (this.#awaited.size >= bindingLimits.missing) this.#awaited.clear();
    this.#awaited.set(object, sinceMs);
    return nowMs - sinceMs < bindingLimits.restlessMs;
  }

  #isAt(spot: LocalSpot, other: LocalSpot): boolean {
    const { rows } = this.#parts;
    return rows.spotKey(spot) === rows.spotKey(other);
  }

  /** Where their folders are, for those that are still known as they were. */
  #seatsOfMissing(due: readonly BindingRow[]): Promise<(FolderSeat | undefined)[]> {
    const { rows, turns } = this.#parts;
    return turns.take(async () => {
      const known = await rows.byObject(due.map(({ object }) => object));
      const seats: (FolderSeat | undefined)[] = [];
      for (const [i, row] of known.entries()) {
        const isSame = row?.parent === due[i]?.parent && row?.localName === due[i]?.localName;
        seats.push(row !== undefined && isSame ? await rows.seat(row.parent) : undefined);
      }
      return seats;
    });
  }

  /** Who empties a folder before our eyes wants it; who did so before we came may have lost a disk. */
  async #assertNotEmptied(gone: readonly BindingRow[]): Promise<void> {
    if (this.#watched || this.emptyConfirmed || (gone.length === 1 && gone[0]?.kind !== "folder")) return;
    const objects = new Set(gone.map(({ object }) => object));
    const top = await this.#parts.rows.children(this.#parts.rows.root);
    if (top.every(({ object }) => objects.has(object))) throw emptied(this.#options.path);
  }

  #hotAt(path: string, nowMs: number): void {
    this.#hot.add(folderOf(path), nowMs, this.#alone([nameOf(path)]));
  }

  /** These, if each can be looked at by itself; undefined if only the whole folder says how what has them is spelled. */
  #alone(names: Iterable<string> | undefined): ReadonlySet<string> | undefined {
    for (const name of names ?? []) if (!this.#parts.names.isOneSpelling(name)) return undefined;
    return names && new Set(names);
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}

/** Of the path, below this folder. */
function firstName(path: string, folder: string): string {
  const below = folder === "" ? path : path.slice(folder.length + 1);
  return below.split("/", 1)[0] as string;
}

const noPaths: ReadonlySet<string> = new Set();

function isStillThere(row: BindingRow, stat: LocalStat | undefined): boolean {
  if (stat?.kind !== row.kind) return false;
  // A file goes on under its name, whoever wrote it; a folder that another has replaced does not.
  return row.kind !== "folder" || stat.file === row.stat.file;
}

// Brings what was seen in the folder into the drive. Sights are gathered into groups; while one group is sealed, chunks of
// another are put into packs and a third is written as one change of the drive, so that all of them have work. A large file
// is a group of its own and holds up no other. A group waits only for those that make the folders it lies in.

import { GlowError } from "#base/errors.ts";
import type { ObjectId } from "../contracts.ts";
import type { BindingParts, BindingSignals } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { DriveCommit } from "./drive-commit.ts";
import { renewFolder } from "./folder-renewal.ts";
import type { LocalSight } from "./local-merge.ts";
import { isLarge, sealSights } from "./sight-sealer.ts";
import { retryMs, type Unsettled } from "./unsettled.ts";
import { bindingPace } from "./pace.ts";

/** Sights on their way. */
class Group {
  readonly sights: LocalSight[] = [];
  readonly large: boolean;
  bytes = 0;
  /** Those that make folders which something in this one lies in, or that move folders before it does. */
  readonly after = new Set<Group>();
  /** Resolves when it is over, well or not. */
  readonly over = Promise.withResolvers<void>();
  /** Whose content counts as on its way. */
  readonly counted = new Set<ObjectId>();

  constructor(large: boolean) {
    this.large = large;
  }
}

export class DriveWriter {
  readonly commit: DriveCommit;
  readonly #parts: BindingParts;
  readonly #signals: BindingSignals;
  readonly #unsettled: Unsettled;
  /** What is under way, by where it lies. */
  readonly #spots = new Map<string, LocalSight>();
  /** What is known, and under another name by now. */
  readonly #moving = new Set<ObjectId>();
  /** Folders that are being made, and by whom. */
  readonly #makers = new Map<ObjectId, Group>();
  /** Groups that move folders: one waits for those before it, as only in that order none moves into itself. */
  readonly #movers = new Set<Group>();
  readonly #running = new Set<Group>();
  readonly #waitingLarge: Group[] = [];
  #open: Group | undefined;
  #room: (() => void)[] = [];
  #stopped = false;
  /** Whole groups failed, for what none of them was to blame for, this often in a row. */
  #failures = 0;
  #stalledUntilMs = 0;

  constructor(parts: BindingParts, signals: BindingSignals, unsettled: Unsettled) {
    this.#parts = parts;
    this.#signals = signals;
    this.#unsettled = unsettled;
    this.commit = new DriveCommit(parts, signals);
  }

  get idle(): boolean {
    return this.#running.size === 0 && this.#open === undefined && this.#waitingLarge.length === 0;
  }

  /** How long nothing is to be added, because the disk is full, or this device may not write. */
  stalledMs(): number {
    return Math.max(0, this.#stalledUntilMs - this.#parts.clock.monotonicMs());
  }

  /** What all that it had taken on has come to: nothing is left that could not be written. */
  recovered(): void {
    this.#failures = 0;
    this.#parts.problems.solve("drive", "");
  }

  /** Whether something at this place is under way: it is not to be looked at before that is over. */
  has(spotKey: string): boolean {
    return this.#spots.has(spotKey);
  }

  /** A folder that is being made or moved to this place. */
  folderAt(spotKey: string): { readonly object: ObjectId; readonly file: string } | undefined {
    const sight = this.#spots.get(spotKey);
    return sight?.kind === "folder" ? { object: sight.object, file: sight.stat.file } : undefined;
  }

  /** Whether it is on its way to another place, and so will leave its name. */
  isMoving(object: ObjectId): boolean {
    return this.#moving.has(object);
  }

  isBeingMade(folder: ObjectId): boolean {
    return this.#makers.has(folder);
  }

  /** Takes it on; folders come before what is in them. Await it: it waits for room. */
  async add(sight: LocalSight): Promise<void> {
    while (this.#isFull() && !this.#stopped) {
      this.flush();
      await new Promise<void>((resolve) => this.#room.push(resolve));
    }
    if (this.#stopped) return;
    this.#spots.set(this.#parts.rows.spotKey(sight), sight);
    if (sight.read && isLarge(sight.stat)) {
      const group = new Group(true);
      this.#put(sight, group);
      this.#waitingLarge.push(group);
      this.#startLarge();
      return;
    }
    this.#open ??= new Group(false);
    this.#put(sight, this.#open);
    if (this.#open.sights.length >= bindingPace.groupEntries || this.#open.bytes >= bindingPace.groupBytes) {
      this.flush();
    }
  }

  /** Nothing more is coming just now: what has gathered sets out. */
  flush(): void {
    const group = this.#open;
    this.#open = undefined;
    if (group !== undefined) this.#start(group);
  }

  /** What is gone from the folder; waits until what is under way is in the drive, since it may have come from there. */
  async remove(gone: readonly BindingRow[]): Promise<void> {
    this.flush();
    await Promise.all([...this.#running].filter(({ large }) => !large).map(({ over }) => over.promise));
    await this.commit.remove(gone);
  }

  /** Begins nothing more; resolves when what runs is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const unbegun = [...this.#waitingLarge.splice(0), ...(this.#open === undefined ? [] : [this.#open])];
    this.#open = undefined;
    for (const group of unbegun) this.#end(group);
    this.#release();
    while (this.#running.size > 0) await Promise.all([...this.#running].map(({ over }) => over.promise));
  }

  #isFull(): boolean {
    const small = [...this.#running].filter(({ large }) => !large).length;
    return small >= bindingPace.groups || this.#waitingLarge.length >= bindingPace.groupEntries;
  }

  #put(sight: LocalSight, group: Group): void {
    const maker = this.#makers.get(sight.parent);
    if (maker !== undefined && maker !== group) group.after.add(maker);
    if (sight.kind === "folder" && sight.origin === "new") this.#makers.set(sight.object, group);
    if (sight.moved === true) this.#moving.add(sight.object);
    if (sight.moved === true && sight.kind === "folder") {
      for (const mover of this.#movers) if (mover !== group) group.after.add(mover);
      this.#movers.add(group);
    }
    group.sights.push(sight);
    if (!sight.read) return;
    group.bytes += sight.stat.sizeBytes;
    group.counted.add(sight.object);
    this.#parts.progress.begins("intoDrive", sight.path, sight.stat.sizeBytes);
  }

  #startLarge(): void {
    while ([...this.#running].filter(({ large }) => large).length < bindingPace.largeGroups) {
      const group = this.#waitingLarge.shift();
      if (group === undefined) return;
      this.#start(group);
    }
  }

  #start(group: Group): void {
    this.#running.add(group);
    void this.#run(group).then(() => {
      this.#running.delete(group);
      this.#end(group);
      this.#startLarge();
      this.#release();
      this.#signals.freed();
    });
  }

  #end(group: Group): void {
    const { rows, clock } = this.#parts;
    for (const sight of group.sights) {
      this.#count(group, sight, false);
      this.#spots.delete(rows.spotKey(sight));
      this.#unsettled.release(rows.spotKey(sight), clock.monotonicMs());
      this.#makers.delete(sight.object);
      this.#moving.delete(sight.object);
    }
    this.#movers.delete(group);
    group.over.resolve();
  }

  #count(group: Group, { object, stat }: LocalSight, done: boolean): void {
    if (group.counted.delete(object)) this.#parts.progress.ends("intoDrive", stat.sizeBytes, done);
  }

  #release(): void {
    const waiting = this.#room;
    this.#room = [];
    for (const each of waiting) each();
  }

  async #run(group: Group): Promise<void> {
    try {
      const { sealed, failed } = await sealSights(this.#parts, group.sights);
      for (const { sight, error } of failed) this.#failed(sight, error);
      await Promise.all([...group.after].map(({ over }) => over.promise));
      if (this.#stopped || sealed.length === 0) return;
      const result = await this.commit.write(sealed);
      this.recovered();
      const unwritten = new Set(result.again.map(({ object }) => object));
      for (const sight of result.again) this.#failed(sight, undefined);
      for (const { sight, error } of result.failed) {
        unwritten.add(sight.object);
        this.#failed(sight, error);
      }
      for (const { sight } of sealed) if (!unwritten.has(sight.object)) this.#written(group, sight);
      for (const folder of result.homeless) await renewFolder(this.#parts, this.#signals, folder);
    } catch (thrown) {
      this.#failedAll(group, GlowError.from(thrown, "binding.write"));
    }
  }

  #written(group: Group, sight: LocalSight): void {
    const { rows, clock, problems } = this.#parts;
    const key = rows.spotKey(sight);
    if (sight.read) this.#unsettled.taken(key, sight.stat, clock.monotonicMs());
    else this.#unsettled.forget(key);
    problems.solve("drive", key);
    this.#count(group, sight, true);
  }

  /** Without an error it is looked at again, after a while. */
  #failed(sight: LocalSight, error: GlowError | undefined): void {
    const { rows, clock, problems } = this.#parts;
    const key = rows.spotKey(sight);
    const nowMs = clock.monotonicMs();
    if (error?.kind === "conflict" || error?.kind === "not-found") {
      // It goes on being changed, or was moved away: what is there now is to be seen in the folder.
      if (this.#unsettled.changed(key, sight, nowMs)) problems.add("drive", key, sight.path, error);
      this.#signals.hotAt(sight.path);
      return;
    }
    // Something came into the drive under its name: the next look compares the two.
    const isTold = error !== undefined && error.kind !== "already-exists";
    const told = this.#unsettled.failed(key, sight, nowMs, isTold)
      ? isTold
        ? error
        : undefined
      : (error ?? refused());
    if (told !== undefined) problems.add("drive", key, sight.path, told);
    else problems.solve("drive", key);
  }

  /** None of the group is to blame. */
  #failedAll({ sights }: Group, error: GlowError): void {
    const { rows, clock, problems } = this.#parts;
    const nowMs = clock.monotonicMs();
    problems.add("drive", "", "", error);
    this.#stalledUntilMs = nowMs + retryMs(this.#failures++);
    for (const sight of sights) this.#unsettled.failed(rows.spotKey(sight), sight, nowMs, true);
  }
}

function refused(): GlowError {
  const message = "the drive has something else in its place, time and again; give it another name";
  return new GlowError("already-exists", "binding.write", { message });
}

// Takes away from the folder what the drive has no more: files first, and a folder when nothing is in it any more. What is not
// as its row says stays, until somebody has looked at what it is.

import { GlowError } from "#base/errors.ts";
import type { FolderAction, ObjectId } from "../contracts.ts";
import type { BindingParts, BindingSignals } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { rescueChunks } from "./chunk-rescue.ts";
import { DriveTree } from "./drive-tree.ts";
import { isUnexpected } from "./folder-plan.ts";
import type { LaterObjects } from "./later-objects.ts";
import { bindingPace } from "./pace.ts";
import { isLarge } from "./sight-sealer.ts";

export interface FolderRemovalOptions {
  readonly parts: BindingParts;
  readonly signals: Pick<BindingSignals, "hot" | "hotAt">;
  readonly later: LaterObjects;
  /** Fails unless the folder is the one that was bound. */
  prove(): Promise<void>;
  /** The drive's side of these is to be looked at again. */
  revisit(objects: readonly ObjectId[]): void;
  /** What is in this folder has just been changed. */
  disturb(folder: ObjectId): void;
  /** What lay at this path is gone. */
  touched(path: string): void;
  isPlacingIn(folder: ObjectId): boolean;
  /** Something was not as it was expected. */
  unsure(): void;
  /** There is too much to remember: all is to be compared again. */
  overflowed(): void;
}

interface Seat {
  readonly row: BindingRow;
  readonly path: string;
}

export class FolderRemoval {
  readonly #options: FolderRemovalOptions;
  readonly #parts: BindingParts;
  readonly #later: LaterObjects;
  /** Folders that go when nothing is in them any more. */
  readonly #emptying = new Set<ObjectId>();
  /** Folders that were to go and stayed: should they come back, what they had in the drive comes back with them. */
  readonly #partial = new Set<ObjectId>();

  constructor(options: FolderRemovalOptions) {
    this.#options = options;
    this.#parts = options.parts;
    this.#later = options.later;
  }

  /** Files go, and folders in which nothing is left; what is in a folder goes first. */
  async remove(gone: readonly BindingRow[]): Promise<void> {
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

  /** It was put in its place: whether it was one of those that were to go and stayed. */
  comesBack(folder: ObjectId): boolean {
    return this.#partial.delete(folder);
  }

  /** Something has left this folder, which may have waited for that. */
  left(folder: ObjectId): void {
    if (this.#emptying.has(folder)) this.#options.revisit([folder]);
  }

  #leavePartial(folder: ObjectId): void {
    if (this.#partial.size >= bindingPace.dirtyObjects) {
      this.#partial.clear();
      this.#options.overflowed();
    }
    this.#partial.add(folder);
  }

  /** Whether something is in it that goes before. */
  async #emptyFirst(row: BindingRow): Promise<boolean> {
    const children = await this.#parts.rows.someChildren(row.object, bindingPace.groupEntries);
    if (children.length === 0) return false;
    this.#emptying.add(row.object);
    const waiting = children.filter(({ object }) => !this.#later.has(object));
    this.#options.revisit(waiting.map(({ object }) => object));
    if (waiting.length > 0) return true;
    this.#later.postpone(row.object);
    // What is to be said is said of what lies in it.
    if (children.every(({ object }) => !this.#later.isUntold(object))) this.#later.hush(row.object);
    return true;
  }

  async #removeNow(gone: readonly BindingRow[]): Promise<void> {
    const { rows, agent, keys, begun } = this.#parts;
    const fresh = await this.#stillGone((await rows.byObject(gone.map(({ object }) => object))).filter(isRow));
    const seats: Seat[] = [];
    for (const row of fresh) {
      const path = await rows.path(row.object);
      if (path === undefined) {
        this.#later.failed(row.object, row.localName, undefined);
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
      .finally(() => this.#disturb(seats));
    const removed = seats.filter((_, i) => !(results[i] instanceof GlowError));
    await rows.write(
      removed.map(({ row }) => ({ was: row, now: undefined })),
      ends,
    );
    for (const { row, path } of removed) {
      if (isLarge(row.stat)) await rows.unback(row.object);
      this.#options.touched(path);
      this.#emptying.delete(row.object);
      this.#later.over(row.object);
      this.left(row.parent);
    }
    for (const [i, { row, path }] of seats.entries()) {
      const error = results[i];
      if (!(error instanceof GlowError)) continue;
      this.#unremoved(row, path, error);
      const isLeft = row.kind === "folder" && isUnexpected(error);
      if (isLeft && (await this.#isFilled(row.object))) this.#later.failed(row.object, path, undefined);
    }
  }

  /** Whether something has been put into a folder that was empty, or is being put there: nobody else tells of that. */
  async #isFilled(folder: ObjectId): Promise<boolean> {
    return this.#options.isPlacingIn(folder) || (await this.#parts.rows.someChildren(folder, 1)).length > 0;
  }

  /** What was edited here, or restored by others, since it was planned is in the drive again. */
  async #stillGone(gone: readonly BindingRow[]): Promise<readonly BindingRow[]> {
    const tree = new DriveTree(this.#parts.drive, this.#parts.folder);
    await tree.load(gone.map(({ object }) => object));
    const isBack = ({ object }: BindingRow): boolean =>
      tree.where(object) === "inside" && tree.state(object)?.object === object;
    this.#options.revisit(gone.filter(isBack).map(({ object }) => object));
    return gone.filter((row) => !isBack(row));
  }

  #unremoved(row: BindingRow, path: string, error: GlowError): void {
    if (!isUnexpected(error)) {
      this.#later.failed(row.object, path, error);
      return;
    }
    // It was changed, or something new or ignored lies in it: whoever finds that out says what becomes of it.
    this.#emptying.delete(row.object);
    if (row.kind === "folder") {
      this.#options.unsure();
      this.#options.signals.hot(path);
      return;
    }
    this.#options.signals.hotAt(path);
    this.#later.failed(row.object, path, undefined);
  }

  #disturb(seats: readonly Seat[]): void {
    for (const { row } of seats) this.#options.disturb(row.parent);
  }
}

function isRow(row: BindingRow | undefined): row is BindingRow {
  return row !== undefined;
}

const noBlobs: ReadonlySet<string> = new Set();

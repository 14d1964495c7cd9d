// A drive in a space: questions are answered from the rows that DriveStore keeps, changes become batches of the space.

import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { driveLimits } from "#base/limits.ts";
import type { DeviceId, Random, Subscription } from "#glow";
import type {
  BatchHeader,
  BatchPosition,
  BlobId,
  ChunkName,
  Drive,
  DriveChange,
  DriveConflict,
  DriveEntry,
  DriveState,
  DriveVersion,
  EntryId,
  FileKind,
  ObjectId,
  RemovedEntry,
  Space,
} from "../contracts.ts";
import { objectsOf } from "./batch-knowledge.ts";
import { readPlacements } from "./chunk-placements.ts";
import { ownRemovedEdits, readConflicts } from "./drive-conflicts.ts";
import { draftChange } from "./drive-change.ts";
import { driveKeys, type RowReader } from "./drive-keys.ts";
import type { DriveStore } from "./drive-store.ts";
import { Homecoming } from "./homecoming.ts";
import { foldedName } from "./file-name.ts";
import { isFixed, kindOf, newObjectId, isObjectId, rootId, trashId } from "./object-id.ts";
import { defaultMode, distinctVersions } from "./object-table.ts";
import { entryOf, namesTo, TreeReader } from "./tree-reader.ts";
import { readRemoved } from "./trash-listing.ts";
import { describeVersion, headsOf, readHistory } from "./version-history.ts";

export interface SpaceDriveOptions {
  readonly space: Space;
  readonly store: DriveStore;
  /** The rows of `store`, as they are written. */
  readonly rows: RowReader;
  /** This device, which brings back what it had edited. */
  readonly device: DeviceId;
  readonly random: Random;
}

/** How often a question is asked anew because a batch has come in between; the last answer may be of two states. */
const attempts = 5;
/** Objects that one change brings back. */
const rescuedAtOnce = 256;

export class SpaceDrive implements Drive {
  readonly space: Space;
  readonly root = rootId;
  readonly trash = trashId;
  readonly #store: DriveStore;
  readonly #rows: RowReader;
  readonly #device: DeviceId;
  readonly #random: Random;

  constructor({ space, store, rows, device, random }: SpaceDriveOptions) {
    this.space = space;
    this.#store = store;
    this.#rows = rows;
    this.#device = device;
    this.#random = random;
  }

  newObject(kind: FileKind): ObjectId {
    return newObjectId(kind, this.#random);
  }

  change(prepare: () => Promise<DriveChange> | DriveChange): Promise<BatchHeader> {
    return this.space.write(async () => draftChange(await prepare(), this.#rows));
  }

  find(path: string): Promise<DriveEntry | undefined> {
    return this.#ask(async (tree) => {
      const names = path === "" ? [] : path.split("/");
      let entry: DriveEntry | undefined = await this.#rootEntry(tree);
      let members: readonly ObjectId[] = [rootId];
      for (const name of names) {
        const shown = members.length === 0 ? undefined : await tree.find(members, name);
        if (shown === undefined) return undefined;
        entry = entryOf(shown);
        members = entry.kind === "folder" ? shown.objects : [];
      }
      return entry;
    });
  }

  name(): Promise<string | undefined> {
    return this.#ask(async ({ objects }) => (await objects.get(rootId)).name?.value);
  }

  isRetired(): Promise<boolean> {
    return this.#ask(async ({ objects }) => (await objects.get(rootId)).retired?.value === true);
  }

  entry(object: ObjectId): Promise<DriveEntry | undefined> {
    return this.#ask(async (tree) => {
      if (!isObjectId(object)) return undefined;
      if (object === rootId) return this.#rootEntry(tree);
      const located = await tree.locate(object);
      return located && entryOf(located.shown);
    });
  }

  states(objects: readonly ObjectId[]): Promise<readonly (DriveState | undefined)[]> {
    return this.#ask(async (tree) => {
      const known = objects.filter((object) => isObjectId(object));
      await tree.load(known);
      const states: (DriveState | undefined)[] = [];
      for (const object of objects) {
        states.push(!isObjectId(object) ? undefined : await this.#state(object, tree));
      }
      return states;
    });
  }

  path(object: ObjectId): Promise<string | undefined> {
    return this.#ask(async (tree) => {
      if (object === rootId) return "";
      const located = !isObjectId(object) ? undefined : await tree.locate(object);
      if (located?.parent.top !== rootId || located.parent.depth >= driveLimits.shownDepth) return undefined;
      return [...namesTo(located.parent), located.shown.name].join("/");
    });
  }

  list(folder: ObjectId, after: string | undefined, limit: number): Promise<readonly DriveEntry[]> {
    return this.#ask(async (tree) => {
      if (!isObjectId(folder) || folder === trashId) return [];
      const most = Math.min(limit, driveLimits.page);
      const entries: DriveEntry[] = [];
      if (most < 1) return entries;
      for await (const shown of tree.list(await tree.membersOf(folder), after, most)) {
        entries.push(entryOf(shown));
        if (entries.length === most) break;
      }
      return entries;
    });
  }

  async clashes(folder: ObjectId): Promise<readonly (readonly DriveEntry[])[]> {
    const firsts = new Map<string, DriveEntry>();
    const clashing = new Map<string, DriveEntry[]>();
    for (let after: string | undefined; ; ) {
      const page = await this.list(folder, after, driveLimits.page);
      for (const entry of page) {
        const folded = foldedName(entry.name);
        const first = firsts.get(folded);
        if (first === undefined) firsts.set(folded, entry);
        else clashing.set(folded, [...(clashing.get(folded) ?? [first]), entry]);
      }
      after = page.at(-1)?.name;
      if (page.length < driveLimits.page) return [...clashing.values()];
    }
  }

  async history(object: ObjectId, limit: number, after?: EntryId): Promise<readonly DriveVersion[]> {
    if (!isObjectId(object) || limit < 1) return [];
    return this.#ask(() => readHistory(object, after, Math.min(limit, driveLimits.page), this.#rows));
  }

  async versions(object: ObjectId): Promise<readonly DriveVersion[]> {
    if (!isObjectId(object)) return [];
    return this.#ask(async ({ objects }) => {
      const heads = await headsOf(object, await objects.get(object), this.#rows);
      return distinctVersions(heads).map((head) => describeVersion(head, true));
    });
  }

  conflicts(limit: number): Promise<readonly DriveConflict[]> {
    return this.#ask(() => readConflicts(this.#rows, Math.min(limit, driveLimits.page)));
  }

  removed(after: ObjectId | undefined, limit: number): Promise<readonly RemovedEntry[]> {
    return this.#ask(() => readRemoved(this.#rows, after, Math.min(limit, driveLimits.page)));
  }

  restore(objects: readonly ObjectId[]): Promise<BatchHeader> {
    return this.change(async () => {
      const homecoming = new Homecoming(this.#rows, false, () => this.newObject("folder"));
      for (const object of objects) {
        if (isObjectId(object) && (await homecoming.bring(object))) continue;
        throw new GlowError("not-found", "drive.restore", { target: object, message: "this is not in the trash" });
      }
      return { steps: homecoming.steps, chunks: [] };
    });
  }

  async rescue(): Promise<number> {
    for (let rescued = 0; ; ) {
      let objects: readonly ObjectId[] | undefined;
      try {
        await this.change(async () => {
          objects = await ownRemovedEdits(this.#rows, this.#device, rescuedAtOnce);
          const homecoming = new Homecoming(this.#rows, true, () => this.newObject("folder"));
          for (const object of objects) await homecoming.bring(object);
          if (homecoming.steps.length > 0) return { steps: homecoming.steps, chunks: [] };
          throw new GlowError("cancelled", "drive.rescue", { message: "there is nothing (left) to bring back" });
        });
      } catch (error) {
        if (objects?.length === 0) return rescued;
        throw error;
      }
      rescued += objects?.length ?? 0;
    }
  }

  placements(names: readonly ChunkName[]): Promise<(BlobId | undefined)[]> {
    return readPlacements(names, this.#rows);
  }

  /** The objects that a batch has placed or written; of a fork, all of them. */
  touchedBy(batch: BatchPosition): Promise<readonly ObjectId[]> {
    return objectsOf(batch, this.#rows);
  }

  watch(changed: (objects: readonly ObjectId[], batch: BatchHeader) => void, reset?: () => void): Subscription {
    return this.#store.watch({ changed, reset: () => reset?.() });
  }

  /** Answers from one state: from before or after a batch that comes meanwhile, and not from some of both. */
  async #ask<Answer>(question: (tree: TreeReader) => Promise<Answer>): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const before = await this.#rows.get(driveKeys.mark);
      const answer = await question(new TreeReader(this.#rows));
      const after = await this.#rows.get(driveKeys.mark);
      const isSame = before === undefined || after === undefined ? before === after : equalBytes(before, after);
      if (isSame || attempt === attempts) return answer;
    }
  }

  async #rootEntry({ objects }: TreeReader): Promise<DriveEntry> {
    const { mode, modified } = await objects.get(rootId);
    return {
      object: rootId,
      kind: "folder",
      name: "",
      sizeBytes: 0,
      modifiedNs: modified?.value ?? 0n,
      mode: mode?.value ?? defaultMode(rootId),
      versions: 1,
    };
  }

  async #state(object: ObjectId, tree: TreeReader): Promise<DriveState | undefined> {
    const located = isFixed(object) ? undefined : await tree.locate(object);
    if (located === undefined) return undefined;
    const { shown, parent } = located;
    const { heads } = tree.objects.loaded(object);
    const versions = kindOf(object) === "folder" ? [] : distinctVersions(heads);
    return {
      ...entryOf(shown),
      parent: parent.members[0] as ObjectId,
      heads: versions.map((head) => describeVersion(head, true)),
    };
  }
}

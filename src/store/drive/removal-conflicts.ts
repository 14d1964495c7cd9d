// What was removed by one device while another, which had not heard of it, wrote it or put it there. Two entries are
// *apart* if the batch of neither knew that of the other. An object is in such a conflict if
//
//   - it lies in the trash, by itself or in a folder that was removed;
//   - a head of its content, or what has put it where it is (if that is not the removal itself), is apart from the removal;
//   - the removal has known the folders between the removed one and the object to be where they are, and nobody has put
//     the object there who knew of the removal. So a folder that was put there meanwhile is in conflict, and what lies in
//     it is not: it comes along.
//
// Row: the entry key of the newest entry that is apart. Whoever wrote it brings the object back (rescue.ts).
//
// That the rows follow from the batches alone: all this depends on the object's place and heads and on the places of
// folders above it. When the former change, the object is judged. When a folder's place does, all that is in conflict is
// judged, and whatever the removal above that folder has not known. A batch that knows all others can end conflicts, but
// begin none: it is apart from nothing.

import type { IndexView, ObjectId } from "../contracts.ts";
import { BatchTable } from "./batch-table.ts";
import { type KnownBatch, objectsUnknownTo } from "./batch-knowledge.ts";
import { driveKeys, objectAtEnd, type RowReader } from "./drive-keys.ts";
import type { DriveMark } from "./drive-mark.ts";
import { authorPlace, compareOrder, type EntryOrder, orderKey } from "./entry-order.ts";
import { isFixed, trashId } from "./object-id.ts";
import type { Place } from "./object-row.ts";
import { ObjectRows } from "./object-table.ts";
import { pagesOf } from "./row-pages.ts";

export interface RemovedEdit {
  readonly object: ObjectId;
  /** The newest entry that the removal has not known. */
  readonly edit: EntryOrder;
}

/** How something came to lie in the trash. */
interface Removal {
  readonly removal: Place;
  /** Places of the folders in between, from the inside. */
  readonly between: readonly Place[];
}

const objectsPerRead = 1024;
const rowsPerRead = 1024;

/** Those of the objects that are in conflict, as the rows are now. */
export async function findRemovedEdits(
  ids: Iterable<ObjectId>,
  reader: RowReader,
): Promise<Map<ObjectId, RemovedEdit>> {
  const objects = new ObjectRows(reader);
  const batches = new BatchTable(reader);
  await objects.loadAncestors(ids);
  const removals = new Map<ObjectId, Removal>();
  for (const object of ids) {
    const removal = removalOf(object, objects);
    if (removal !== undefined) removals.set(object, removal);
  }
  const orders = [...removals].flatMap(([object, removal]) => [removal.removal.order, ...edits(object, objects)]);
  await batches.load([...orders, ...[...removals.values()].flatMap(({ between }) => between.map((at) => at.order))]);
  const found = new Map<ObjectId, RemovedEdit>();
  for (const [object, { removal, between }] of removals) {
    if (!between.every(({ order }) => knows(removal.order, order, batches))) continue;
    const place = objects.loaded(object).place as Place;
    if (place !== removal && knows(place.order, removal.order, batches)) continue;
    const apart = edits(object, objects).filter((order) => areApart(removal.order, order, batches));
    const edit = apart.sort(compareOrder).at(-1);
    if (edit !== undefined) found.set(object, { object, edit });
  }
  return found;
}

/** Brings the rows up to date when all others are written. */
export class RemovalConflicts {
  readonly #view: IndexView;
  readonly #mark: DriveMark;
  readonly #batch: KnownBatch;

  constructor(view: IndexView, mark: DriveMark, batch: KnownBatch) {
    this.#view = view;
    this.#mark = mark;
    this.#batch = batch;
  }

  /** `edited`: what the batch has placed or written; `moved`: folders that lie elsewhere than before. */
  async update(edited: Iterable<ObjectId>, moved: readonly ObjectId[]): Promise<void> {
    const [unknown] = this.#batch.knowledge.behind(this.#mark.all);
    if (unknown === undefined && this.#mark.removalConflicts === 0) return;
    await this.#judge(edited);
    if (moved.length === 0) return;
    if (this.#mark.removalConflicts > 0) {
      for await (const rows of pagesOf(driveKeys.removalConflicts, this.#view, rowsPerRead)) {
        await this.#judge(rows.map(({ key }) => objectAtEnd(key)));
      }
    }
    await this.#judgeRemoved(moved);
  }

  /** What the removal of these folders has not known, wherever it is. */
  async #judgeRemoved(folders: readonly ObjectId[]): Promise<void> {
    const objects = new ObjectRows(this.#view);
    const batches = new BatchTable(this.#view);
    await objects.loadAncestors(folders);
    const orders = folders.map((folder) => removalOf(folder, objects)?.removal.order);
    const removals = orders.filter((order) => order !== undefined);
    for (const { knowledge } of await batches.load(removals)) {
      for await (const page of objectsUnknownTo(knowledge, this.#mark.all, this.#view)) await this.#judge(page);
    }
  }

  async #judge(objects: Iterable<ObjectId>): Promise<void> {
    const ids = [...objects];
    for (let from = 0; from < ids.length; from += objectsPerRead) {
      const page = ids.slice(from, from + objectsPerRead);
      const found = await findRemovedEdits(page, this.#view);
      const keys = page.map(driveKeys.removalConflict);
      const before = await this.#view.getMany(keys);
      for (const [i, object] of page.entries()) {
        const removed = found.get(object);
        const key = keys[i] as Uint8Array;
        if (removed !== undefined) this.#view.put(key, orderKey(removed.edit));
        else if (before[i] !== undefined) this.#view.remove(key);
        this.#mark.removalConflicts += Number(removed !== undefined) - Number(before[i] !== undefined);
      }
    }
  }
}

function removalOf(object: ObjectId, objects: ObjectRows): Removal | undefined {
  const between: Place[] = [];
  for (let place = objects.loaded(object).place; place !== undefined; ) {
    if (place.parent === trashId) return { removal: place, between };
    if (isFixed(place.parent)) return undefined;
    place = objects.loaded(place.parent).place;
    if (place !== undefined && place.parent !== trashId) between.push(place);
  }
  return undefined;
}

/** The entries by which an object is what it is, and where it is, but for its removal. */
function edits(object: ObjectId, objects: ObjectRows): EntryOrder[] {
  const { heads, place } = objects.loaded(object);
  const orders = heads.map((head) => head.order);
  if (place !== undefined && place.parent !== trashId) orders.push(place.order);
  return orders;
}

function areApart(a: EntryOrder, b: EntryOrder, batches: BatchTable): boolean {
  return !knows(a, b, batches) && !knows(b, a, batches);
}

/** Whether the batch of `a` builds on that of `b`, or is it. */
function knows(a: EntryOrder, b: EntryOrder, batches: BatchTable): boolean {
  return batches.loaded(a).knowledge.knows(authorPlace(b.batch));
}

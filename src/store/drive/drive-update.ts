// One batch on its way into the rows of a drive. All that it needs is read in one or two reads, however many entries it has,
// unless devices that were apart moved folders or wrote one file; and nothing of it depends on the order in which batches
// come (each part says why).

import type { IndexView, ObjectId, OpenedBatch } from "../contracts.ts";
import { decodeBatch, type KnownBatch, knowledgeOf, putBatch } from "./batch-knowledge.ts";
import { readablePlacements, writePlacements } from "./chunk-placements.ts";
import { ContentHeads } from "./content-heads.ts";
import { DriveWrites } from "./drive-writes.ts";
import { driveKeys } from "./drive-keys.ts";
import { decodeMark, type DriveMark, encodeMark } from "./drive-mark.ts";
import { authorPlace, compareOrder, type EntryOrder, stampNumber, stampOf } from "./entry-order.ts";
import { comparableName, withoutShortMark } from "./file-name.ts";
import { FolderTree } from "./folder-tree.ts";
import { NameTable, groupKey, type Spot, spotOf } from "./name-table.ts";
import { isFixed, kindOf, rootId } from "./object-id.ts";
import type { Written } from "./object-row.ts";
import { type ChangedObject, countVersions, ObjectTable } from "./object-table.ts";
import { RemovalConflicts } from "./removal-conflicts.ts";
import { TreeReader } from "./tree-reader.ts";

const nothing = new Uint8Array(0);

/** Takes in a batch. The objects that it touched, and those that show by another name than before. */
export async function takeIn(batch: OpenedBatch, view: IndexView): Promise<ReadonlySet<ObjectId>> {
  const stamp = stampOf(batch);
  const writes = new DriveWrites(batch, stamp);
  const objects = new ObjectTable(view);
  const names = new NameTable(view);
  const { mark, known } = await readFirst(batch, writes, objects, names, view);
  mark.all.add(authorPlace(known.stamp));

  await writeRegisters(writes, objects, mark, known, view);
  const changed = [...objects.changed()];
  await writeNames(changed, names);
  const renamed = await names.renamed();
  names.write(mark);
  objects.write();
  for (const each of changed) writeVersionsConflict(each, view);
  putBatch(known, [...writes.edited], view);
  const moved = changed.filter(
    ({ object, row, placeBefore }) => kindOf(object) === "folder" && row.place !== placeBefore,
  );
  const movedIds = moved.map(({ object }) => object);
  await new RemovalConflicts(view, mark, known).update(writes.edited, movedIds);
  view.put(driveKeys.mark, encodeMark(mark));

  const touched = new Set([...writes.objects, ...movedIds, ...renamed]);
  if (mark.mergedNames > 0) for (const object of await namesakesElsewhere(names, view)) touched.add(object);
  return touched;
}

/** One read for all that is known to be needed: for a batch of new files that is everything. */
async function readFirst(
  batch: OpenedBatch,
  writes: DriveWrites,
  objects: ObjectTable,
  names: NameTable,
  view: IndexView,
): Promise<{ mark: DriveMark; known: KnownBatch }> {
  const ids = [...new Set([...writes.objects, ...writes.parents])];
  const spots = new Map<string, Spot>();
  for (const { place } of writes.places) {
    const spot = spotOf(place);
    if (spot !== undefined) spots.set(`${spot.folder}/${spot.name}`, spot);
  }
  const placements = readablePlacements(batch.placements);
  const rows = await view.getMany([
    driveKeys.mark,
    ...batch.parents.map(driveKeys.batch),
    ...ids.map(driveKeys.object),
    ...[...spots.values()].map(groupKey),
    ...placements.map(({ name }) => driveKeys.placement(name)),
  ]);
  let at = 0;
  const mark = decodeMark(rows[at++]);
  const parents = batch.parents.flatMap(() => decodeIfThere(rows[at++]));
  for (const id of ids) objects.add(id, rows[at++]);
  for (const spot of spots.values()) names.add(spot, rows[at++]);
  writePlacements(placements, rows.slice(at), stampNumber(writes.stamp), view);
  return { mark, known: { stamp: writes.stamp, knowledge: knowledgeOf(writes.stamp, parents) } };
}

function decodeIfThere(row: Uint8Array | undefined): KnownBatch[] {
  return row === undefined ? [] : [decodeBatch(row)];
}

async function writeRegisters(
  writes: DriveWrites,
  objects: ObjectTable,
  mark: DriveMark,
  { stamp }: KnownBatch,
  view: IndexView,
): Promise<void> {
  const tree = new FolderTree(objects, view, mark);
  for (const { object, place } of writes.places) {
    if (kindOf(object) === "folder") await tree.move(object, place);
    else if (isLater(place.order, objects.loaded(object).place?.order)) objects.edit(object).place = place;
  }
  const heads = new ContentHeads(view, mark);
  await heads.begin(stamp, writes.versions, objects);
  for (const { object, version, replaces } of writes.versions) {
    await heads.write(object, objects.edit(object), version, replaces);
  }
  for (const { object, order, mode, modifiedNs, name, retired } of writes.attributes) {
    const row = objects.edit(object);
    if (object === rootId) {
      row.name = later(row.name, name, order);
      row.retired = later(row.retired, retired, order);
    }
    row.mode = later(row.mode, mode, order);
    row.modified = later(row.modified, modifiedNs, order);
  }
}

function isLater(order: EntryOrder, than: EntryOrder | undefined): boolean {
  return than === undefined || compareOrder(order, than) > 0;
}

/** Of two values the one that was written later. */
function later<Value>(
  before: Written<Value> | undefined,
  value: Value | undefined,
  order: EntryOrder,
): Written<Value> | undefined {
  return value !== undefined && isLater(order, before?.order) ? { order, value } : before;
}

async function writeNames(changed: readonly ChangedObject[], names: NameTable): Promise<void> {
  const spots: Spot[] = [];
  for (const { row, placeBefore } of changed) {
    for (const place of [placeBefore, row.place]) {
      const spot = place && spotOf(place);
      if (spot !== undefined) spots.push(spot);
    }
  }
  await names.load(spots);
  for (const each of changed) await names.update(each);
}

function writeVersionsConflict({ object, row, versionsBefore }: ChangedObject, view: IndexView): void {
  const versions = countVersions(row);
  if (versions > 1) view.put(driveKeys.versionsConflict(object), nothing);
  else if (versionsBefore > 1) view.remove(driveKeys.versionsConflict(object));
}

/**
 * Where several folders show as one: what is called like something that changed, or bears a mark that makes it be called so,
 * in one of the others. It may show by another name by now.
 */
async function namesakesElsewhere(names: NameTable, view: IndexView): Promise<Set<ObjectId>> {
  const reader = new TreeReader(view);
  const spots: Spot[] = [];
  for (const { folder, name } of names.changed()) {
    const { members } = isFixed(folder) ? { members: [] } : await reader.resolve(folder);
    if (members.length < 2) continue;
    const base = withoutShortMark(name);
    for (const member of members) {
      spots.push({ folder: member, name });
      if (base !== undefined) spots.push({ folder: member, name: comparableName(base) });
    }
  }
  const groups = await reader.loadGroups(spots);
  return new Set(groups.flatMap(({ items }) => items.map(({ object }) => object)));
}

// Conflicts as they are shown: those of what was removed and edited, and those of several versions, from their rows.

import type { DeviceId } from "#glow";
import type { DriveConflict, ObjectId } from "../contracts.ts";
import { driveKeys, type KeyRange, objectAtEnd, type RowReader } from "./drive-keys.ts";
import { authorOf, orderOf } from "./entry-order.ts";
import { rootId } from "./object-id.ts";
import { distinctVersions } from "./object-table.ts";
import { pagesOf } from "./row-pages.ts";
import { TreeReader } from "./tree-reader.ts";
import { describeVersion, headsOf } from "./version-history.ts";

const rowsPerRead = 256;

export async function readConflicts(rows: RowReader, limit: number): Promise<DriveConflict[]> {
  const conflicts: DriveConflict[] = [];
  const add = async (object: ObjectId, reason: DriveConflict["reason"], tree: TreeReader) => {
    const heads = await headsOf(object, tree.objects.loaded(object), rows);
    conflicts.push({ object, reason, versions: distinctVersions(heads).map((head) => describeVersion(head, true)) });
  };
  for await (const objects of objectsIn(driveKeys.removalConflicts, rows)) {
    const tree = new TreeReader(rows);
    await tree.load(objects);
    for (const object of objects) if (conflicts.length < limit) await add(object, "removed-and-edited", tree);
    if (conflicts.length >= limit) return conflicts;
  }
  for await (const objects of objectsIn(driveKeys.versionsConflicts, rows)) {
    const tree = new TreeReader(rows);
    await tree.load(objects);
    for (const object of objects) {
      // What lies in the trash bothers nobody.
      const isShown = (await tree.locate(object))?.parent.top === rootId;
      if (isShown && conflicts.length < limit) await add(object, "versions", tree);
    }
    if (conflicts.length >= limit) return conflicts;
  }
  return conflicts;
}

/** Objects that were removed while this device, which had not heard of it, edited them. */
export async function ownRemovedEdits(rows: RowReader, device: DeviceId, limit: number): Promise<ObjectId[]> {
  const found: ObjectId[] = [];
  for await (const page of pagesOf(driveKeys.removalConflicts, rows, rowsPerRead)) {
    for (const { key, value } of page) {
      if (authorOf(orderOf(value, 0).batch) === device) found.push(objectAtEnd(key));
      if (found.length === limit) return found;
    }
  }
  return found;
}

async function* objectsIn(range: KeyRange, rows: RowReader): AsyncIterable<readonly ObjectId[]> {
  for await (const page of pagesOf(range, rows, rowsPerRead)) yield page.map(({ key }) => objectAtEnd(key));
}

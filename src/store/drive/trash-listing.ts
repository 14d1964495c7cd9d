// What lies in the trash, what was removed last first.

import type { ObjectId, RemovedEntry } from "../contracts.ts";
import { afterKey, driveKeys, objectAtEnd, type RowReader } from "./drive-keys.ts";
import { authorOf, stampNumber } from "./entry-order.ts";
import { namesakeOf } from "./name-table.ts";
import { isObjectId, rootId, trashId } from "./object-id.ts";
import type { Place } from "./object-row.ts";
import { entryOf, TreeReader } from "./tree-reader.ts";

/** Up to `limit`, after an object of the page before; from the start again if that is not in the trash any more. */
export async function readRemoved(
  rows: RowReader,
  after: ObjectId | undefined,
  limit: number,
): Promise<RemovedEntry[]> {
  if (limit < 1) return [];
  const tree = new TreeReader(rows);
  const { from, to } = driveKeys.allRemoved;
  const page = await rows.range((await startAfter(after, tree)) ?? from, to, limit);
  const objects = page.map(({ key }) => objectAtEnd(key));
  await tree.objects.load(objects);
  const removed: RemovedEntry[] = [];
  for (const object of objects) {
    const row = tree.objects.loaded(object);
    const place = row.place as Place;
    const parent = place.from ?? rootId;
    const shown = { first: namesakeOf(object, place, row), objects: [object], name: place.name };
    const { batch } = place.order;
    const isThere = (await tree.resolve(parent)).top === rootId;
    removed.push({
      ...entryOf(shown),
      removedMs: batch.timeMs,
      removedBy: authorOf(batch),
      ...(isThere && { from: parent }),
    });
  }
  return removed;
}

async function startAfter(after: ObjectId | undefined, { objects }: TreeReader): Promise<Uint8Array | undefined> {
  if (after === undefined || !isObjectId(after)) return undefined;
  const { place } = await objects.get(after);
  if (place?.parent !== trashId) return undefined;
  return afterKey(driveKeys.removed(stampNumber(place.order.batch), after));
}

// The versions of an object, newest first: its heads, and what they and others have replaced.

import { spaceLimits } from "#base/limits.ts";
import type { DriveVersion, EntryId, ObjectId } from "../contracts.ts";
import { decodeBatch } from "./batch-knowledge.ts";
import { furtherItems } from "./capped-list.ts";
import { driveKeys, type RowReader } from "./drive-keys.ts";
import { authorOf, compareOrder, type EntryOrder, entryIdOf, orderKey } from "./entry-order.ts";
import { decodeObject, decodeVersion, furtherHeads, type ObjectRow, type Version } from "./object-row.ts";

/** Up to `limit`, those older than `after`. None if `after` is of no batch that is here. */
export async function readHistory(
  object: ObjectId,
  after: EntryId | undefined,
  limit: number,
  reader: RowReader,
): Promise<DriveVersion[]> {
  const from = after && (await orderOfEntry(after, reader));
  if (after !== undefined && from === undefined) return [];
  const range = driveKeys.allReplaced(object);
  const start = from === undefined ? range.from : driveKeys.replaced(object, orderKey(from));
  // One more, since `after` itself may be the first of them.
  const rows = await reader.range(start, range.to, limit + 1);
  const replaced = rows.map(({ key, value }) => versionOf(decodeVersion(key, value, object), false));
  const heads = (await readHeads(object, reader)).map((head) => versionOf(head, true));
  const isOlder = ({ order }: Ordered) => from === undefined || compareOrder(order, from) < 0;
  const all = [...heads, ...replaced].filter(isOlder).sort((a, b) => compareOrder(b.order, a.order));
  return all.slice(0, limit).map(({ version }) => version);
}

/** All heads, newest first; those beyond what a page holds are left out. */
async function readHeads(object: ObjectId, reader: RowReader): Promise<Version[]> {
  const row = await reader.get(driveKeys.object(object));
  return row === undefined ? [] : headsOf(object, decodeObject(row, object), reader);
}

export async function headsOf(object: ObjectId, row: ObjectRow, reader: RowReader): Promise<Version[]> {
  if (row.moreHeads === 0) return row.heads;
  return [...row.heads, ...(await furtherItems(furtherHeads(object), reader, spaceLimits.replaces))];
}

export function describeVersion({ order, modifiedNs, content, target }: Version, head: boolean): DriveVersion {
  return {
    id: entryIdOf(order),
    author: authorOf(order.batch),
    timeMs: order.batch.timeMs,
    modifiedNs,
    head,
    ...(content !== undefined && { content }),
    ...(target !== undefined && { target }),
  };
}

interface Ordered {
  readonly order: EntryOrder;
  readonly version: DriveVersion;
}

function versionOf(version: Version, head: boolean): Ordered {
  return { order: version.order, version: describeVersion(version, head) };
}

async function orderOfEntry({ batch, index }: EntryId, reader: RowReader): Promise<EntryOrder | undefined> {
  const row = await reader.get(driveKeys.batch(batch));
  return row && { batch: decodeBatch(row).stamp, index };
}

// Where chunks lie: by a chunk's name, the stamp of the batch that said it last (u64) and the BlobId. Of several at one
// stamp the greatest id holds, so that the same is known everywhere. Stamp 0 is that of batches that do not count.

import { compareBytes } from "#base/bytes.ts";
import type { BlobId, ChunkName, ChunkPlacement, IndexView } from "../contracts.ts";
import { driveKeys, type RowReader } from "./drive-keys.ts";

const stampBytes = 8;
const nameBytes = 32;

/** Those that make sense: a hostile member may have called a chunk anything. */
export function readablePlacements(placements: readonly ChunkPlacement[]): readonly ChunkPlacement[] {
  return placements.filter(({ name }) => name.length === nameBytes);
}

/** `before` has what was read for each of them under `driveKeys.placement`. */
export function writePlacements(
  placements: readonly ChunkPlacement[],
  before: readonly (Uint8Array | undefined)[],
  stamp: number,
  view: IndexView,
): void {
  const written = new Map<string, Uint8Array>();
  for (const [i, { name, blob }] of placements.entries()) {
    const value = new Uint8Array(stampBytes + blob.length);
    new DataView(value.buffer).setBigUint64(0, BigInt(stamp));
    value.set(blob, stampBytes);
    const text = name.toHex();
    const last = written.get(text) ?? before[i];
    if (last !== undefined && compareBytes(value, last) <= 0) continue;
    written.set(text, value);
    view.put(driveKeys.placement(name), value);
  }
}

/** What revoked devices said of chunks that others name, too: unless somebody who counts says it. */
export async function placeUncounted(placements: readonly ChunkPlacement[], view: IndexView): Promise<void> {
  const readable = readablePlacements(placements);
  const before = await view.getMany(readable.map(({ name }) => driveKeys.placement(name)));
  writePlacements(readable, before, 0, view);
}

/** Who has placed them: batches that count, only such as do not, or (undefined) nobody. */
export async function readPlacers(
  names: readonly ChunkName[],
  reader: RowReader,
): Promise<("counted" | "uncounted" | undefined)[]> {
  const rows = await reader.getMany(names.map(driveKeys.placement));
  return rows.map((row) => {
    if (row === undefined) return undefined;
    return row.subarray(0, stampBytes).some((byte) => byte !== 0) ? "counted" : "uncounted";
  });
}

export async function readPlacements(names: readonly ChunkName[], reader: RowReader): Promise<(BlobId | undefined)[]> {
  const rows = await reader.getMany(names.map(driveKeys.placement));
  return rows.map((row) => row?.subarray(stampBytes) as BlobId | undefined);
}

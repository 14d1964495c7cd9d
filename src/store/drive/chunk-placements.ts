// Where chunks lie: by a chunk's name, the stamp of the batch that said it last (u64) and the BlobId. Of several at one
// stamp the greatest id holds, so that the same is known everywhere.

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

export async function readPlacements(names: readonly ChunkName[], reader: RowReader): Promise<(BlobId | undefined)[]> {
  const rows = await reader.getMany(names.map(driveKeys.placement));
  return rows.map((row) => row?.subarray(stampBytes) as BlobId | undefined);
}

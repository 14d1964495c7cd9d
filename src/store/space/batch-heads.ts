// The batches that count and that no other that counts builds on: what this device's next batch builds on. In memory,
// since there are few, unless many devices have written while apart.
//
//   row "h" hash = stamp (u48) | whether a member wrote it

import { concatBytes, toHex } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import type { Hash, IndexView } from "#glow";
import type { BatchRecord, BatchRecords } from "./batch-record.ts";
import type { BatchKey } from "./signed-batch.ts";
import { hashKey, lastHash, readU48, rowKey, rowsWith, u48 } from "./space-rows.ts";

export interface Head {
  readonly hash: Hash;
  readonly stamp: number;
  /** Else it is a tab's, or of a device that was revoked. */
  readonly isMember: boolean;
}

export class BatchHeads {
  readonly #heads = new Map<BatchKey, Head>();

  static async load(view: IndexView): Promise<BatchHeads> {
    const heads = new BatchHeads();
    for await (const rows of rowsWith(view, rowKey("h"), spaceLimits.pageRows)) {
      for (const { key, value } of rows) {
        const head = { hash: lastHash(key), stamp: readU48(value), isMember: value[6] === 1 };
        heads.#heads.set(toHex(head.hash), head);
      }
    }
    return heads;
  }

  list(): Head[] {
    return [...this.#heads.values()];
  }

  has(id: BatchKey): boolean {
    return this.#heads.has(id);
  }

  /** A batch that counts, and that nobody builds on yet. */
  async enter(view: IndexView, records: BatchRecords, record: BatchRecord): Promise<void> {
    for (const below of await countingParents(records, record)) this.#remove(view, below.id, below.hash);
    this.#add(view, record);
  }

  /** All at once, after batches were judged anew. */
  replace(view: IndexView, records: readonly BatchRecord[]): void {
    const kept = new Set(records.map(({ id }) => id));
    for (const [id, { hash }] of this.#heads) if (!kept.has(id)) this.#remove(view, id, hash);
    for (const record of records) this.#add(view, record);
  }

  #add(view: IndexView, { id, hash, stamp, standing }: BatchRecord): void {
    const isMember = standing === "member";
    this.#heads.set(id, { hash, stamp, isMember });
    view.put(hashKey("h", hash), concatBytes([u48(stamp), Uint8Array.of(isMember ? 1 : 0)]));
  }

  #remove(view: IndexView, id: BatchKey, hash: Hash): void {
    if (this.#heads.delete(id)) view.remove(hashKey("h", hash));
  }
}

/** The parents that count; in place of one that does not, its own, over as many steps as it takes. */
export async function countingParents(
  records: BatchRecords,
  record: BatchRecord,
  counts: (record: BatchRecord) => boolean = (each) => each.counts,
): Promise<BatchRecord[]> {
  const found = new Map<BatchKey, BatchRecord>();
  const passed = new Set<BatchKey>();
  let next = record.parents;
  while (next.length > 0) {
    const below: Hash[] = [];
    for (const parent of await records.getMany(next)) {
      if (parent === undefined || found.has(parent.id) || passed.has(parent.id)) continue;
      if (counts(parent)) {
        found.set(parent.id, parent);
      } else {
        passed.add(parent.id);
        below.push(...parent.parents);
      }
    }
    next = below;
  }
  return [...found.values()];
}

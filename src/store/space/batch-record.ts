// What the index knows of a batch, so that its bytes need not be read again.
//
//   row "b" hash = CBOR [segment, offset, size, author, key, incarnation, sequence, stamp, parents (joined), members
//                        (joined), flags]
//
// A batch is *held* once its parents are held and the statements that it names are known; until then it waits. A held one
// *counts* or is in quarantine. It is *settled* when the typed store has been asked: then it was applied, or there was
// nothing to apply. It is *covered* when a batch of a member builds on it, over any number of steps.

import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { concatBytes, toHex } from "#base/bytes.ts";
import { assert } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { DeviceId, Hash, IndexView, LogPlace, PublicKey, Standing } from "#glow";
import { hashBytes } from "./batch-header.ts";
import type { BatchKey, SignedBatch } from "./signed-batch.ts";
import { hashKey } from "./space-rows.ts";

const flag = { held: 1, counts: 2, covered: 4, settled: 8, lost: 16, unreadable: 32, keyless: 64 } as const;
const standingShift = 7;
const standings: readonly Standing["type"][] = ["stranger", "revoked", "tab", "member"];

export interface BatchRecord {
  readonly id: BatchKey;
  readonly hash: Hash;
  /** Undefined until it is in the log. */
  place: LogPlace | undefined;
  readonly sizeBytes: number;
  readonly author: DeviceId;
  readonly key: PublicKey;
  readonly incarnation: number;
  readonly sequence: number;
  readonly stamp: number;
  readonly parents: readonly Hash[];
  /** The statements that it waits for may be among these. */
  readonly members: readonly Hash[];
  held: boolean;
  counts: boolean;
  covered: boolean;
  settled: boolean;
  /** The medium has damaged it, and no peer has brought it again yet. */
  lost: boolean;
  /** Its author sealed what is no page: nothing of it was taken in, though it counts in all else. */
  unreadable: boolean;
  /** A key that it names is not here: the typed store went on without it. */
  keyless: boolean;
  /** What its author was when it was judged last. */
  standing: Standing["type"];
}

export function newRecord({ id, hash, bytes, header }: SignedBatch, place: LogPlace | undefined): BatchRecord {
  const { author, key, incarnation, sequence, stamp, parents, members } = header;
  const what = {
    id,
    hash,
    place,
    sizeBytes: bytes.length,
    author,
    key,
    incarnation,
    sequence,
    stamp,
    parents,
    members,
  };
  const state = { held: false, counts: false, covered: false, settled: false };
  return { ...what, ...state, lost: false, unreadable: false, keyless: false, standing: "stranger" };
}

/** Whether the typed store has taken it in. */
export function isApplied({ counts, settled, unreadable, keyless }: BatchRecord): boolean {
  return counts && settled && !unreadable && !keyless;
}

/**
 * Whether the blobs that it offers are wanted, and what it says of where chunks lie is heeded. Of a revoked device also
 * where it does not count: others have built on it, and have not said again what it had said.
 */
export function offersCount({ counts, covered, standing }: BatchRecord): boolean {
  return counts || (covered && standing === "revoked");
}

export function encodeRecord(record: BatchRecord): Uint8Array {
  const { place, sizeBytes, author, key, incarnation, sequence, stamp, parents, members } = record;
  assert(place !== undefined, "a batch that the index knows is in the log");
  let flags = standings.indexOf(record.standing) << standingShift;
  for (const name of Object.keys(flag) as (keyof typeof flag)[]) if (record[name]) flags |= flag[name];
  return encodeCbor([
    place.segment,
    place.offset,
    sizeBytes,
    idBytes(author),
    key,
    incarnation,
    sequence,
    stamp,
    concatBytes(parents),
    // Once it is held, nobody asks for these again.
    record.held ? concatBytes([]) : concatBytes(members),
    flags,
  ]);
}

export function decodeRecord(hash: Hash, value: Uint8Array): BatchRecord {
  const row = decodeCbor(value) as readonly CborValue[];
  const [segment, offset, sizeBytes, author, key, incarnation, sequence, stamp, parents, members, flags] = row as [
    number,
    number,
    number,
    Uint8Array,
    PublicKey,
    number,
    number,
    number,
    Uint8Array,
    Uint8Array,
    number,
  ];
  return {
    id: toHex(hash),
    hash,
    place: { segment, offset },
    sizeBytes,
    author: idText(author) as DeviceId,
    key,
    incarnation,
    sequence,
    stamp,
    parents: splitHashes(parents),
    members: splitHashes(members),
    held: (flags & flag.held) !== 0,
    counts: (flags & flag.counts) !== 0,
    covered: (flags & flag.covered) !== 0,
    settled: (flags & flag.settled) !== 0,
    lost: (flags & flag.lost) !== 0,
    unreadable: (flags & flag.unreadable) !== 0,
    keyless: (flags & flag.keyless) !== 0,
    standing: standings[flags >> standingShift] as Standing["type"],
  };
}

export function splitHashes(joined: Uint8Array): Hash[] {
  const hashes: Hash[] = [];
  for (let at = 0; at < joined.length; at += hashBytes) hashes.push(joined.slice(at, at + hashBytes) as Hash);
  return hashes;
}

/** Records as they are during one transaction, with changes that are written with it. */
export class BatchRecords {
  readonly #view: IndexView;
  readonly #known = new Map<BatchKey, BatchRecord | undefined>();
  readonly #changed = new Set<BatchRecord>();

  constructor(view: IndexView) {
    this.#view = view;
  }

  /** In the order asked for; undefined for what is not here. */
  async getMany(hashes: readonly Hash[]): Promise<(BatchRecord | undefined)[]> {
    const ids = hashes.map(toHex);
    const unread = hashes.filter((_, i) => !this.#known.has(ids[i] as BatchKey));
    if (unread.length > 0) {
      const rows = await this.#view.getMany(unread.map((hash) => hashKey("b", hash)));
      for (const [i, hash] of unread.entries()) {
        const id = toHex(hash);
        const row = rows[i];
        // Another caller may have read it, and changed it, meanwhile.
        if (!this.#known.has(id)) this.#known.set(id, row && decodeRecord(hash, row));
      }
    }
    return ids.map((id) => this.#known.get(id));
  }

  async get(hash: Hash): Promise<BatchRecord | undefined> {
    const [record] = await this.getMany([hash]);
    return record;
  }

  /** A new one, or one whose fields were changed. */
  set(record: BatchRecord): void {
    this.#known.set(record.id, record);
    this.#changed.add(record);
  }

  remove(record: BatchRecord): void {
    this.#known.set(record.id, undefined);
    this.#changed.delete(record);
    this.#view.remove(hashKey("b", record.hash));
  }

  /** Puts what was changed into the view. */
  write(): void {
    for (const record of this.#changed) this.#view.put(hashKey("b", record.hash), encodeRecord(record));
    this.#changed.clear();
  }
}

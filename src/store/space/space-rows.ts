// The rows that a space keeps in the index. All of them follow from the log and the user's statements.
//
//   key                                          value
//   "b" hash                                     what is known of a batch: batch-record.ts
//   "s" stamp hash                               (empty) batches held, parents before children
//   "a" author incarnation sequence hash         stamp; batches held of authors that the user's statements know
//   "p" author incarnation                       sequence, hash: the position
//   "f" author incarnation sequence              hashes of a fork, joined
//   "h" hash                                     stamp; batches that count and that no other that counts builds on
//   "w" hash                                     (empty) batches that wait for parents or statements
//   "u" stamp hash                               (empty) batches held of which the typed store does not know yet
//   "q" hash                                     why a batch does not count: quarantine.ts
//   "c" stamp author incarnation sequence hash   keys and hosts that a batch names: key-ring.ts
//   "d" hash                                     (empty) batches that the medium has damaged
//   "m" stamp blob                               size; blobs that were not here when they were last looked for
//   "o" blob                                     the batches that offer such a blob: blob-wants.ts
//   "t" author key                               the standing by which batches were judged: standings.ts
//   "x"                                          what is known of the space as a whole: space-meta.ts
//
// All stand behind 02 and the SpaceId (33 bytes). Hashes, blobs and authors have 33 bytes; stamps, sequences and sizes
// are u48, incarnations u16, big-endian.

import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { BlobId, DeviceId, Hash, IndexRow, IndexView, PublicKey } from "#glow";
import { hashBytes } from "./batch-header.ts";

export type RowKind = "b" | "s" | "a" | "p" | "f" | "h" | "w" | "u" | "q" | "c" | "d" | "m" | "o" | "t" | "x";

export const noValue = new Uint8Array(0);

export function rowKey(kind: RowKind, ...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes([utf8Encode(kind), ...parts]);
}

export function hashKey(kind: "b" | "h" | "w" | "q" | "d", hash: Hash): Uint8Array {
  return rowKey(kind, hash);
}

/** Orders by stamp. */
export function stampKey(kind: "s" | "u" | "m", stamp: number, id: Hash | BlobId): Uint8Array {
  return rowKey(kind, u48(stamp), id);
}

export function stampOf(key: Uint8Array): number {
  return readU48(key, 1);
}

/** The hash that a key ends with. */
export function lastHash(key: Uint8Array): Hash {
  return key.slice(key.length - hashBytes) as Hash;
}

export function slotKey(kind: "a" | "f", author: DeviceId, incarnation: number, sequence: number): Uint8Array {
  return rowKey(kind, idBytes(author), u16(incarnation), u48(sequence));
}

export function positionKey(author: DeviceId, incarnation: number): Uint8Array {
  return rowKey("p", idBytes(author), u16(incarnation));
}

/** What a key of kind "a", "p" or "f" begins with. */
export function slotOf(key: Uint8Array): { author: DeviceId; incarnation: number; sequence: number } {
  const author = idText(key.subarray(1, 1 + hashBytes)) as DeviceId;
  const at = 1 + hashBytes;
  const incarnation = ((key[at] as number) << 8) | (key[at + 1] as number);
  return { author, incarnation, sequence: key.length > at + 2 ? readU48(key, at + 2) : 0 };
}

export function standingKey(author: DeviceId, key: PublicKey): Uint8Array {
  return rowKey("t", idBytes(author), key);
}

export function u48(value: number): Uint8Array {
  const bytes = new Uint8Array(6);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(value / 2 ** 32));
  view.setUint32(2, value % 2 ** 32);
  return bytes;
}

export function readU48(bytes: Uint8Array, at = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff);
}

/** The key that comes first behind all that begin with `prefix`. */
export function endOf(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice();
  for (let at = end.length - 1; at >= 0; at--) {
    const byte = end[at] as number;
    if (byte < 0xff) {
      end[at] = byte + 1;
      return end.subarray(0, at + 1);
    }
  }
  return Uint8Array.of(0xff, 0xff);
}

/** The key that comes next behind this one. */
export function afterKey(key: Uint8Array): Uint8Array {
  return concatBytes([key, Uint8Array.of(0)]);
}

/** All rows that begin with `prefix`, in pages, from `from` on. Rows may change behind what was read. */
export async function* rowsWith(
  view: Pick<IndexView, "range">,
  prefix: Uint8Array,
  pageRows: number,
  from: Uint8Array = prefix,
): AsyncGenerator<IndexRow[]> {
  const end = endOf(prefix);
  let next = from;
  for (;;) {
    const rows = await view.range(next, end, pageRows);
    if (rows.length > 0) yield rows;
    if (rows.length < pageRows) return;
    next = afterKey((rows.at(-1) as IndexRow).key);
  }
}

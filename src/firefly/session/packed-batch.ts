// DATA payloads that have come and that nobody has read yet. Small ones are joined: else a stream of single bytes would
// take a hundred times what its sender has credit for.
//
//   bytes   payloads one behind the other
//   items   one payload, or several: (length (u16, little-endian) | payload)...

import type { Codec } from "../codec/interface.ts";
import { kept, malformed, Reader } from "../codec/reader.ts";

/** Payloads below this size are joined, and no batch becomes much larger. */
const smallBytes = 4096;
const firstRoomBytes = 256;

export class PackedBatch {
  /** What it counts on the stream's credit: the bytes of its payloads. */
  costBytes: number;
  readonly #item: Codec | "bytes";
  #bytes: Uint8Array;
  #length: number;
  #isJoined = false;

  constructor(item: Codec | "bytes", bytes: Uint8Array, from: number, to: number) {
    this.#item = item;
    this.#bytes = kept(bytes, from, to);
    this.#length = to - from;
    this.costBytes = to - from;
  }

  /** Takes one more payload, if both are small. */
  join(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from >= smallBytes || this.#length >= smallBytes) return false;
    if (!this.#isJoined) {
      const payload = this.#bytes;
      this.#bytes = new Uint8Array(Math.max(firstRoomBytes, 2 * payload.length + 2));
      this.#length = 0;
      this.#isJoined = true;
      this.#append(payload, 0, payload.length);
    }
    this.#append(bytes, from, to);
    this.costBytes += to - from;
    return true;
  }

  #append(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    const before = this.#item === "bytes" ? 0 : 2;
    const needed = this.#length + before + length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    if (before > 0) {
      this.#bytes[this.#length++] = length & 0xff;
      this.#bytes[this.#length++] = length >>> 8;
    }
    this.#bytes.set(bytes.subarray(from, to), this.#length);
    this.#length += length;
  }

  /** The items, or the one piece of bytes. `invalid` for a payload that no items pack to. */
  unpack(): unknown[] {
    const bytes = this.#bytes;
    const items: unknown[] = [];
    if (this.#item === "bytes") return [bytes.subarray(0, this.#length)];
    const reader = new Reader(bytes);
    if (!this.#isJoined) {
      readItems(reader, this.#item, items);
      return items;
    }
    for (let at = 0; at < this.#length; ) {
      const from = at + 2;
      at = from + ((bytes[at] as number) | ((bytes[at + 1] as number) << 8));
      reader.resume(from, at);
      readItems(reader, this.#item, items);
    }
    return items;
  }
}

/** The payload of one DATA frame: a count, then as many items. */
function readItems(reader: Reader, item: Codec, items: unknown[]): void {
  for (let left = readCount(reader); left > 0; left--) items.push(item.read(reader));
  reader.finish();
}

export function readCount(reader: Reader): number {
  const count = reader.u8();
  if (count === 0 || count > mostItems) throw malformed(`${count} items in a DATA frame`);
  return count;
}

/** Items of one DATA frame. */
export const mostItems = 127;

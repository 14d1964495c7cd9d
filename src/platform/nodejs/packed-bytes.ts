// A list of byte strings in one buffer, so that a call to a worker or its answer costs one allocation and is handed over,
// not copied, however many rows it is about.
//
//   count u32 | length of each u32, 0xffffffff for one that is absent | the strings, one behind the other
//
// In the machine's byte order: it never leaves the process.

import { assert } from "#base/errors.ts";

const absent = 0xffff_ffff;

export function packBytes(list: readonly (Uint8Array | null | undefined)[]): ArrayBuffer {
  const head = new Uint32Array(1 + list.length);
  head[0] = list.length;
  let at = head.byteLength;
  for (let i = 0; i < list.length; i++) {
    const length = list[i]?.length;
    head[1 + i] = length ?? absent;
    at += length ?? 0;
  }
  const packed = new Uint8Array(at);
  packed.set(new Uint8Array(head.buffer));
  at = head.byteLength;
  for (const bytes of list) {
    if (bytes === null || bytes === undefined) continue;
    packed.set(bytes, at);
    at += bytes.length;
  }
  return packed.buffer;
}

/** Views of `packed`. */
export function unpackBytes(packed: ArrayBuffer): (Uint8Array | undefined)[] {
  const count = new Uint32Array(packed, 0, 1)[0] as number;
  const lengths = new Uint32Array(packed, 4, count);
  let at = 4 + lengths.byteLength;
  const list: (Uint8Array | undefined)[] = [];
  for (const length of lengths) {
    if (length === absent) {
      list.push(undefined);
      continue;
    }
    list.push(new Uint8Array(packed, at, length));
    at += length;
  }
  assert(at === packed.byteLength, "packed bytes end with their last string");
  return list;
}

// What encoder and decoder of CBOR share: its numbers, and what it is in JavaScript. The layout is at the top of cbor.ts.

export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue };

export const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, other: 7 } as const;

/** Under major type 7. */
export const simple = { false: 20, true: 21, null: 22, undefined: 23, float16: 25, float32: 26, float64: 27 } as const;

/** In place of an argument of up to 23: how many bytes hold it, after the head's first. */
export const argument = { bytes1: 24, bytes2: 25, bytes4: 26, bytes8: 27, indefinite: 31 } as const;

/** Bytes of the shortest float that keeps `value`. */
export function floatBytes(value: number): 2 | 4 | 8 {
  if (Number.isNaN(value) || Math.f16round(value) === value) return 2;
  return Math.fround(value) === value ? 4 : 8;
}

/** The one NaN, of two bytes: which bits a JavaScript NaN has cannot be seen, so none of them may count. */
export const nanBits16 = 0x7e00;

// Messages cut at random places, for tests of what takes them in parts.

import * as fc from "fast-check";
import { concatBytes } from "#base/bytes.ts";
import { suites } from "#base/suites.ts";
import type { AeadKey } from "#glow";

/** Where to cut, as shares of the whole. Sorted, with repeats: some pieces are empty. */
export const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** Views of `bytes`, which joined in order are all of it. */
export function cutAt(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
  const places = shares.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b);
  return [...places, bytes.length].map((place, i) => bytes.subarray(places[i - 1] ?? 0, place));
}

/** Opens `sealed`, whose tag is at its end, in pieces. */
export function openPieces(
  key: AeadKey,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
  shares: readonly number[],
): Uint8Array {
  const sizeBytes = sealed.length - suites[key.suite].lengthBytes;
  const opening = key.opening(nonce, associated, sizeBytes);
  for (const piece of cutAt(sealed.subarray(0, sizeBytes), shares)) opening.update(piece);
  return concatBytes(opening.finish(sealed.subarray(sizeBytes)));
}

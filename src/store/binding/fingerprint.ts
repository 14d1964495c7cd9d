// Tells whether two contents are the same without keeping either: the first 16 bytes of a hash of what an entry says.

import { concatBytes, type Bytes, utf8Encode } from "#base/bytes.ts";
import type { Crypto } from "#glow";
import type { Content, DriveVersion } from "../contracts.ts";
import { fingerprintBytes } from "./binding-row.ts";

const chunkContext = utf8Encode("glow binding chunks\0");
const targetContext = utf8Encode("glow binding target\0");

export const noFingerprint = new Uint8Array(fingerprintBytes);

/** Of what a version holds; zeros if it holds nothing that this version of Glow knows. */
export function fingerprintOf(crypto: Crypto, version: Pick<DriveVersion, "content" | "target">): Uint8Array {
  if (version.content !== undefined) return hashed(crypto, contentParts(version.content));
  if (version.target !== undefined) return hashed(crypto, [targetContext, utf8Encode(version.target)]);
  return noFingerprint;
}

function contentParts({ sizeBytes, depth, chunks }: Content): Bytes[] {
  const numbers = new DataView(new ArrayBuffer(12));
  numbers.setFloat64(0, sizeBytes);
  numbers.setUint32(8, depth);
  // Names are as long as one another, and where the content is cut follows from it: sizes would tell nothing more.
  return [chunkContext, new Uint8Array(numbers.buffer), ...chunks.map(({ name }) => name)];
}

function hashed(crypto: Crypto, parts: readonly Bytes[]): Uint8Array {
  // The first byte is the tag of the suite.
  return crypto.hash("blake3", concatBytes(parts)).slice(1, 1 + fingerprintBytes);
}

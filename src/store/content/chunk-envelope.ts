// What a chunk looks like where it is stored. Sealer and opener share it:
//
//   stored     = format (1 byte: 1) | key id (8) | nonce (12) | suite-tagged AEAD of encoded, the bytes before it associated
//   encoded    = payload | codec (1 byte)
//   payload    = the chunk in clear (codec 0), or one Zstandard frame of it (codec 1)
//   AEAD key   = the chunk's name = BLAKE3 of the chunk in clear, keyed with the naming key
//   nonce      = the first 12 bytes of BLAKE3, keyed with the nonce key, of the payload (codec 1) or the name (codec 0)
//
// One name and codec 0 have one encoding, so the nonce needs to depend on no more; a frame may differ with the compressor
// that made it. The codec comes last because AES-GCM over a megabyte that begins behind a single byte takes twice the time.

import type { Suite } from "#base/suites.ts";
import type { ContentKey } from "../contracts.ts";

export const chunkFormat = 1;
export const keyIdBytes = 8;
export const nonceBytes = 12;
/** What is in front of the ciphertext, its suite's tag not counted. */
export const prefixBytes = 1 + keyIdBytes + nonceBytes;
export const nameBytes = 32;

export const codecs = { raw: 0, zstd: 1 } as const;

/**
 * Always this one, whatever is fastest here: equal chunks become equal blobs only if all devices seal alike. Others are
 * opened all the same.
 */
export const chunkSuite: Suite<"aead"> = "aes-256-gcm";

/** How much longer than in clear a chunk is when it is stored, at most: prefix, tag of the suite, codec, tag of the AEAD. */
export const overheadBytes = prefixBytes + 2 + 1 + 16;
/** The same for the suite whose tag is longest. */
export const mostOverheadBytes = prefixBytes + 8 + 1 + 16;

export function chunkPrefix(key: ContentKey, nonce: Uint8Array): Uint8Array {
  const prefix = new Uint8Array(prefixBytes);
  prefix[0] = chunkFormat;
  prefix.set(key.id, 1);
  prefix.set(nonce, 1 + keyIdBytes);
  return prefix;
}

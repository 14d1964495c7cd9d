// Gets a chunk in clear out of what is stored, and believes none of it: whoever has the space's keys may have sealed
// anything, under any name and size.

import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { contentLimits } from "#base/limits.ts";
import { type Suite, suites, untagged } from "#base/suites.ts";
import type { Compression, Crypto } from "#glow";
import type { ChunkRef, ContentKey, ContentKeys } from "../contracts.ts";
import { chunkFormat, codecs, keyIdBytes, nameBytes, mostOverheadBytes, prefixBytes } from "./chunk-envelope.ts";

export class ChunkOpener {
  readonly #crypto: Crypto;
  readonly #compression: Compression;
  readonly #keys: Pick<ContentKeys, "find">;

  constructor(crypto: Crypto, compression: Compression, keys: Pick<ContentKeys, "find">) {
    this.#crypto = crypto;
    this.#compression = compression;
    this.#keys = keys;
  }

  /**
   * The chunk in clear: exactly what its name and size say, in memory of at most that size twice over. `corrupt` for
   * anything else, `unavailable` if the key is not here (yet), `unsupported` for a format or suite of a later version.
   */
  open(chunk: ChunkRef, stored: Uint8Array): Uint8Array {
    const { name, sizeBytes } = chunk;
    if (!isChunkSize(sizeBytes) || name.length !== nameBytes) throw corrupt(chunk, "no chunk has such a name and size");
    if (stored.length > sizeBytes + mostOverheadBytes) throw corrupt(chunk, "more is stored than it can hold");
    const [format] = stored;
    if (format === undefined) throw corrupt(chunk, "nothing is stored");
    if (format !== chunkFormat) throw unknownFormat(format);
    const key = this.#keyOf(stored);
    const encoded = this.#unsealed(chunk, stored);
    const plain = this.#decoded(chunk, encoded);
    // AEAD does not commit to its key: only the name says that this is the chunk that was meant.
    if (plain.length === sizeBytes && equalBytes(this.#crypto.keyedHash(key.naming, plain), name)) return plain;
    throw corrupt(chunk, "what is stored is another chunk than its name says");
  }

  #keyOf(stored: Uint8Array): ContentKey {
    const key = this.#keys.find(stored.subarray(1, 1 + keyIdBytes));
    if (key !== undefined) return key;
    const message = "a chunk was sealed with a key that has not come to this device yet: another device gives it";
    throw new GlowError("unavailable", "chunk.open", { message });
  }

  #unsealed(chunk: ChunkRef, stored: Uint8Array): Uint8Array {
    const { suite, bytes } = untaggedCiphertext(chunk, stored.subarray(prefixBytes));
    const nonce = stored.subarray(1 + keyIdBytes, prefixBytes);
    try {
      return this.#crypto.open(suite, chunk.name, nonce, stored.subarray(0, prefixBytes), bytes);
    } catch (cause) {
      throw corrupt(chunk, "what is stored was not sealed under its name", cause);
    }
  }

  #decoded(chunk: ChunkRef, encoded: Uint8Array): Uint8Array {
    const payload = encoded.subarray(0, -1);
    switch (encoded.at(-1)) {
      case codecs.raw:
        return payload;
      case codecs.zstd:
        try {
          return this.#compression.decompress(payload, chunk.sizeBytes);
        } catch (cause) {
          throw corrupt(chunk, "what is stored was not compressed from it", cause);
        }
      default:
        throw corrupt(chunk, "it is packed in no known way");
    }
  }
}

export function isChunkSize(sizeBytes: number): boolean {
  return Number.isInteger(sizeBytes) && sizeBytes > 0 && sizeBytes <= contentLimits.chunkBytes;
}

function untaggedCiphertext(chunk: ChunkRef, value: Uint8Array): { suite: Suite<"aead">; bytes: Uint8Array } {
  let found: ReturnType<typeof untagged>;
  try {
    found = untagged(value);
  } catch (cause) {
    if (GlowError.from(cause, "chunk.open").kind === "unsupported") throw cause;
    throw corrupt(chunk, "what is stored is cut short", cause);
  }
  const { suite, bytes } = found;
  if (suites[suite].kind !== "aead") throw corrupt(chunk, "what is stored is not sealed");
  return { suite: suite as Suite<"aead">, bytes };
}

function unknownFormat(format: number): GlowError {
  const message = `a chunk is stored in format ${format}, which this version does not know: a later one can read it`;
  return new GlowError("unsupported", "chunk.open", { message });
}

/** Without a target: the name is the chunk's key, and errors travel. */
function corrupt({ sizeBytes }: ChunkRef, reason: string, cause?: unknown): GlowError {
  const message = `a chunk of ${sizeBytes} bytes cannot be opened: ${reason}`;
  return new GlowError("corrupt", "chunk.open", { message, cause });
}

// Makes of a chunk in clear what is stored: named, compressed if it is worth it, sealed. Pure: one chunk and one key always
// give the same bytes, as long as the compressor does not change. The layout is in chunk-envelope.ts.

import { concatBytes, totalBytes } from "#base/bytes.ts";
import { assert } from "#base/errors.ts";
import { contentLimits } from "#base/limits.ts";
import { tagged } from "#base/suites.ts";
import type { Compression, Crypto } from "#glow";
import type { BlobId, ChunkName, ContentKey, SealedChunk } from "../contracts.ts";
import { chunkPrefix, chunkSuite, codecs, keyIdBytes, nameBytes, nonceBytes } from "./chunk-envelope.ts";

const rawCodec = Uint8Array.of(codecs.raw);
const zstdCodec = Uint8Array.of(codecs.zstd);

export class ChunkSealer {
  readonly #crypto: Crypto;
  readonly #compression: Compression;
  readonly #key: ContentKey;

  constructor(crypto: Crypto, compression: Compression, key: ContentKey) {
    assert(key.id.length === keyIdBytes && key.naming.length === nameBytes, "a content key has an id and two keys");
    this.#crypto = crypto;
    this.#compression = compression;
    this.#key = key;
  }

  /** A fifth of the cost of sealing: for whoever wants to know first whether the chunk is there already. */
  name(plain: Uint8Array): ChunkName {
    return this.#crypto.keyedHash(this.#key.naming, plain) as ChunkName;
  }

  /** `plain` (1 to `contentLimits.chunkBytes`, borrowed) and its name. Without `bytes`, `stored` is left out. */
  seal(plain: Uint8Array, name: ChunkName, bytes: boolean): SealedChunk {
    assert(plain.length > 0 && plain.length <= contentLimits.chunkBytes, `a chunk has ${plain.length} bytes`);
    const parts = this.#storedParts(plain, name);
    const storedBytes = totalBytes(parts);
    const sealed = { name, sizeBytes: plain.length, storedBytes };
    if (!bytes) return { ...sealed, blob: this.#blobOf(parts) };
    const stored = concatBytes(parts);
    return { ...sealed, blob: this.#crypto.hash("blake3", stored) as Uint8Array as BlobId, stored };
  }

  #storedParts(plain: Uint8Array, name: ChunkName): Uint8Array[] {
    const packed = this.#compression.compress(plain);
    const nonce = this.#crypto.keyedHash(this.#key.nonces, packed ?? name).subarray(0, nonceBytes);
    const prefix = chunkPrefix(this.#key, nonce);
    const encoded = packed === undefined ? [plain, rawCodec] : [packed, zstdCodec];
    const sealed = this.#crypto.aeadKey(chunkSuite, name).sealParts(nonce, prefix, encoded);
    return [prefix, suiteTag, ...sealed];
  }

  /** Without joining the parts: nobody wants the whole. */
  #blobOf(parts: readonly Uint8Array[]): BlobId {
    const hasher = this.#crypto.hasher("blake3");
    for (const part of parts) hasher.update(part);
    return hasher.digest() as Uint8Array as BlobId;
  }
}

/** What `tagged` puts in front of a ciphertext. */
const suiteTag = tagged(chunkSuite, new Uint8Array(16)).subarray(0, -16);

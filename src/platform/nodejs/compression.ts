// Zstandard as Node has it.

import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { GlowError } from "#base/errors.ts";
import type { Compression } from "#glow";
import { owned } from "./owned-bytes.ts";

export class ZstdCompression implements Compression {
  compress(plain: Uint8Array): Uint8Array | undefined {
    const packed = owned(zstdCompressSync(plain));
    return packed.length < plain.length - plain.length / 16 ? packed : undefined;
  }

  decompress(packed: Uint8Array, sizeBytes: number): Uint8Array {
    try {
      const plain = owned(zstdDecompressSync(packed, { maxOutputLength: Math.max(1, sizeBytes) }));
      if (plain.length === sizeBytes) return plain;
    } catch {
      // Said below: what comes from a peer has no better reason to give.
    }
    throw new GlowError("corrupt", "compression.decompress", { message: `these bytes do not give ${sizeBytes} bytes` });
  }
}

// Zstandard in plain JavaScript, which only decompresses: what a page writes is stored as it is.

import { decompress } from "fzstd";
import { GlowError } from "#base/errors.ts";
import type { Compression } from "#glow";

export class FzstdCompression implements Compression {
  compress(): undefined {
    return undefined;
  }

  decompress(packed: Uint8Array, sizeBytes: number): Uint8Array {
    try {
      const plain = decompress(packed, new Uint8Array(sizeBytes));
      if (plain.length === sizeBytes) return plain;
    } catch {
      // Said below: what comes from a peer has no better reason to give.
    }
    throw new GlowError("corrupt", "compression.decompress", { message: `these bytes do not give ${sizeBytes} bytes` });
  }
}

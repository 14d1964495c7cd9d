// Zstandard in a page, which only decompresses: what a page writes is stored as it is.

import type { Compression } from "#glow";
import { decompressFrame } from "./zstd/decompress.ts";

export class BrowserCompression implements Compression {
  compress(): undefined {
    return undefined;
  }

  decompress(packed: Uint8Array, sizeBytes: number): Uint8Array {
    return decompressFrame(packed, sizeBytes);
  }
}

// What it takes to read and write large files past the system's cache (O_DIRECT, open(2)): memory that begins where a page
// of it does, of which each thread has one piece. A gibibyte that goes through the cache is copied into pages that must be
// made first; on a virtual machine, whose host gets back what is free, that takes more CPU time than to hash and to
// encrypt it. What goes past the cache has to lie in whole blocks, in the file and in memory.

import { constants } from "node:fs";

/** In the flags of an opening; 0 on systems that have no such thing. Only Linux has it, and not for each file system. */
export const directFlag: number = process.platform === "linux" ? (constants.O_DIRECT ?? 0) : 0;

/**
 * What goes past the cache is in whole blocks of this size, in the file and in memory. Media want up to 4 KiB; a page of the
 * cache has up to 64 KiB, and no page should be written both ways.
 */
const blockBytes = 64 * 1024;

/** From this size on, a run of bytes is worth it. */
export const directLeastBytes = 2 ** 20;

const wasmPageBytes = 65_536;

/** Node has it; its types do not say so. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
};

/** One piece, which is made at its first use, and lent to one at a time. */
export class DirectMemory {
  readonly #sizeBytes: number;
  #memory: Uint8Array | undefined;
  #isLent = false;

  /** A multiple of 64 KiB. */
  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  /** Undefined while somebody else has it, and where it cannot be had. */
  take(): Uint8Array | undefined {
    if (directFlag === 0 || this.#isLent) return undefined;
    try {
      this.#memory ??= alignedMemory(this.#sizeBytes);
    } catch {
      // Too little address space.
      return undefined;
    }
    this.#isLent = true;
    return this.#memory;
  }

  giveBack(): void {
    this.#isLent = false;
  }
}

/** That of WebAssembly begins at a page of the system, which a buffer's does not. What is not touched takes no room. */
function alignedMemory(sizeBytes: number): Uint8Array {
  const pages = sizeBytes / wasmPageBytes;
  return new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
}

/** Whether a file system, or what lies below it, has said that it does not take it so. */
export function isRefusal(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === "EINVAL" || code === "EOPNOTSUPP" || code === "ENOTSUP";
}

export function blockBelow(offset: number): number {
  return offset - (offset % blockBytes);
}

export function blockAbove(offset: number): number {
  return blockBelow(offset + blockBytes - 1);
}

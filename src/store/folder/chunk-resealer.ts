// Seals chunks anew from the file that backs them, when somebody asks for them.

import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { Compression, Crypto } from "#glow";
import { isChunkSize } from "../content/chunk-opener.ts";
import { ChunkSealer } from "../content/chunk-sealer.ts";
import type { ContentKey, LocalFile, LocalFolder, ResealedChunk, SealedChunk, SealKeys } from "../contracts.ts";
import type { FileBlock } from "./file-block.ts";
import type { ResealRequest } from "./folder-jobs.ts";

export class ChunkResealer {
  readonly #folder: LocalFolder;
  readonly #block: FileBlock;
  readonly #sealers: readonly ChunkSealer[];
  /** With the key of today: most chunks were sealed with it. */
  readonly #newest: ChunkSealer;

  constructor(folder: LocalFolder, crypto: Crypto, compression: Compression, keys: SealKeys, block: FileBlock) {
    const sealerWith = (key: ContentKey) => new ChunkSealer(crypto, compression, key);
    this.#folder = folder;
    this.#block = block;
    this.#sealers = keys.all.map(sealerWith);
    this.#newest = sealerWith(keys.current);
  }

  /** As in `FolderAgent.reseal`. */
  reseal({ path, chunks }: ResealRequest): (Uint8Array | undefined)[] {
    const file = this.#open(path);
    if (file === undefined) return chunks.map(() => undefined);
    try {
      return chunks.map((each) => this.#resealed(file, each));
    } finally {
      file.close();
    }
  }

  #open(path: string): LocalFile | undefined {
    try {
      return this.#folder.open(path);
    } catch (thrown) {
      const { kind } = GlowError.from(thrown, "file.seal", path);
      if (kind === "not-found" || kind === "invalid") return undefined;
      throw thrown;
    }
  }

  #resealed(file: LocalFile, { chunk, offset, blob }: ResealedChunk): Uint8Array | undefined {
    if (!isChunkSize(chunk.sizeBytes)) return undefined;
    const plain = this.#block.of(chunk.sizeBytes);
    // The file has not so much any more.
    if (file.read(plain, offset) < plain.length) return undefined;
    // The blob commits to all that the name does: what comes out as it need not be hashed once more.
    const quick = blob && this.#newest.seal(plain, chunk.name, true);
    if (quick !== undefined && isBlob(quick, blob)) return quick.stored;
    for (const sealer of this.#sealers) {
      if (!equalBytes(sealer.name(plain), chunk.name)) continue;
      const sealed = sealer.seal(plain, chunk.name, true);
      return isBlob(sealed, blob) ? sealed.stored : undefined;
    }
    return undefined;
  }
}

function isBlob(sealed: SealedChunk, blob: Uint8Array | undefined): boolean {
  return blob === undefined || equalBytes(sealed.blob, blob);
}

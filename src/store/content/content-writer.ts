// Turns a stream of bytes into content, in bounded memory: while one block is gathered the one before is being cut and
// sealed, and the chunks of the one before that are being stored. None overtakes another.

import { GlowError } from "#base/errors.ts";
import type { Compression, Crypto } from "#glow";
import type { SealedChunk, SealedContent } from "../contracts.ts";
import { BlockBuffer } from "./block-buffer.ts";
import type { BlockSealer } from "./block-sealer.ts";
import { ChunkSealer } from "./chunk-sealer.ts";
import { defaultChunkSizes } from "./chunk-sizes.ts";
import type { CutKeys } from "./content-sealer.ts";
import { ContentTree } from "./content-tree.ts";

/** Stores chunks, each with its bytes; the writer waits for it, and so does whoever gives the bytes. */
export type PutChunks = (chunks: readonly SealedChunk[]) => Promise<void>;

export class ContentWriter {
  readonly #sealer: BlockSealer;
  readonly #crypto: Crypto;
  readonly #compression: Compression;
  readonly #keys: CutKeys;

  /** Chunks are sealed by `sealer`; lists of them, which are few and short, here. */
  constructor(sealer: BlockSealer, crypto: Crypto, compression: Compression, keys: CutKeys) {
    this.#sealer = sealer;
    this.#crypto = crypto;
    this.#compression = compression;
    this.#keys = keys;
  }

  /**
   * The content that `source` gives, in pieces that are borrowed until it is asked for the next, and its chunks without
   * their bytes, which have been put, each once. Fails as `source`, the sealing or `put` does, when nothing is under way
   * any more; `cancelled` by the signal, which is looked at between pieces; `too-large` past `contentLimits.contentBytes`.
   * What was put by then stays.
   */
  async write(source: AsyncIterable<Uint8Array>, put: PutChunks, signal?: AbortSignal): Promise<SealedContent> {
    const lists = new ChunkSealer(this.#crypto, this.#compression, this.#keys.current);
    const writing = new Writing(this.#sealer, this.#keys, lists, put, signal);
    try {
      for await (const piece of source) {
        await writing.add(piece);
        if (signal?.aborted === true) throw cancelled();
      }
      return await writing.finish();
    } catch (error) {
      await writing.abandon();
      throw error;
    }
  }
}

/** One content that is being written. */
class Writing {
  readonly #sealer: BlockSealer;
  readonly #keys: CutKeys;
  readonly #put: PutChunks;
  readonly #signal: AbortSignal | undefined;
  readonly #tree: ContentTree;
  readonly #seen = new Set<string>();
  /** All that is new, without bytes: the result. */
  readonly #chunks: SealedChunk[] = [];
  /** New and not yet handed to `put`. */
  #fresh: SealedChunk[] = [];
  #buffer: BlockBuffer;
  /** When the last block is sealed, what was left of it: in the memory of that block, which is free then. */
  #rest: Promise<Uint8Array> = Promise.resolve(new Uint8Array(0));
  #stored: Promise<void> = Promise.resolve();
  #abandoned = false;

  constructor(sealer: BlockSealer, keys: CutKeys, lists: ChunkSealer, put: PutChunks, signal: AbortSignal | undefined) {
    this.#sealer = sealer;
    this.#keys = keys;
    this.#put = put;
    this.#signal = signal;
    this.#buffer = new BlockBuffer(0, sealer.blockBytes);
    this.#tree = new ContentTree((list) => {
      const chunk = lists.seal(list, lists.name(list), true);
      this.#take(chunk);
      return chunk;
    });
  }

  async add(piece: Uint8Array): Promise<void> {
    for (let left = piece; left.length > 0; ) {
      left = this.#buffer.add(left);
      if (this.#buffer.full) await this.#flush(false);
    }
  }

  async finish(): Promise<SealedContent> {
    await this.#flush(true);
    await this.#rest;
    await this.#stored;
    const content = this.#tree.finish();
    await this.#putFresh();
    return { content, chunks: this.#chunks };
  }

  /** Waits for what is under way, and begins nothing more. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    await Promise.allSettled([this.#rest]);
    await Promise.allSettled([this.#stored]);
  }

  /** Sends off what is gathered, when the block before is sealed and the one before that is stored. */
  async #flush(last: boolean): Promise<void> {
    const rest = await this.#rest;
    const block = this.#buffer.take(rest);
    const mostRest = this.#keys.chunks?.most ?? defaultChunkSizes.most;
    this.#buffer = new BlockBuffer(mostRest, this.#sealer.blockBytes, wholeMemory(rest));
    this.#rest = this.#sealAndPut(block, last);
    // Whoever awaits it next hears of a failure; until then it is nobody's.
    this.#rest.catch(() => undefined);
  }

  async #sealAndPut(block: Uint8Array<ArrayBuffer>, last: boolean): Promise<Uint8Array> {
    const { chunks, rest } = await this.#sealer.seal(block, last, this.#keys, this.#signal);
    await this.#stored;
    for (const chunk of chunks) {
      this.#take({ ...chunk, offset: this.#tree.sizeBytes });
      this.#tree.add(chunk);
    }
    this.#stored = this.#putFresh();
    this.#stored.catch(() => undefined);
    return rest;
  }

  #take(chunk: SealedChunk): void {
    const text = chunk.name.toHex();
    if (this.#seen.has(text)) return;
    this.#seen.add(text);
    const { stored: _stored, ...withoutBytes } = chunk;
    this.#chunks.push(withoutBytes);
    this.#fresh.push(chunk);
  }

  async #putFresh(): Promise<void> {
    const fresh = this.#fresh;
    this.#fresh = [];
    if (fresh.length > 0 && !this.#abandoned) await this.#put(fresh);
  }
}

/** All of the memory in which a view lies. */
function wholeMemory({ buffer }: Uint8Array): Uint8Array<ArrayBuffer> {
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : new Uint8Array(0);
}

function cancelled(): GlowError {
  return new GlowError("cancelled", "content.write", { message: "whoever was writing has given up" });
}

// Seals files as they are. A file is read once; what is known of it before must be what is known of it afterwards, or what
// was read may be half of the one content and half of another.

import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import type { Compression, Crypto } from "#glow";
import { BoundaryScanner, type Gear, gearOf } from "../content/boundary-scanner.ts";
import { nameBytes } from "../content/chunk-envelope.ts";
import { ChunkSealer } from "../content/chunk-sealer.ts";
import { type ChunkSizes, defaultChunkSizes } from "../content/chunk-sizes.ts";
import { ContentTree } from "../content/content-tree.ts";
import type {
  ChunkName,
  ChunkRef,
  LocalFile,
  LocalFolder,
  LocalStat,
  SealedChunk,
  SealedContent,
  SealKeys,
  SealRequest,
  SealResult,
} from "../contracts.ts";
import type { FileBlock } from "./file-block.ts";
import type { PackedRefs } from "./folder-jobs.ts";
import { isUnchanged } from "./unchanged.ts";

const op = "file.seal";

/** For many files of one space. */
export class FileSealer {
  readonly #folder: LocalFolder;
  readonly #sealer: ChunkSealer;
  readonly #gear: Gear;
  readonly #sizes: ChunkSizes;
  readonly #block: FileBlock;

  constructor(folder: LocalFolder, crypto: Crypto, compression: Compression, keys: SealKeys, block: FileBlock) {
    this.#folder = folder;
    this.#block = block;
    this.#sealer = new ChunkSealer(crypto, compression, keys.current);
    this.#gear = gearOf(crypto, keys.boundarySeed);
    this.#sizes = keys.chunks ?? defaultChunkSizes;
  }

  /** A whole file, of at most `folderLimits.bytesPerSealing`. */
  seal(request: SealRequest): SealResult {
    const sealed = this.sealPart(request, 0);
    if (sealed.result instanceof GlowError) return sealed;
    const { content, chunks } = sealed.result;
    const whole = this.sealLists(content.chunks);
    return { path: request.path, result: { content: whole.content, chunks: [...chunks, ...whole.chunks] } };
  }

  /** From `offset`, where a chunk begins, up to some other chunk's end, which is told: as content, chunk by chunk. */
  sealPart(request: SealRequest, offset: number, endsAt: (offset: number) => void = () => undefined): SealResult {
    const { path } = request;
    try {
      return { path, result: this.#sealPart(request, offset, endsAt) };
    } catch (thrown) {
      return { path, result: GlowError.from(thrown, op, path) };
    }
  }

  /** The content that has these chunks; its own are those of its lists. */
  sealLists(refs: Iterable<ChunkRef>): SealedContent {
    const lists = new Map<string, SealedChunk>();
    const tree = new ContentTree((list) => {
      const name = this.#sealer.name(list);
      const text = name.toHex();
      if (!lists.has(text)) lists.set(text, this.#sealer.seal(list, name, true));
      return { name, sizeBytes: list.length };
    });
    for (const ref of refs) tree.add(ref);
    return { content: tree.finish(), chunks: [...lists.values()] };
  }

  #sealPart(
    { path, expected, bytes, known }: SealRequest,
    offset: number,
    endsAt: (offset: number) => void,
  ): SealedContent {
    const file = this.#folder.open(path);
    try {
      const before = file.stat();
      if (!isUnchanged(before, expected)) throw changed(path, "it was changed since it was looked at");
      this.#checkSettled(before, path);
      if (bytes && before.sizeBytes > folderLimits.sealedFileBytes) throw tooLarge(path, before.sizeBytes);
      const block = this.#read(file, before.sizeBytes, offset);
      if (block === undefined || !isUnchanged(file.stat(), before))
        throw changed(path, "it was changed while it was read");
      const ends = this.#cut(block, offset + block.length === before.sizeBytes);
      endsAt(offset + (ends.at(-1) ?? 0));
      return this.#sealChunks(block, ends, offset, bytes, knownNames(known));
    } finally {
      file.close();
    }
  }

  /** Clocks of file systems tick: two changes within a tick look like one. */
  #checkSettled({ changedNs }: LocalStat, path: string): void {
    const agoNs = this.#folder.nowNs() - changedNs;
    // A file server's clock may be ahead of ours by any time: that says nothing.
    if (agoNs >= 0n && agoNs < BigInt(folderLimits.settleMs) * 1_000_000n) {
      throw changed(path, "it was changed only just now, and may be again");
    }
  }

  /** Undefined if the file is shorter than it was. */
  #read(file: LocalFile, sizeBytes: number, offset: number): Uint8Array | undefined {
    const length = Math.min(sizeBytes - offset, folderLimits.sealingPartBytes);
    const block = this.#block.of(length);
    return file.read(block, offset) === length ? block : undefined;
  }

  /** Where chunks end: those that are whole, and with the last part of a file what is left. */
  #cut(block: Uint8Array, isLast: boolean): number[] {
    const scanner = new BoundaryScanner(this.#gear, this.#sizes);
    const ends: number[] = [];
    for (let from = 0; from < block.length; ) {
      const end = scanner.scan(block, from, block.length) ?? (isLast ? block.length : undefined);
      if (end === undefined) break;
      ends.push(end);
      from = end;
    }
    return ends;
  }

  #sealChunks(
    block: Uint8Array,
    ends: readonly number[],
    offset: number,
    bytes: boolean,
    isKnown: (name: ChunkName) => boolean,
  ): SealedContent {
    const refs: ChunkRef[] = [];
    const sealed = new Map<string, SealedChunk>();
    let from = 0;
    for (const end of ends) {
      const plain = block.subarray(from, end);
      const name = this.#sealer.name(plain);
      const text = name.toHex();
      if (!sealed.has(text) && !isKnown(name)) {
        sealed.set(text, { ...this.#sealer.seal(plain, name, bytes), offset: offset + from });
      }
      refs.push({ name, sizeBytes: plain.length });
      from = end;
    }
    return { content: { sizeBytes: from, depth: 0, chunks: refs }, chunks: [...sealed.values()] };
  }
}

export function packRefs(refs: readonly ChunkRef[]): PackedRefs {
  const names = new Uint8Array(refs.length * nameBytes);
  for (const [i, { name }] of refs.entries()) names.set(name, i * nameBytes);
  return { names, sizes: Float64Array.from(refs, ({ sizeBytes }) => sizeBytes) };
}

export function* unpackRefs({ names, sizes }: PackedRefs): Generator<ChunkRef> {
  for (const [i, sizeBytes] of sizes.entries()) {
    yield { name: names.subarray(i * nameBytes, (i + 1) * nameBytes) as ChunkName, sizeBytes };
  }
}

function knownNames(known: readonly ChunkName[] = []): (name: ChunkName) => boolean {
  const texts = new Set(known.map((name) => name.toHex()));
  return (name) => texts.size > 0 && texts.has(name.toHex());
}

function changed(path: string, what: string): GlowError {
  return new GlowError("conflict", op, { target: path, message: `${what}; try again when it is left alone` });
}

function tooLarge(path: string, sizeBytes: number): GlowError {
  const message = `it has ${sizeBytes} bytes: only of files up to ${folderLimits.sealedFileBytes} are all stored bytes given`;
  return new GlowError("too-large", op, { target: path, message });
}

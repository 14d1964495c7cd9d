// One file of a disk in IndexedDB, in blocks: the layout is in disk.ts.

import { GlowError } from "#base/errors.ts";
import type { DiskFile } from "#glow";
import { type Database, requested } from "./database.ts";

const blockBytes = 64 * 1024;

export class IndexedDbFile implements DiskFile {
  readonly #database: Database;
  readonly #id: number;
  readonly #path: string;
  #closed = false;

  constructor(database: Database, id: number, path: string) {
    this.#database = database;
    this.#id = id;
    this.#path = path;
  }

  sizeBytes(): Promise<number> {
    return this.#run("disk.size", [], "readonly", async (_transaction, sizeBytes) => sizeBytes);
  }

  read(offset: number, lengthBytes: number): Promise<Uint8Array> {
    return this.#run("disk.read", [offset, lengthBytes], "readonly", async (transaction, sizeBytes) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(lengthBytes, sizeBytes - offset)));
      if (bytes.length === 0) return bytes;
      const blocks = transaction.objectStore("blocks");
      const range = this.#blocks(blockOf(offset), blockOf(offset + bytes.length - 1));
      const [keys, buffers] = await Promise.all([
        requested(blocks.getAllKeys(range)) as Promise<[number, number][]>,
        requested(blocks.getAll(range)) as Promise<ArrayBuffer[]>,
      ]);
      for (const [i, [, index]] of keys.entries()) {
        const at = index * blockBytes - offset;
        const from = Math.max(0, -at);
        const block = new Uint8Array(buffers[i] as ArrayBuffer);
        // What of the block lies in the range: it may begin before and end behind it.
        if (from < block.length) bytes.set(block.subarray(from, Math.min(block.length, bytes.length - at)), at + from);
      }
      return bytes;
    });
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    return this.#run("disk.write", [offset, offset + bytes.length], "readwrite", async (transaction, sizeBytes) => {
      if (bytes.length === 0) return;
      const blocks = transaction.objectStore("blocks");
      const end = offset + bytes.length;
      const last = blockOf(end - 1);
      for (let index = blockOf(offset); index <= last; index++) {
        const start = index * blockBytes;
        const from = Math.max(offset, start);
        const to = Math.min(end, start + blockBytes);
        const piece = bytes.subarray(from - offset, to - offset);
        const whole =
          piece.length === blockBytes ? piece.slice() : await this.#patched(blocks, index, from - start, piece);
        blocks.put(whole.buffer, [this.#id, index]);
      }
      if (end > sizeBytes) this.#setSize(transaction, end);
    });
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#run("disk.truncate", [sizeBytes], "readwrite", async (transaction) => {
      const blocks = transaction.objectStore("blocks");
      const last = blockOf(sizeBytes);
      const rest = sizeBytes % blockBytes;
      blocks.delete(this.#blocks(rest === 0 ? last : last + 1, Number.POSITIVE_INFINITY));
      const block = await requested<ArrayBuffer | undefined>(blocks.get([this.#id, last]));
      if (block !== undefined && block.byteLength > rest) blocks.put(block.slice(0, rest), [this.#id, last]);
      this.#setSize(transaction, sizeBytes);
    });
  }

  async sync(): Promise<void> {
    // A transaction that writes nothing flushes nothing.
    await this.#run("disk.sync", [], "readwrite", async (transaction, sizeBytes) =>
      this.#setSize(transaction, sizeBytes),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** The block with `piece` in it from `at` on, as long as it must be. */
  async #patched(
    blocks: IDBObjectStore,
    index: number,
    at: number,
    piece: Uint8Array,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const found = await requested<ArrayBuffer | undefined>(blocks.get([this.#id, index]));
    const patched = new Uint8Array(Math.max(found?.byteLength ?? 0, at + piece.length));
    if (found !== undefined) patched.set(new Uint8Array(found));
    patched.set(piece, at);
    return patched;
  }

  #blocks(first: number, last: number): IDBKeyRange {
    return IDBKeyRange.bound([this.#id, first], [this.#id, last]);
  }

  #setSize(transaction: IDBTransaction, sizeBytes: number): void {
    transaction.objectStore("nodes").put({ sizeBytes }, this.#id);
  }

  /** Runs `work` with the file's size, once `extents` are offsets or lengths and the file still is there. */
  async #run<Result>(
    op: string,
    extents: readonly number[],
    mode: IDBTransactionMode,
    work: (transaction: IDBTransaction, sizeBytes: number) => Promise<Result>,
  ): Promise<Result> {
    const target = this.#path;
    if (this.#closed) throw new GlowError("released", op, { target, message: "the file was closed" });
    for (const extent of extents) {
      if (Number.isSafeInteger(extent) && extent >= 0) continue;
      throw new GlowError("invalid", op, { target, message: `${extent} is no offset or length` });
    }
    const durability = op === "disk.sync" ? "strict" : "relaxed";
    return this.#database.run({ op, target, mode, durability }, async (transaction) => {
      const node = await requested<{ sizeBytes: number } | undefined>(transaction.objectStore("nodes").get(this.#id));
      if (node === undefined) throw new GlowError("not-found", op, { target, message: "it was removed or replaced" });
      return work(transaction, node.sizeBytes);
    });
  }
}

function blockOf(offset: number): number {
  return Math.floor(offset / blockBytes);
}

// The store of blobs in packs: what is asked of it is answered from what is pending, then from the index, and the bytes
// come from memory or from a pack, verified by their id.

import { GlowError } from "#base/errors.ts";
import { logLimits } from "#base/limits.ts";
import { bytesOf } from "#base/suites.ts";
import type { BlobId, BlobPlace, BlobStore, Crypto, Disk, Index, LogDamage, Random, StoredBlob } from "#glow";
import type { DeadPlace } from "./dead-places.ts";
import { PackCompaction } from "./pack-compaction.ts";
import { type BlobRow, deadBytesOf, PackIndex } from "./pack-index.ts";
import { type Packs, recoverPacks } from "./pack-recovery.ts";
import { type PackSizes, PackWriter } from "./pack-writer.ts";
import { isBlob, recordHeadBytes } from "./record.ts";
import { SegmentFolder } from "./segment-folder.ts";
import { SegmentLog } from "./segment-log.ts";

export interface BlobStoreOptions {
  readonly disk: Disk;
  readonly crypto: Crypto;
  readonly random: Random;
  /** Its rows that begin with 0x01 belong to this store. It stays the caller's. */
  readonly index: Index;
  readonly folder?: string;
  readonly sizes?: Partial<PackSizes>;
  /** Told that blobs were removed: there may be something to compact. */
  readonly died?: () => void;
}

const removedAtOnce = 4096;
/** How often a blob is looked for anew that was moved meanwhile. */
const mostMoves = 8;

export class PackBlobStore implements BlobStore {
  readonly #packs: Packs;
  readonly #writer: PackWriter;
  readonly #compaction: PackCompaction;
  /** Ids that a put is looking for in the index; others that put the same wait for it. */
  readonly #claims = new Map<string, Promise<unknown>>();
  readonly #died: () => void;
  #closed = false;

  private constructor(packs: Packs, writer: PackWriter, died: () => void) {
    this.#packs = packs;
    this.#writer = writer;
    this.#died = died;
    this.#compaction = new PackCompaction(packs, writer);
  }

  static async open(options: BlobStoreOptions): Promise<PackBlobStore> {
    const { disk, crypto, random, folder: path = "store/packs" } = options;
    const sizes = { ...logLimits, segmentBytes: logLimits.packSegmentBytes, ...options.sizes };
    const index = await PackIndex.open(options.index);
    const { mark } = index;
    const lastNumber = Math.max(mark?.lastNumber ?? 0, ...index.stats.keys());
    const folder = await SegmentFolder.open({ disk, crypto, random, folder: path, type: "pack", lastNumber });
    const { segmentBytes } = sizes;
    const log = await SegmentLog.open({ crypto, random, folder, type: "pack", segmentBytes, mark });
    const packs: Packs = { crypto, folder, log, index };
    const superseded = await recoverPacks(packs);
    const writer = new PackWriter(packs, sizes);
    writer.bury(superseded);
    return new PackBlobStore(packs, writer, options.died ?? (() => undefined));
  }

  /** What was found damaged so far: never silently dropped. A peer may have it. */
  get damage(): readonly LogDamage[] {
    return this.#packs.folder.damage.entries;
  }

  async put(blobs: readonly StoredBlob[]): Promise<void> {
    this.#assertOpen("blob-store.put");
    for (const blob of blobs) assertBlob(blob);
    for (;;) {
      const wanted = new Map<string, StoredBlob>();
      for (const blob of blobs) if (this.#isPending(blob.id) !== true) wanted.set(blob.id.toHex(), blob);
      if (wanted.size === 0) return;
      const claimed = wanted.keys().find((key) => this.#claims.has(key));
      if (claimed === undefined) return this.#claim(wanted);
      await this.#claims.get(claimed);
    }
  }

  sync(): Promise<void> {
    this.#assertOpen("blob-store.sync");
    return this.#writer.sync();
  }

  async has(ids: readonly BlobId[]): Promise<boolean[]> {
    this.#assertOpen("blob-store.has");
    const before = ids.map((id) => this.#isPending(id));
    const asked = ids.filter((_, i) => before[i] === undefined);
    const rows = (await this.#rows(asked)).values();
    return ids.map((id, i) => {
      // What was pending may be in the index by now, or the other way round.
      const row = before[i] === undefined ? rows.next().value : undefined;
      return before[i] ?? this.#isPending(id) ?? this.#isWhole(row);
    });
  }

  async get(id: BlobId): Promise<Uint8Array> {
    this.#assertOpen("blob-store.get");
    const { folder, crypto } = this.#packs;
    for (let move = 0; move < mostMoves; move++) {
      const pending = this.#writer.pending.get(id);
      if (pending?.stored !== undefined && pending.state !== "removed") return pending.stored;
      const row = pending === undefined ? (await this.#rows([id]))[0] : pending.row;
      if (row === undefined || !folder.has(row.segment)) {
        if (this.#isPending(id) === true) continue;
        throw new GlowError("not-found", "blob-store.get", { message: "there is no such blob here" });
      }
      const stored = row.damaged ? undefined : await this.#read(row);
      if (stored === "moved") continue;
      if (stored !== undefined && isBlob(crypto, id, stored)) return stored;
      await this.#lost(id, row);
      const message = "the medium has damaged this blob; a peer may have it";
      throw new GlowError("corrupt", "blob-store.get", { target: folder.path(row.segment), message });
    }
    throw new GlowError("unavailable", "blob-store.get", { message: "this blob is moved again and again; try later" });
  }

  async places(ids: readonly BlobId[]): Promise<(BlobPlace | undefined)[]> {
    this.#assertOpen("blob-store.places");
    const rows = await this.#rows(ids);
    return ids.map((id, i) => {
      const pending = this.#writer.pending.get(id);
      const row = pending === undefined ? rows[i] : pending.row;
      if (row === undefined || (pending !== undefined && pending.state !== "written") || !this.#isWhole(row))
        return undefined;
      const { segment, offset, sizeBytes } = row;
      return { path: this.#packs.folder.path(segment), offset: offset + recordHeadBytes, sizeBytes };
    });
  }

  async remove(ids: readonly BlobId[]): Promise<void> {
    this.#assertOpen("blob-store.remove");
    const { pending } = this.#writer;
    await this.#writer.turn(async () => {
      for (let from = 0; from < ids.length; from += removedAtOnce) {
        const some = ids.slice(from, from + removedAtOnce);
        const rows = await this.#packs.index.read(some);
        this.#bury(some.flatMap((id, i) => pending.remove(id, rows[i]).map((row) => ({ ...row, id }))));
        await this.#writer.syncIfMuch();
      }
    });
    this.#died();
  }

  compact(): Promise<void> {
    this.#assertOpen("blob-store.compact");
    return this.#compaction.run();
  }

  async usage(): Promise<{ readonly blobs: number; readonly bytes: number; readonly deadBytes: number }> {
    this.#assertOpen("blob-store.usage");
    let [blobs, bytes, deadBytes] = [0, 0, 0];
    for (const stats of this.#packs.index.stats.values()) {
      blobs += stats.liveBlobs;
      bytes += stats.liveBytes;
      deadBytes += deadBytesOf(stats);
    }
    for (const { id, stored, row, base } of this.#writer.pending.values()) {
      const before = this.#isWhole(base) ? base : undefined;
      const after = this.#isPending(id) ? (stored?.length ?? row?.sizeBytes) : undefined;
      blobs += (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
      bytes += (after ?? 0) - (before?.sizeBytes ?? 0);
    }
    return { blobs, bytes, deadBytes };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#compaction.stop();
    try {
      await this.#writer.finish();
    } finally {
      await this.#packs.log.close();
      await this.#packs.folder.close();
    }
  }

  /** Nobody else looks for these meanwhile, so that none is put twice. */
  async #claim(wanted: ReadonlyMap<string, StoredBlob>): Promise<void> {
    const put = this.#putMissing([...wanted.values()]);
    // Who waits sees by itself what has become of it.
    const over = put.catch(() => undefined);
    for (const key of wanted.keys()) this.#claims.set(key, over);
    try {
      await put;
    } finally {
      for (const key of wanted.keys()) this.#claims.delete(key);
    }
  }

  async #putMissing(blobs: readonly StoredBlob[]): Promise<void> {
    for (let held = false; !held; ) {
      const { commits } = this.#writer;
      const rows = await this.#rows(blobs.map(({ id }) => id));
      const missing = blobs.flatMap((blob, i) => {
        const row = rows[i];
        return (this.#isPending(blob.id) ?? this.#isWhole(row)) ? [] : [{ blob, row }];
      });
      if (missing.length === 0) return;
      const hasRows = missing.some(({ row }) => row !== undefined);
      held = await this.#writer.admit(() => {
        // Rows that are there all the same (of what is removed or damaged) may have gone while there was no room.
        if (hasRows && commits !== this.#writer.commits) return false;
        for (const { blob, row } of missing) this.#hold(blob, row);
        return true;
      });
    }
  }

  #hold(blob: StoredBlob, row: BlobRow | undefined): void {
    const damaged = this.#writer.pending.hold(blob, row);
    if (damaged !== undefined) this.#bury([{ ...damaged, id: blob.id }]);
  }

  #bury(places: readonly DeadPlace[]): void {
    this.#writer.bury(places.filter(({ segment }) => this.#packs.folder.has(segment)));
  }

  /** Undefined if the index has the answer. */
  #isPending(id: BlobId): boolean | undefined {
    const state = this.#writer.pending.get(id)?.state;
    return state && (state === "held" || state === "written");
  }

  #isWhole(row: BlobRow | undefined): row is BlobRow {
    return row !== undefined && !row.damaged && this.#packs.folder.has(row.segment);
  }

  /** What the index has of them; not from before a pack was removed into which it leads. */
  async #rows(ids: readonly BlobId[]): Promise<(BlobRow | undefined)[]> {
    const { folder, index } = this.#packs;
    for (;;) {
      const { removals } = folder;
      const rows = await index.read(ids);
      if (removals === folder.removals || rows.every((row) => row === undefined || folder.has(row.segment)))
        return rows;
    }
  }

  /** Undefined if it cannot be read. A failure is tried once more: it may be the moment's and not the medium's. */
  async #read({ segment, offset, sizeBytes }: BlobRow): Promise<Uint8Array | "moved" | undefined> {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        return await this.#packs.folder.read(segment, offset + recordHeadBytes, sizeBytes);
      } catch (error) {
        const { kind } = GlowError.from(error, "blob-store.get");
        if (kind === "not-found") return "moved";
        if (kind !== "corrupt") throw error;
      }
    }
    return undefined;
  }

  /** From now on it counts as missing. */
  async #lost(id: BlobId, row: BlobRow): Promise<void> {
    const { folder, index } = this.#packs;
    const { segment, offset, sizeBytes } = row;
    folder.damage.add(folder.path(segment), offset, recordHeadBytes + sizeBytes);
    const { pending } = this.#writer;
    await this.#writer.turn(async () => {
      const [now] = await index.read([id]);
      const same = now?.segment === segment && now.offset === offset && !now.damaged;
      if (same && pending.get(id) === undefined) pending.damage(id, now);
    });
  }

  #assertOpen(op: string): void {
    if (this.#closed) throw new GlowError("released", op, { message: "the store of blobs was closed" });
  }
}

function assertBlob({ id, stored }: StoredBlob): void {
  bytesOf("blake3", id);
  if (stored.length <= logLimits.recordBytes) return;
  const message = `a blob has at most ${logLimits.recordBytes} bytes, not ${stored.length}`;
  throw new GlowError("too-large", "blob-store.put", { message });
}

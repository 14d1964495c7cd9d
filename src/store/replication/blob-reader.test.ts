// Blobs that lie in packs, elsewhere, or not where they should.

import { expect, test } from "vitest";
import { toHex, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { BlobId, BlobPlace, BlobSource, BlobStore, Disk, DiskFile } from "#glow";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import { BlobReader, type FetchedBlob } from "./blob-reader.ts";

const crypto = new NodeCrypto();
const kib = 1024;

interface Made {
  readonly id: BlobId;
  readonly stored: Uint8Array;
}

function make(number: number, sizeBytes: number): Made {
  const stored = new Uint8Array(sizeBytes);
  stored.set(utf8Encode(`${number}`));
  return { id: crypto.hash("blake3", stored) as Uint8Array as BlobId, stored };
}

/** Packs on a disk that tells what is read of it, and a store that knows where things lie. */
class Ground {
  readonly packs = new Map<string, Uint8Array>();
  readonly placed = new Map<string, BlobPlace>();
  /** What the store gives one by one. */
  readonly kept = new Map<string, Uint8Array | GlowError>();
  readonly reads: string[] = [];
  readonly time = new VirtualTime();
  reader: BlobReader | undefined;
  open = 0;
  opened = 0;
  readonly damaged: string[] = [];
  source: BlobSource | undefined;

  /** Puts blobs behind one another, with `gapBytes` in between. */
  pack(path: string, blobs: readonly Made[], gapBytes = 40): void {
    const pack = new Uint8Array(blobs.reduce((sum, { stored }) => sum + stored.length + gapBytes, 0));
    let offset = 0;
    for (const { id, stored } of blobs) {
      offset += gapBytes;
      pack.set(stored, offset);
      this.placed.set(toHex(id), { path, offset, sizeBytes: stored.length });
      this.kept.set(toHex(id), stored);
      offset += stored.length;
    }
    this.packs.set(path, pack);
  }

  read(ids: readonly BlobId[]): AsyncGenerator<FetchedBlob> {
    const disk = { open: (path: string) => this.#file(path) } as object as Disk;
    const blobs = {
      places: (wanted: readonly BlobId[]) => Promise.resolve(wanted.map((id) => this.placed.get(toHex(id)))),
      has: (wanted: readonly BlobId[]) => Promise.resolve(wanted.map((id) => this.kept.has(toHex(id)))),
      get: (id: BlobId) => this.#get(id),
    } as object as BlobStore;
    const damaged = (id: BlobId) => void this.damaged.push(toHex(id));
    const { source } = this;
    this.reader ??= new BlobReader({ crypto, disk, timers: this.time.timers, blobs, source, damaged });
    return this.reader.read(ids);
  }

  async #get(id: BlobId): Promise<Uint8Array> {
    const kept = this.kept.get(toHex(id));
    if (kept instanceof Uint8Array) return kept;
    throw await Promise.resolve(kept ?? new GlowError("not-found", "blob.get"));
  }

  async #file(path: string): Promise<DiskFile> {
    const pack = this.packs.get(path);
    if (pack === undefined) throw new GlowError("not-found", "disk.open", { target: path });
    this.open++;
    this.opened++;
    await Promise.resolve();
    return {
      read: (offset: number, lengthBytes: number) => {
        this.reads.push(`${path} ${lengthBytes}`);
        return Promise.resolve(pack.slice(offset, offset + lengthBytes));
      },
      close: () => {
        this.open--;
        return Promise.resolve();
      },
    } as object as DiskFile;
  }
}

async function readAll(ground: Ground, ids: readonly BlobId[]): Promise<(Uint8Array | undefined)[]> {
  const found: (Uint8Array | undefined)[] = [];
  for await (const { id, stored } of ground.read(ids)) {
    expect(id).toEqual(ids[found.length]);
    found.push(stored);
  }
  return found;
}

test("what lies together is read together, and comes in the order asked for", async () => {
  const ground = new Ground();
  const blobs = Array.from({ length: 100 }, (_, at) => make(at, 4 * kib));
  ground.pack("one", blobs);
  const asked = blobs.toReversed();
  expect(
    await readAll(
      ground,
      asked.map(({ id }) => id),
    ),
  ).toEqual(asked.map(({ stored }) => stored));
  expect(ground.reads).toHaveLength(1);
});

test("what lies apart, or in another pack, is read by itself", async () => {
  const ground = new Ground();
  const [a, b, c] = [make(1, kib), make(2, kib), make(3, kib)] as const;
  ground.pack("one", [a, b], 64 * kib);
  ground.pack("two", [c]);
  expect(await readAll(ground, [a.id, c.id, b.id])).toEqual([a.stored, c.stored, b.stored]);
  expect(ground.reads.sort()).toEqual([`one ${kib}`, `one ${kib}`, `two ${kib}`]);
});

test("a pack stays open for a moment, and a few of them", async () => {
  const ground = new Ground();
  const blobs = Array.from({ length: 8 }, (_, at) => make(at, kib));
  for (const [at, blob] of blobs.entries()) ground.pack(`pack ${at}`, [blob]);
  for (let round = 0; round < 3; round++) await readAll(ground, [(blobs[0] as Made).id]);
  expect([ground.opened, ground.open]).toEqual([1, 1]);
  await readAll(
    ground,
    blobs.map(({ id }) => id),
  );
  await Promise.resolve();
  expect([ground.opened, ground.open]).toEqual([8, 4]);
  await ground.time.until(2000);
  expect([ground.open, ground.time.pending]).toEqual([0, 0]);
  // What was removed meanwhile is not there any more.
  ground.packs.delete("pack 0");
  ground.kept.clear();
  expect(await readAll(ground, [(blobs[0] as Made).id])).toEqual([undefined]);
  await ground.time.until(4000);
  expect(ground.open).toBe(0);
});

test("only a little more than what is on its way is in memory", async () => {
  const ground = new Ground();
  const blobs = Array.from({ length: 64 }, (_, at) => make(at, 256 * kib));
  ground.pack("one", blobs);
  const reading = ground.read(blobs.map(({ id }) => id));
  await reading.next();
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  // One megabyte, and the next.
  expect(ground.reads).toHaveLength(2);
  await reading.return(undefined);
});

test("what is not where it should be is found by the store, and what nobody has is said to be missing", async () => {
  const ground = new Ground();
  const [moved, gone, here, nowhere] = [make(1, kib), make(2, kib), make(3, kib), make(4, kib)] as const;
  ground.pack("one", [moved, here]);
  ground.pack("removed", [gone]);
  ground.packs.delete("removed");
  ground.placed.set(toHex(moved.id), { path: "one", offset: 3, sizeBytes: kib });
  expect(await readAll(ground, [moved.id, gone.id, nowhere.id, here.id])).toEqual([
    moved.stored,
    gone.stored,
    undefined,
    here.stored,
  ]);
});

test("damage is told of, and nothing wrong leaves", async () => {
  const ground = new Ground();
  const [bad, good] = [make(1, kib), make(2, kib)] as const;
  ground.pack("one", [bad, good]);
  ground.packs.get("one")?.fill(0x55, 200, 220);
  ground.kept.set(toHex(bad.id), new GlowError("corrupt", "blob.get"));
  expect(await readAll(ground, [bad.id, good.id])).toEqual([undefined, good.stored]);
  expect(ground.damaged).toEqual([toHex(bad.id)]);
});

test("what is in no pack comes from what backs it", async () => {
  const ground = new Ground();
  const [packed, backed, other] = [make(1, kib), make(2, kib), make(3, 1)] as const;
  ground.pack("one", [packed]);
  const asked: string[][] = [];
  ground.source = {
    has: (ids) => Promise.resolve(ids.map(() => true)),
    get: async (ids) => {
      asked.push(ids.map(toHex));
      return ids.map((id) => (toHex(id) === toHex(backed.id) ? backed.stored : undefined));
    },
  };
  expect(await readAll(ground, [backed.id, packed.id, other.id])).toEqual([backed.stored, packed.stored, undefined]);
  // All at once: to make one is a job for another thread.
  expect(asked).toEqual([[toHex(backed.id), toHex(other.id)]]);
});

test("a failure of the disk is met by whoever reads, once", async () => {
  const ground = new Ground();
  const blobs = Array.from({ length: 8 }, (_, at) => make(at, 512 * kib));
  ground.pack("one", blobs);
  const ids = blobs.map(({ id }) => id);
  const reading = ground.read(ids);
  await reading.next();
  // What is read ahead fails while nobody waits for it.
  ground.kept.set(toHex(ids[4] as BlobId), new GlowError("exhausted", "blob.get"));
  ground.placed.delete(toHex(ids[4] as BlobId));
  const again = ground.read(ids);
  await expect(Array.fromAsync(again)).rejects.toMatchObject({ kind: "exhausted" });
  await reading.return(undefined);
});

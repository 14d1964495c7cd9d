// What the log and the packs stand on, and things to keep in them: for the compliance suites of both.

import type { BlobId, Crypto, Disk, Index, Indexes, Platform, Random, SpaceId, StoredBlob } from "#glow";
import { idText } from "#base/ids.ts";
import { patterned } from "./subject.ts";

export type StoreGround = Pick<Platform, "disk" | "crypto" | "random" | "indexes">;

/** What `open` of a log takes. */
export interface OpenedGround {
  readonly disk: Disk;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly index: Index;
}

export async function openGround({ disk, crypto, random, indexes }: StoreGround): Promise<OpenedGround> {
  return { disk, crypto, random, index: await indexes.open("store") };
}

/** The index is gone: all has to be found in the files. */
export async function loseIndex(indexes: Indexes): Promise<void> {
  await indexes.remove("store");
}

export function blobOf(crypto: Crypto, stored: Uint8Array): StoredBlob {
  // A hash of the crypto is a tagged BLAKE3, which is what a BlobId is.
  return { id: crypto.hash("blake3", stored) as Uint8Array as BlobId, stored };
}

/** Blobs that differ, of these sizes in turn. */
export function someBlobs(crypto: Crypto, count: number, sizes: readonly number[], seed = 0): StoredBlob[] {
  return Array.from({ length: count }, (_, i) => {
    const stored = patterned(seed + i, (sizes[i % sizes.length] as number) + 4);
    new DataView(stored.buffer).setUint32(0, seed + i);
    return blobOf(crypto, stored);
  });
}

export function spaceOf(crypto: Crypto, seed: number): SpaceId {
  return idText(crypto.hash("blake3", patterned(seed, 8))) as SpaceId;
}

/** Adds to the bytes of a file what damages them. */
export async function damageFile(disk: Disk, path: string, offset: number, lengthBytes = 1): Promise<void> {
  const file = await disk.open(path);
  const bytes = await file.read(offset, lengthBytes);
  await file.write(
    offset,
    bytes.map((byte) => byte ^ 0xff),
  );
  await file.sync();
  await file.close();
}

export async function fileSize(disk: Disk, path: string): Promise<number> {
  const file = await disk.open(path);
  const sizeBytes = await file.sizeBytes();
  await file.close();
  return sizeBytes;
}

export async function filesIn(disk: Disk, folder: string): Promise<string[]> {
  return (await disk.list(folder)).map(({ name }) => `${folder}/${name}`);
}

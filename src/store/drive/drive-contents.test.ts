// Content of a drive's files by their paths, from wherever its chunks are.

import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { BlobId, SealedChunk } from "#glow";
import { ChunkShelf, cutKeys, prose } from "../../../test/store/content-fixture.ts";
import { DriveDevice } from "../../../test/store/drive-devices.ts";
import { DriveContents } from "./drive-contents.ts";

/** Blobs by their ids, that can be lost and damaged. */
class Blobs extends Map<string, Uint8Array> {
  put(chunks: readonly SealedChunk[]): void {
    for (const { blob, stored } of chunks) if (stored !== undefined) this.set(blob.toHex(), stored);
  }

  async find(id: BlobId): Promise<Uint8Array | undefined> {
    return this.get(id.toHex());
  }
}

function storeOf(blobs: Blobs, kind: "not-found" | "corrupt" = "not-found") {
  return {
    get: async (id: BlobId) => {
      const stored = blobs.get(id.toHex());
      if (stored === undefined) throw new GlowError(kind, "blob.get");
      return stored;
    },
  };
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return concatBytes(parts);
}

/** A drive with a file of many chunks, which are in no store yet. */
async function withFile() {
  const shelf = new ChunkShelf(cutKeys());
  const plain = prose("file", 200_000);
  const { content, chunks } = shelf.seal(plain);
  const device = new DriveDevice("only");
  const { drive } = device;
  const object = drive.newObject("file");
  await device.change(
    [
      { type: "create", object, parent: drive.root, name: "file" },
      { type: "content", object, content, modifiedNs: 0n },
    ],
    chunks,
  );
  return { device, drive, plain, chunks, opener: shelf.opener, object };
}

test("a file is read by its path, whole or a part of it", async () => {
  const { device, drive, plain, chunks, opener } = await withFile();
  const blobs = new Blobs();
  blobs.put(chunks);
  const contents = new DriveContents({ drive, opener, blobs: storeOf(blobs) });
  const file = await contents.open("file");
  expect(await bytesOf(file.read())).toEqual(plain);
  expect(await bytesOf(file.read(100_000, 5000))).toEqual(plain.subarray(100_000, 105_000));
  expect(await bytesOf(file.read(199_999, 5000))).toEqual(plain.subarray(199_999));
  // What was opened stays as it was.
  await device.write("file", "");
  expect(await bytesOf(file.read())).toEqual(plain);
  expect(await bytesOf((await contents.open("file")).read())).toHaveLength(0);
});

test("what is here in no pack comes from a file that backs it, or from other holders", async () => {
  const { drive, plain, chunks, opener } = await withFile();
  const [here, backed, elsewhere] = [new Blobs(), new Blobs(), new Blobs()];
  for (const [i, chunk] of chunks.entries()) ([here, backed, elsewhere][i % 3] as Blobs).put([chunk]);
  const wanted: BlobId[] = [];
  const supply = {
    want: async (ids: readonly BlobId[]) => {
      for (const id of ids) {
        wanted.push(id);
        here.set(id.toHex(), elsewhere.get(id.toHex()) as Uint8Array);
      }
    },
  };
  const source = { get: (ids: readonly BlobId[]) => Promise.all(ids.map((id) => backed.find(id))) };
  const contents = new DriveContents({ drive, opener, blobs: storeOf(here, "corrupt"), source, supply });
  expect(await bytesOf((await contents.open("file")).read())).toEqual(plain);
  expect(wanted).toHaveLength(elsewhere.size);
});

test("what cannot be read says why", async () => {
  const { device, drive, opener, object } = await withFile();
  await device.make("folder", "folder");
  const contents = new DriveContents({ drive, opener, blobs: storeOf(new Blobs()) });
  await expect(contents.open("nothing")).rejects.toMatchObject({ kind: "not-found" });
  await expect(contents.open("folder")).rejects.toMatchObject({ kind: "invalid" });
  await expect(bytesOf((await contents.open("file")).read())).rejects.toMatchObject({ kind: "unavailable" });
  const broken = { get: () => Promise.reject(new GlowError("exhausted", "blob.get")) };
  const file = await new DriveContents({ drive, opener, blobs: broken }).open("file");
  await expect(bytesOf(file.read())).rejects.toMatchObject({ kind: "exhausted" });
  const [version] = await drive.versions(object);
  const unplaced = {
    ...drive,
    placements: async () => [undefined],
    find: drive.find.bind(drive),
    versions: drive.versions.bind(drive),
  };
  const unknown = new DriveContents({ drive: unplaced, opener, blobs: storeOf(new Blobs()) });
  if (version?.content === undefined) throw new Error("a file has content");
  await expect(bytesOf(unknown.read(version.content))).rejects.toMatchObject({ kind: "unavailable" });
  const supply = { want: async () => undefined };
  const lost = new DriveContents({ drive, opener, blobs: storeOf(new Blobs()), supply });
  await expect(bytesOf(lost.read(version.content))).rejects.toMatchObject({ kind: "unavailable" });
});

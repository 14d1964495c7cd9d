// Files of a bound folder, sealed as they are.

import { expect, test } from "vitest";
import { concatBytes, equalBytes, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import { BoundFolder, sealKeys } from "../../../test/store/bound-folder.ts";
import { ChunkShelf, compression, contentKey, crypto, noise, prose } from "../../../test/store/content-fixture.ts";
import { defaultChunkSizes } from "../content/chunk-sizes.ts";
import { ContentSealer } from "../content/content-sealer.ts";
import type { SealedChunk, SealKeys, SealRequest, SealResult } from "../contracts.ts";

const keys = sealKeys();

function bound(files: Record<string, Uint8Array>): BoundFolder {
  const made = new BoundFolder();
  for (const [path, bytes] of Object.entries(files)) made.folder.user.write(path, bytes);
  made.pass();
  return made;
}

async function requests(from: BoundFolder, paths: readonly string[], bytes = true): Promise<SealRequest[]> {
  return Promise.all(paths.map(async (path) => ({ path, expected: await from.stat(path), bytes })));
}

async function sealOne(from: BoundFolder, request: SealRequest): Promise<SealResult["result"]> {
  const [result, ...others] = await Array.fromAsync(from.agent.seal([request], keys));
  expect(others).toEqual([]);
  return (result as SealResult).result;
}

test("what was sealed can be read again, whatever its size", async () => {
  const files = {
    empty: new Uint8Array(0),
    one: utf8Encode("1"),
    small: noise(1, 4096),
    text: prose(1, 70_000),
    "more than is sealed at once": noise(2, folderLimits.bytesPerSealing + 1),
    "two parts": noise(3, folderLimits.sealingPartBytes + 1000),
    "the same again and again": new Uint8Array(2 * folderLimits.sealingPartBytes),
  };
  const from = bound(files);
  for (const [path, bytes] of Object.entries(files)) {
    const sealed = await from.seal(path, sealKeys(1, [], defaultChunkSizes));
    const shelf = new ChunkShelf(keys);
    shelf.put(sealed.chunks);
    const read = concatBytes(await Array.fromAsync(shelf.reader.read(sealed.content)));
    expect(equalBytes(read, bytes), path).toBe(true);
  }
});

test("many files come in portions, each with a result", async () => {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < 2 * folderLimits.filesPerSealing + 10; i++) files[`file-${i}`] = utf8Encode(`${i}`);
  files.large = noise(1, folderLimits.bytesPerSealing + 1);
  const from = bound(files);
  const asked = await requests(from, Object.keys(files));
  const results = await Array.fromAsync(from.agent.seal(asked, keys));
  expect(results.map(({ path }) => path).toSorted()).toEqual(Object.keys(files).toSorted());
  expect(results.filter(({ result }) => result instanceof GlowError)).toEqual([]);
});

test("a file in parts has the content that it has as a whole", async () => {
  const plain = noise(5, folderLimits.sealingPartBytes + 12_345);
  const byDefault = sealKeys(1, [], defaultChunkSizes);
  const whole = new ContentSealer(crypto, compression, byDefault).seal(plain, { bytes: false });
  const sealed = await bound({ file: plain }).seal("file", byDefault, false);
  expect(sealed.content).toEqual(whole.content);
  const byPlace = (chunks: readonly SealedChunk[]) =>
    new Map(chunks.map((chunk) => [`${chunk.name.toHex()} ${chunk.offset}`, chunk.blob.toHex()]));
  expect(byPlace(sealed.chunks)).toEqual(byPlace(whole.chunks));
});

test("without bytes, only names and places are given", async () => {
  const from = bound({ file: noise(1, 100_000) });
  const [request] = await requests(from, ["file"], false);
  const sealed = await sealOne(from, request as SealRequest);
  const whole = await from.seal("file");
  expect(sealed).toEqual({
    content: whole.content,
    chunks: whole.chunks.map(({ stored, ...chunk }) => (chunk.offset === undefined ? { ...chunk, stored } : chunk)),
  });
});

test("chunks that are known are named only", async () => {
  const from = bound({ file: noise(1, 100_000) });
  const whole = await from.seal("file", sealKeys(1, [], defaultChunkSizes));
  const [known] = whole.chunks;
  const [request] = await requests(from, ["file"]);
  const again = (await sealOne(from, { ...(request as SealRequest), known: [] })) as typeof whole;
  const less = (await sealOne(from, {
    ...(request as SealRequest),
    known: again.chunks.slice(0, 2).map(({ name }) => name),
  })) as typeof whole;
  expect(known).toBeDefined();
  expect(less.content).toEqual(again.content);
  expect(less.chunks).toEqual(again.chunks.slice(2));
});

test("a file that is not what it was is left for later", async () => {
  const from = bound({ file: noise(1, 1000), gone: noise(2, 10), locked: noise(3, 10) });
  const { user } = from.folder;
  const [file, gone, locked] = (await requests(from, ["file", "gone", "locked"])) as [
    SealRequest,
    SealRequest,
    SealRequest,
  ];
  user.write("file", noise(4, 1000));
  user.remove("gone");
  user.makeFolder("gone");
  user.lock("locked");
  from.pass();
  expect(await sealOne(from, file)).toMatchObject({ kind: "conflict", target: "file" });
  expect(await sealOne(from, gone)).toMatchObject({ kind: "invalid", target: "gone" });
  expect(await sealOne(from, { ...gone, path: "none" })).toMatchObject({ kind: "not-found" });
  expect(await sealOne(from, { ...gone, path: "../none" })).toMatchObject({ kind: "invalid" });
  const [now] = (await requests(from, ["locked"])) as [SealRequest];
  expect(await sealOne(from, { ...now, expected: locked.expected })).toMatchObject({ kind: "denied" });
});

test("a file that changes while it is read is left for later, however it changes", async () => {
  const sizeBytes = folderLimits.sealingPartBytes + 1000;
  // All alike, so that it is quick: only the times tell.
  const plain = new Uint8Array(sizeBytes);
  const changes: readonly ((from: BoundFolder) => void)[] = [
    ({ folder }) => folder.user.write("file", plain),
    ({ folder }) => folder.user.write("file", noise(9, 10)),
    ({ folder }) => folder.user.write("file", new Uint8Array(2 * sizeBytes)),
    ({ folder }) => folder.user.setMode("file", 0o600),
  ];
  for (const change of changes) {
    for (const at of [0, 1]) {
      const from = bound({ file: plain });
      const [request] = (await requests(from, ["file"], false)) as [SealRequest];
      let reads = 0;
      from.folder.interference = { reading: () => reads++ === at && change(from) };
      expect(await sealOne(from, request)).toMatchObject({ kind: "conflict" });
      expect(reads).toBeGreaterThan(at);
    }
  }
});

test("a file that was changed a moment ago is left for later: a clock's tick hides the next change", async () => {
  const from = bound({ file: noise(1, 1000) });
  from.folder.user.write("file", noise(2, 1000));
  const [request] = (await requests(from, ["file"])) as [SealRequest];
  expect(await sealOne(from, request)).toMatchObject({ kind: "conflict" });
  from.pass(folderLimits.settleMs - 1);
  expect(await sealOne(from, request)).toMatchObject({ kind: "conflict" });
  from.pass(1);
  expect(await sealOne(from, request)).not.toBeInstanceOf(GlowError);
});

test("no file is so large that its stored bytes would not fit", async () => {
  const from = bound({ file: new Uint8Array(folderLimits.sealedFileBytes + 1) });
  const [request] = (await requests(from, ["file"])) as [SealRequest];
  expect(await sealOne(from, request)).toMatchObject({ kind: "too-large" });
  expect(await sealOne(from, { ...request, bytes: false })).not.toBeInstanceOf(GlowError);
});

test("each file fails by itself if the folder is gone", async () => {
  const from = bound({ a: noise(1, 10), b: noise(2, 10) });
  const asked = await requests(from, ["a", "b"]);
  from.folder.plug(false);
  const results = await Array.fromAsync(from.agent.seal(asked, keys));
  expect(results).toMatchObject([
    { path: "a", result: { kind: "unavailable" } },
    { path: "b", result: { kind: "unavailable" } },
  ]);
});

test("a chunk is sealed anew as it was, with the key of its time, as long as it lies there", async () => {
  const from = bound({ file: noise(1, 100_000) });
  const old = await from.seal("file", sealKeys(2));
  const later = sealKeys(1, [2]);
  expect(contentKey(2)).toEqual(later.all[0]);
  const reseal = async (path: string, offset: number, chunk: SealedChunk, under: SealKeys) => {
    const { blob } = chunk;
    const [named] = await from.agent.reseal(path, [{ chunk, offset }], under);
    expect(await from.agent.reseal(path, [{ chunk, offset, blob }], under)).toEqual([named]);
    return named;
  };
  for (const chunk of old.chunks) {
    if (chunk.offset === undefined) continue;
    expect(await reseal("file", chunk.offset, chunk, later)).toEqual(chunk.stored);
    expect(await reseal("file", chunk.offset, chunk, keys)).toBeUndefined();
    expect(await reseal("file", chunk.offset + 1, chunk, later)).toBeUndefined();
    expect(await reseal("file", 99_999, chunk, later)).toBeUndefined();
    expect(await reseal("none", chunk.offset, chunk, later)).toBeUndefined();
  }
  const [first] = old.chunks;
  from.folder.user.makeFolder("folder");
  expect(await reseal("folder", 0, first as SealedChunk, later)).toBeUndefined();
});

test("of several chunks each is sealed anew or not by itself, and only as the blob that was asked for", async () => {
  const from = bound({ file: noise(1, 100_000) });
  const chunks = (await from.seal("file", keys)).chunks.filter(({ offset }) => offset !== undefined);
  const [one, two] = chunks as [SealedChunk, SealedChunk];
  const [at1, at2] = [one.offset as number, two.offset as number];
  const asked = [
    { chunk: one, offset: at1, blob: one.blob },
    { chunk: two, offset: at1, blob: two.blob },
    { chunk: two, offset: at2, blob: one.blob },
    { chunk: two, offset: at2, blob: two.blob },
  ];
  expect(await from.agent.reseal("file", asked, keys)).toEqual([one.stored, undefined, undefined, two.stored]);
});

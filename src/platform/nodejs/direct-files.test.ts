// What goes past the system's cache is in the file all the same, byte for byte, wherever it begins and ends, and also where
// it cannot go that way.

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { patterned } from "../../../test/compliance/subject.ts";
import { DirectReader } from "./direct-reader.ts";
import { DirectWriter } from "./direct-writer.ts";
import { NodeDisk } from "./disk.ts";
import { NodePackReader } from "./pack-reader.ts";

const mib = 2 ** 20;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "glow-direct-"));
  path = join(folder, "file");
});

afterEach(() => rmSync(folder, { recursive: true }));

function writeDirectly(offset: number, pieces: readonly Uint8Array[], full = path): boolean {
  const cached = openSync(path, "r+");
  const sizeBytes = pieces.reduce((sum, { length }) => sum + length, 0);
  const writer = DirectWriter.open(full, 1, cached, offset, sizeBytes);
  try {
    for (const piece of pieces) writer?.write(piece);
    writer?.flush();
    return writer !== undefined;
  } finally {
    writer?.close();
    closeSync(cached);
  }
}

test.for([
  { offset: 0, sizes: [mib] },
  { offset: 1, sizes: [mib, 1, 0, 65_535] },
  { offset: 65_535, sizes: [1, 2, 3 * mib] },
  { offset: 131_072, sizes: [262_144, 262_144, 1_000_000, 5 * mib + 17] },
])("a large part that begins at $offset and comes in $sizes is written as it is", ({ offset, sizes }) => {
  const before = patterned(1, 8 * mib);
  writeFileSync(path, before);
  const pieces = sizes.map((size, i) => patterned(i + 2, size));
  expect(writeDirectly(offset, pieces)).toBe(process.platform === "linux");
  const expected = Buffer.from(before);
  expected.set(Buffer.concat(pieces), offset);
  expect(readFileSync(path).equals(expected)).toBe(true);
});

test("parts that border on one another within a block are written one beside the other", () => {
  writeFileSync(path, "");
  const whole = patterned(3, 6 * mib + 5);
  const cuts = [0, mib + 7, 3 * mib - 1, 4 * mib + 70_001, whole.length];
  // The last first, so that the file grows by a hole.
  for (let i = cuts.length - 2; i >= 0; i--) writeDirectly(cuts[i] as number, [whole.subarray(cuts[i], cuts[i + 1])]);
  expect(readFileSync(path).equals(whole)).toBe(true);
});

test("what is small, and what comes while another is written, goes through the cache", () => {
  writeFileSync(path, "");
  const cached = openSync(path, "r+");
  expect(DirectWriter.open(path, 1, cached, 0, mib - 1)).toBeUndefined();
  const first = DirectWriter.open(path, 1, cached, 0, mib);
  expect(DirectWriter.open(path, 1, cached, 0, mib)).toBeUndefined();
  first?.close();
  const again = DirectWriter.open(path, 1, cached, 0, mib);
  expect(again === undefined).toBe(first === undefined);
  again?.close();
  closeSync(cached);
});

test.runIf(process.platform === "linux")("a file system that knows no such thing is written to as ever", () => {
  writeFileSync(path, "");
  // Files that the kernel makes up cannot be opened so.
  expect(writeDirectly(0, [patterned(1, mib)], "/proc/self/comm")).toBe(false);
});

test("long runs of a disk's file follow one another, also at the same time", async () => {
  const disk = new NodeDisk(folder);
  const file = await disk.open("pack", "always-new");
  const whole = patterned(5, 20 * mib);
  const runs = [8192, 8192 + 4 * mib + 33, 9 * mib, 9 * mib + 70_000, 19 * mib + 1];
  const written = runs.slice(0, -1).map((from, i) => {
    const to = runs[i + 1] as number;
    const parts: Uint8Array[] = [];
    for (let at = from; at < to; at += 300_007) parts.push(whole.subarray(at, Math.min(at + 300_007, to)));
    return file.writeParts?.(from, parts);
  });
  await Promise.all(written);
  await file.sync();
  expect(await file.sizeBytes()).toBe(19 * mib + 1);
  expect(Buffer.from(await file.read(8192, 19 * mib)).equals(whole.subarray(8192, 19 * mib + 1))).toBe(true);
  await file.close();
});

test("blobs of a pack are read wherever they lie, expected or not", async () => {
  const whole = patterned(7, 9 * mib + 123);
  writeFileSync(join(folder, "pack"), whole);
  const packs = new NodePackReader(folder, undefined, new DirectReader());
  const at = (offset: number, sizeBytes: number) => ({ path: "pack", offset, sizeBytes });
  const isRight = async ({ offset, sizeBytes }: { offset: number; sizeBytes: number }) => {
    const bytes = Buffer.from(await packs.read(at(offset, sizeBytes)));
    return bytes.equals(whole.subarray(offset, offset + sizeBytes));
  };
  const places = [
    at(66, 262_144),
    at(5 * mib, mib),
    at(262_276, 262_144),
    at(2 * mib - 5, 300_000),
    at(66, 65_536),
    // Neither is read past the cache: the one is too small for that, the other too large.
    at(100, 10),
    at(1, 5 * mib),
    at(8 * mib + 4095, 300_000),
    at(whole.length - 200_000, 200_000),
    at(7 * mib, 100_000),
  ];
  for (const place of places) expect(await isRight(place)).toBe(true);
  packs.expect(places);
  for (const place of places) expect(await isRight(place)).toBe(true);
  // Some that were expected are not asked for, and others are.
  packs.expect(places);
  for (const place of [places[0], places[3], places[1], places[4]]) expect(place && (await isRight(place))).toBe(true);
  packs.expect(places.toReversed());
  for (const place of places.toReversed()) expect(await isRight(place)).toBe(true);
  await expect(async () => packs.read(at(whole.length - 100_000, 200_000))).rejects.toThrow("the pack ends before");
  packs.rest();
});

test("what is read ahead when a reader rests reaches nobody", async () => {
  writeFileSync(join(folder, "pack"), patterned(7, 4 * mib));
  const packs = new NodePackReader(folder, undefined, new DirectReader());
  const places = [0, 1, 2].map((i) => ({ path: "pack", offset: i * mib + 66, sizeBytes: mib / 2 }));
  packs.expect(places);
  packs.rest();
  // Something else lies there now.
  const other = patterned(8, 4 * mib);
  writeFileSync(join(folder, "pack"), other);
  packs.expect(places);
  for (const place of places) {
    const bytes = Buffer.from(await packs.read(place));
    expect(bytes.equals(other.subarray(place.offset, place.offset + place.sizeBytes))).toBe(true);
  }
  packs.rest();
});

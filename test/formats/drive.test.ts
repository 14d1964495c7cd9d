// The layouts of a drive in docs/storage.md as bytes, so that none of them changes unnoticed: what stands in entries, and
// the rows of the index, which may change if its name does.
//
// After an intended change of a format: GLOW_WRITE_VECTORS=1 npx vitest run test/formats/drive.test.ts

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { toHex } from "#base/bytes.ts";
import { idText } from "#base/ids.ts";
import type { BlobId, ChunkName, DeviceId, Entry, Hash, ObjectId, OpenedBatch, SpaceId } from "#glow";
import { DriveStore } from "#store/drive/drive-store.ts";
import { markedFull, markedShort, nameKey } from "#store/drive/file-name.ts";
import { rootId, trashId } from "#store/drive/object-id.ts";
import { encodeAttributes, encodeContent, encodePlace, register } from "#store/drive/register-values.ts";
import { MemoryRows } from "../store/drive-rows.ts";

type Vectors = Record<string, string>;

const file = join(import.meta.dirname, "vectors", "drive.json");
const isWriting = process.env["GLOW_WRITE_VECTORS"] === "1";
const known = isWriting ? {} : (JSON.parse(readFileSync(file, "utf8")) as Vectors);
const written: Vectors = {};

function check(name: string, bytes: Uint8Array | string): void {
  written[name] = typeof bytes === "string" ? bytes : toHex(bytes);
  if (!isWriting) expect(written[name], name).toBe(known[name]);
}

afterAll(() => {
  if (isWriting) writeFileSync(file, `${JSON.stringify(written, undefined, 2)}\n`);
});

const object = (kind: number, fill: number) => idText(Uint8Array.of(kind, ...new Uint8Array(15).fill(fill))) as ObjectId;
const [folder, other, document, link] = [object(1, 1), object(1, 2), object(2, 3), object(3, 4)] as const;
const hash = (fill: number) => Uint8Array.of(0x1e, ...new Uint8Array(32).fill(fill)) as Hash;
const chunk = { name: new Uint8Array(32).fill(5) as ChunkName, sizeBytes: 7 };
const short = { modifiedNs: 1_700_000_000_000_000_001n, content: { sizeBytes: 7, depth: 0, chunks: [chunk] } };
const deep = { modifiedNs: -1n, content: { sizeBytes: 2 ** 33, depth: 1, chunks: [chunk] } };

test("ids and names", () => {
  check("root", rootId);
  check("trash", trashId);
  check("folder of 01..01", folder);
  check("file of 03..03", document);
  check("link of 04..04", link);
  check("key of the name e, combining acute, U+1F600, in normal form C", nameKey("e\u0301\u{1f600}".normalize("NFC")));
  check("plan.txt with a short mark", markedShort("plan.txt", document) ?? "");
  check("plan.txt with a full mark", markedFull("plan.txt", document));
});

test("values of registers", () => {
  check("place", encodePlace({ parent: rootId, name: "plan.txt" }));
  check("place in the trash", encodePlace({ parent: trashId, name: "plan.txt", from: folder }));
  check("content", encodeContent(short));
  check("deep content", encodeContent(deep));
  check("target of a link", encodeContent({ modifiedNs: 0n, target: "../plan.txt" }));
  check("attributes", encodeAttributes({ mode: 0o755, modifiedNs: 5n }));
  check("mode", encodeAttributes({ mode: 0o600 }));
});

function entry(of: ObjectId, number: number, value: Uint8Array, replaces: Entry["replaces"] = []): Entry {
  return { object: of, register: number, value, replaces };
}

function batch(number: number, author: number, parents: readonly number[], stamp: number, entries: readonly Entry[]): OpenedBatch {
  const placements = [{ name: chunk.name, blob: hash(100 + number) as Uint8Array as BlobId }];
  return {
    hash: hash(number), space: "space" as SpaceId, author: idText(hash(200 + author)) as DeviceId, incarnation: 1,
    sequence: stamp, parents: parents.map(hash), stamp, timeMs: 1_700_000_000_000, entries, placements, blobs: [],
  };
}

test("rows of the index", async () => {
  const [rows, store] = [new MemoryRows(), new DriveStore()];
  const { place, content, attributes } = register;
  const batches = [
    batch(1, 1, [], 1, [
      entry(folder, place, encodePlace({ parent: rootId, name: "folder" })),
      entry(other, place, encodePlace({ parent: folder, name: "e\u0301" })),
      entry(document, place, encodePlace({ parent: folder, name: "plan.txt" })),
      entry(document, content, encodeContent(short)),
      entry(document, attributes, encodeAttributes({ mode: 0o600 })),
      entry(link, place, encodePlace({ parent: folder, name: "plan.txt" })),
    ]),
    batch(2, 1, [1], 2, [
      entry(document, content, encodeContent(deep), [{ batch: hash(1), index: 3 }]),
      entry(other, place, encodePlace({ parent: rootId, name: "moved" })),
      entry(link, content, encodeContent({ modifiedNs: 0n, target: "t" }), [{ batch: hash(9), index: 0 }]),
    ]),
    batch(3, 2, [1], 2, [
      entry(document, content, encodeContent(short)),
      entry(folder, place, encodePlace({ parent: trashId, name: "folder", from: rootId })),
    ]),
  ];
  for (const each of batches) await store.apply(each, rows);
  for (const { key, value } of rows.rows()) check(`row ${toHex(key)}`, value);
  if (!isWriting) expect(rows.rows()).toHaveLength(Object.keys(known).filter((name) => name.startsWith("row ")).length);
});

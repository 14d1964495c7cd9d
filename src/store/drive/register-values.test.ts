// Values of registers, of honest writers and others, and the ids of objects.

import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeCbor } from "#base/cbor.ts";
import { contentLimits, driveLimits } from "#base/limits.ts";
import { SeededRandom } from "#base/random.ts";
import type { ChunkName, Content } from "#glow";
import { bytesOfObject, isObjectId, kindOf, newObjectId, objectIdOf, rootId, trashId } from "./object-id.ts";
import {
  contentFault,
  decodeAttributes,
  decodeContent,
  decodePlace,
  driveNameFault,
  encodeAttributes,
  encodeContent,
  encodePlace,
} from "./register-values.ts";

const random = new SeededRandom("values");
const folder = newObjectId("folder", random);
const name = new Uint8Array(32) as ChunkName;

function content(changes: Partial<Content> = {}): Content {
  return { sizeBytes: 7, depth: 0, chunks: [{ name, sizeBytes: 7 }], ...changes };
}

test("values come back as they were written, and what a later version adds is ignored", () => {
  expect(decodePlace(encodePlace({ parent: folder, name: "a" }))).toEqual({ parent: folder, name: "a" });
  const removed = { parent: trashId, name: "a", from: folder };
  expect(decodePlace(encodePlace(removed))).toEqual(removed);
  for (const value of [
    { modifiedNs: -5n, content: content() },
    { modifiedNs: 2n ** 62n, content: content({ depth: 2, sizeBytes: 99 }) },
  ]) {
    expect(decodeContent(encodeContent(value), "file")).toEqual(value);
  }
  const link = { modifiedNs: 1n, target: "../a" };
  expect(decodeContent(encodeContent(link), "link")).toEqual(link);
  expect(decodeContent(encodeContent(link), "file")).toBeUndefined();
  expect(decodeContent(encodeContent(link), "folder")).toBeUndefined();
  expect(decodeAttributes(encodeAttributes({ mode: 0o600, modifiedNs: 3n }))).toEqual({ mode: 0o600, modifiedNs: 3n });
  const later = encodeCbor({ parent: bytesOfObject(folder), name: "a", color: "red" });
  expect(decodePlace(later)).toEqual({ parent: folder, name: "a" });
});

test("values that make no sense are none", () => {
  const parent = bytesOfObject(folder);
  const places = [
    { parent },
    { parent, name: 1 },
    { parent, name: "a/b" },
    { name: "a" },
    { parent: new Uint8Array(16), name: "a" },
  ];
  for (const value of [
    ...places,
    { parent: parent.subarray(1), name: "a" },
    { parent, name: "a", from: 1 },
    [],
    7,
    null,
  ]) {
    expect(decodePlace(encodeCbor(value)), JSON.stringify(value)).toBeUndefined();
  }
  expect(decodePlace(Uint8Array.of(255))).toBeUndefined();
  const fine = { modified: 1, size: 7, chunks: [name, 7] };
  expect(decodeContent(encodeCbor(fine), "file")).toBeDefined();
  const contents = [
    { ...fine, modified: 2n ** 63n },
    { ...fine, modified: 0.5 },
    { ...fine, size: 8 },
    { ...fine, size: -1 },
    { ...fine, chunks: [name] },
    { ...fine, chunks: [name, 0, name, 7] },
    { ...fine, chunks: [name.subarray(1), 7] },
    { ...fine, depth: -1 },
    { ...fine, chunks: 1 },
    { ...fine, chunks: [7, name] },
    { ...fine, depth: 1, chunks: [] },
    { size: 7, chunks: [name, 7] },
  ];
  for (const value of contents) expect(decodeContent(encodeCbor(value), "file")).toBeUndefined();
  for (const target of ["", "a\0", "x".repeat(4096), 7]) {
    expect(decodeContent(encodeCbor({ modified: 1, target }), "link")).toBeUndefined();
  }
  for (const value of [{ mode: 0o1000 }, { mode: -1 }, { mode: "rw" }, { modified: "now" }, { modified: 2n ** 63n }]) {
    expect(decodeAttributes(encodeCbor(value))).toBeUndefined();
  }
});

test("content past the limits of content is none", () => {
  const { contentBytes, chunkBytes, inlineChunks, depth } = contentLimits;
  expect(contentFault(content({ sizeBytes: contentBytes, depth: 1 }))).toBeUndefined();
  expect(contentFault(content({ sizeBytes: contentBytes + 1, depth: 1 }))).toBeDefined();
  expect(contentFault(content({ depth }))).toBeUndefined();
  expect(contentFault(content({ depth: depth + 1 }))).toBeDefined();
  const large = chunkBytes + 1;
  expect(contentFault(content({ sizeBytes: large, chunks: [{ name, sizeBytes: large }] }))).toBeDefined();
  const chunks = (count: number) => Array.from({ length: count }, () => ({ name, sizeBytes: 1 }));
  expect(contentFault(content({ sizeBytes: inlineChunks, chunks: chunks(inlineChunks) }))).toBeUndefined();
  expect(contentFault(content({ sizeBytes: inlineChunks + 1, chunks: chunks(inlineChunks + 1) }))).toBeDefined();
});

test("an id is one of its text and of its bytes alike", () => {
  const bytes = fc.uint8Array({ minLength: 15, maxLength: 15 });
  fc.assert(
    fc.property(fc.constantFrom("folder", "file", "link"), bytes, (kind, drawn) => {
      const id = newObjectId(kind, { fill: (target) => target.set([0, ...drawn]) });
      expect(isObjectId(id)).toBe(true);
      expect(kindOf(id)).toBe(kind);
      expect(objectIdOf(bytesOfObject(id))).toBe(id);
    }),
  );
  const wrong = [
    "",
    "a",
    rootId.slice(1),
    `${rootId}a`,
    rootId.toUpperCase(),
    rootId.replace(/.$/, "b"),
    `q${rootId.slice(1)}`,
    `aa${rootId.slice(2)}`,
  ];
  for (const text of wrong) expect(isObjectId(text), text).toBe(false);
  expect(objectIdOf(new Uint8Array(16))).toBeUndefined();
  expect(objectIdOf(Uint8Array.of(4, ...new Uint8Array(15)))).toBeUndefined();
  expect(objectIdOf(Uint8Array.of(1))).toBeUndefined();
});

test("a drive's name is a line of text without /, up to driveLimits.driveNameLength characters", () => {
  const longest = "n".repeat(driveLimits.driveNameLength);
  for (const given of ["photos", "two words", "Ünïcode", longest]) expect(driveNameFault(given), given).toBeUndefined();
  for (const given of ["", " ", "padded ", "a/b", "a\nb", "\ud800", `${longest}n`]) {
    expect(driveNameFault(given), JSON.stringify(given)).toBeTypeOf("string");
  }
});

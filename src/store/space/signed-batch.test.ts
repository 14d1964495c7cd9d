// Signed batches: what anybody changes in one shows.

import { expect, test } from "vitest";
import { utf8Encode } from "#base/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { idText } from "#base/ids.ts";
import { spaceLimits } from "#base/limits.ts";
import type { SpaceId } from "#glow";
import { Actor, crypto } from "../../../test/identity/cast.ts";
import { type HeaderDraft, headerOf, readBatch, signBatch, verifyBatch } from "./signed-batch.ts";

const author = new Actor("author");
const hash = (name: string) => crypto.hash("blake3", utf8Encode(name));
const draft: HeaderDraft = {
  space: idText(hash("space")) as SpaceId,
  author: author.id,
  incarnation: 0,
  sequence: 3,
  parents: [hash("own")],
  stamp: 9,
  timeMs: 1_800_000_000_000,
  members: [hash("statement")],
};
const parts = [utf8Encode("one"), utf8Encode("two")];
const made = signBatch(crypto, author.identity, draft, parts);

function take(bytes: Uint8Array): void {
  verifyBatch(crypto, readBatch(crypto, bytes));
}

test("what is signed is read and verified", () => {
  const read = readBatch(crypto, made.bytes);
  verifyBatch(crypto, read);
  expect(read).toEqual(made);
  expect(headerOf(read)).toEqual({
    hash: made.hash,
    space: draft.space,
    author: author.id,
    incarnation: 0,
    sequence: 3,
    parents: draft.parents,
    stamp: 9,
    timeMs: draft.timeMs,
  });
});

test("the hash is that of what is signed: another signature makes no other batch", () => {
  const [header, , list] = decodeCbor(made.bytes) as CborValue[];
  const other = encodeCbor([header, made.signature.slice(0, -1), list]);
  expect(readBatch(crypto, other).hash).toEqual(made.hash);
  expect(() => take(other)).toThrow(expect.objectContaining({ kind: "corrupt" }));
});

test("every byte that is changed is noticed", () => {
  for (let at = 0; at < made.bytes.length; at++) {
    const bytes = made.bytes.slice();
    bytes[at] = (bytes[at] as number) ^ 0x20;
    expect(() => take(bytes), `byte ${at}`).toThrow(expect.objectContaining({ name: "GlowError" }));
  }
});

test("parts that are not those that were signed are refused", () => {
  const [header, signature] = decodeCbor(made.bytes) as CborValue[];
  for (const list of [
    [parts[1], parts[0]],
    [parts[0], utf8Encode("two!")],
  ]) {
    expect(() => take(encodeCbor([header, signature, list]))).toThrow(expect.objectContaining({ kind: "corrupt" }));
  }
  for (const list of [[parts[0]], [...parts, utf8Encode("three")]]) {
    expect(() => take(encodeCbor([header, signature, list]))).toThrow(expect.objectContaining({ kind: "invalid" }));
  }
});

test("a batch of which a part was dropped says so, and is not taken for a whole one", () => {
  const [header, signature] = decodeCbor(made.bytes) as CborValue[];
  const pruned = encodeCbor([header, signature, [[hash("one")], parts[1]]]);
  expect(() => take(pruned)).toThrow(expect.objectContaining({ kind: "unsupported" }));
});

test("what has not the shape of a batch is refused", () => {
  const [header, signature, list] = decodeCbor(made.bytes) as CborValue[];
  for (const value of [
    [],
    [header],
    [header, signature],
    [header, signature, list, 1],
    { header },
    "batch",
    [header, signature, [1]],
  ]) {
    expect(() => take(encodeCbor(value))).toThrow(expect.objectContaining({ kind: "invalid" }));
  }
  expect(() => take(made.bytes.subarray(0, -1))).toThrow(expect.objectContaining({ kind: "invalid" }));
});

test("a batch above `spaceLimits.batchBytes`, or of more parts than `spaceLimits.parts`, is neither written nor read", () => {
  const { batchBytes, parts: mostParts } = spaceLimits;
  const tooLarge = expect.objectContaining({ kind: "too-large" });
  expect(() => signBatch(crypto, author.identity, draft, [new Uint8Array(batchBytes)])).toThrow(tooLarge);
  expect(() => readBatch(crypto, new Uint8Array(batchBytes + 1))).toThrow(tooLarge);
  const many = Array.from({ length: mostParts + 1 }, () => utf8Encode("part"));
  expect(() => signBatch(crypto, author.identity, draft, many)).toThrow(tooLarge);
  take(signBatch(crypto, author.identity, draft, many.slice(1)).bytes);
});

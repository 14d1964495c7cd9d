// Signed records and the reading of their fields, from bytes that may be hostile.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { crypto, identityOf } from "../../test/identity/cast.ts";
import { RecordReader } from "./record-reader.ts";
import { openRecord, signRecord } from "./signed-record.ts";

const ann = identityOf("ann");
const bob = identityOf("bob");

function errorOf(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    return error instanceof GlowError ? `${error.kind}: ${error.message}` : `no error of ours: ${error}`;
  }
}

test("is read by whom it was signed for, with fields that this version does not know", () => {
  const bytes = signRecord(ann, "location", { a: 1, fromTheFuture: [true] }, 1000);
  const { key, fields, hash } = openRecord(crypto, "location", bytes, 1000);
  expect([key, fields.integer("a")]).toEqual([ann.publicKey, 1]);
  expect(hash.length).toBe(33);
});

test("a signature for one purpose is of no use for another", () => {
  const bytes = signRecord(ann, "location", { a: 1 }, 1000);
  expect(errorOf(() => openRecord(crypto, "relay grant", bytes, 1000))).toMatch(/^corrupt/);
});

test("a record whose key or signature is another's is corrupt", () => {
  const body = encodeCbor({ a: 1, key: ann.publicKey });
  const forged = encodeCbor([body, bob.sign("location", body)]);
  expect(errorOf(() => openRecord(crypto, "location", forged, 1000))).toMatch(/^corrupt: .*never signed by the key/);
});

test("any other bytes are refused with an error of ours", () => {
  const whole = signRecord(ann, "statement", { a: 1 }, 1000);
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.nat(whole.length - 1)), (change) => {
      const bytes = typeof change === "number" ? whole.map((byte, i) => (i === change ? byte ^ 4 : byte)) : change;
      expect(errorOf(() => openRecord(crypto, "statement", bytes, 1000))).toMatch(/^(corrupt|invalid|unsupported)/);
    }),
  );
  expect(errorOf(() => openRecord(crypto, "statement", new Uint8Array(1001), 1000))).toMatch(/^too-large/);
  expect(errorOf(() => signRecord(ann, "statement", { a: new Uint8Array(1000) }, 1000))).toMatch(/^too-large/);
});

describe("a field", () => {
  const hash = crypto.hash("blake3", new Uint8Array());
  const fields = { text: "é", number: 5, bytes: new Uint8Array(3), hash, list: ["a", 1], map: { a: 1, b: -1 } };
  const reader = new RecordReader("thing", encodeCbor(fields));
  const wrong: [string, () => unknown, RegExp][] = [
    ["that is missing", () => reader.text("other", 9), /malformed thing: its "other" is missing/],
    ["that objects inherit", () => reader.text("toString", 9), /is missing/],
    ["of another type", () => reader.text("number", 9), /is not text/],
    ["that is too long", () => reader.text("text", 1), /longer than 1 bytes/],
    ["below its least", () => reader.integer("number", 6), /from 6/],
    ["above its most", () => reader.integer("number", 0, 4), /to 4/],
    ["of too many bytes", () => reader.bytes("bytes", 2), /longer than 2/],
    ["that is no key", () => reader.publicKey("text"), /is not a key/],
    ["of another suite", () => reader.publicKey("hash"), /suite ed25519/],
    ["with an item of another type", () => reader.texts("list", 2, 9), /not text/],
    ["with too many items", () => reader.texts("list", 1, 9), /more than 1 items/],
    ["with hashes that are none", () => reader.hashes("list", 2), /is not a hash/],
    ["with a value below zero", () => reader.integers("map", 2), /not a whole number/],
    ["with too many entries", () => reader.integers("map", 1), /more than 1 entries/],
    ["that is no map", () => reader.integers("list", 9), /is not a map/],
  ];
  for (const [what, read, message] of wrong) {
    test(`${what} is named`, () => {
      expect(errorOf(read)).toMatch(message);
      expect(errorOf(read)).toMatch(/^invalid/);
    });
  }

  test("of a suite of the future is unsupported", () => {
    const future = new RecordReader("thing", encodeCbor({ key: Uint8Array.of(0xff, 0x7f, 1, 2) }));
    expect(errorOf(() => future.publicKey("key"))).toMatch(/^unsupported/);
  });

  test("is looked for in a map only", () => {
    for (const value of [[], "x", 1, null, new Uint8Array()]) {
      expect(errorOf(() => new RecordReader("thing", encodeCbor(value)))).toMatch(/it is not a map/);
    }
  });
});

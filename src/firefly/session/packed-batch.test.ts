// Small DATA payloads that wait are joined: the same items come out, and they take little more than their bytes.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { Codec } from "../codec/interface.ts";
import { Writer } from "../codec/writer.ts";
import { mostItems, PackedBatch } from "./packed-batch.ts";

const text: Codec<string> = {
  write: (writer, value) => writer.string(value),
  read: (reader) => reader.string(),
};

function payload(items: readonly string[]): Uint8Array {
  const writer = new Writer();
  writer.u8(items.length);
  for (const item of items) text.write(writer, item);
  return concatBytes(writer.take());
}

/** The batches that payloads become which come before anybody reads. */
function batches(item: Codec | "bytes", payloads: readonly Uint8Array[]): PackedBatch[] {
  const all: PackedBatch[] = [];
  for (const each of payloads) {
    const last = all.at(-1);
    if (last === undefined || !last.join(each, 0, each.length)) all.push(new PackedBatch(item, each, 0, each.length));
  }
  return all;
}

const someItems = fc.array(fc.string({ maxLength: 200 }), { minLength: 1, maxLength: mostItems });

test("joined or not, the same items come out", () => {
  fc.assert(
    fc.property(fc.array(someItems, { minLength: 1, maxLength: 30 }), (frames) => {
      const payloads = frames.map(payload);
      const all = batches(text, payloads);
      expect(all.flatMap((batch) => batch.unpack())).toEqual(frames.flat());
      const bytes = payloads.reduce((sum, each) => sum + each.length, 0);
      expect(all.reduce((sum, batch) => sum + batch.costBytes, 0)).toBe(bytes);
    }),
  );
});

test("bytes are joined to larger pieces", () => {
  const pieces = Array.from({ length: 1000 }, (_, index) => Uint8Array.of(index & 255));
  const all = batches("bytes", pieces);
  expect(all.length).toBeLessThan(3);
  expect(concatBytes(all.flatMap((batch) => batch.unpack() as Uint8Array[]))).toEqual(concatBytes(pieces));
});

test("large payloads stand alone", () => {
  const large = new Uint8Array(10_000).fill(7);
  const all = batches("bytes", [large, large, Uint8Array.of(1), Uint8Array.of(2)]);
  expect(all.map((batch) => (batch.unpack()[0] as Uint8Array).length)).toEqual([10_000, 10_000, 2]);
});

test("a payload that is no items is refused, joined or not, and reads nothing of its neighbours", () => {
  const good = payload(["a"]);
  const bad = [Uint8Array.of(0), Uint8Array.of(128, 1), Uint8Array.of(2, 1, 97), concatBytes([good, Uint8Array.of(0)])];
  for (const each of bad) {
    for (const payloads of [[each], [good, each, good], [each, good]]) {
      const all = batches(text, payloads);
      expect(all).toHaveLength(1);
      expect(() => all[0]?.unpack()).toThrow(expect.objectContaining({ kind: "invalid" }));
    }
  }
});

test("whatever the bytes: items, or `invalid`", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { minLength: 1 }), (payloads) => {
      try {
        return batches(text, payloads).every((batch) => Array.isArray(batch.unpack()));
      } catch (thrown) {
        return thrown instanceof GlowError && thrown.kind === "invalid";
      }
    }),
  );
});

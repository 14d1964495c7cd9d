// What is packed comes out as it was, after it was copied as messages between threads are.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import type { BlobId, ChunkName, ChunkRef, LocalStat, SealedChunk, SealResult } from "#store/contracts.ts";
import {
  type Packed,
  packFailures,
  packPage,
  packSeals,
  packStats,
  unpackPage,
  unpackSeals,
  unpackStats,
  withFailures,
  withoutFailures,
} from "./folder-packing.ts";

function sent<Value>({ value, transfer }: Packed<Value>): Value {
  return structuredClone(value, { transfer: [...transfer] });
}

const timeNs = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const stat: fc.Arbitrary<LocalStat> = fc.record({
  kind: fc.constantFrom("file", "folder", "link", "other"),
  sizeBytes: fc.maxSafeNat(),
  modifiedNs: timeNs,
  changedNs: timeNs,
  file: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
  mode: fc.nat(0o777),
});
const path = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\0", "0"));
const error = fc
  .record({ kind: fc.constantFrom("conflict" as const, "denied" as const), target: path, message: path })
  .map(({ kind, target, message }) => new GlowError(kind, "file.test", { target, message }));
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const ref: fc.Arbitrary<ChunkRef> = fc.record({
  name: bytes(32).map((name) => name as ChunkName),
  sizeBytes: fc.nat(),
});
const chunk: fc.Arbitrary<SealedChunk> = fc.record(
  {
    name: bytes(32).map((name) => name as ChunkName),
    sizeBytes: fc.nat(),
    blob: bytes(33).map((blob) => blob as BlobId),
    storedBytes: fc.nat(),
    offset: fc.maxSafeNat(),
    stored: fc.uint8Array(),
  },
  { requiredKeys: ["name", "sizeBytes", "blob", "storedBytes"] },
);
const result: fc.Arbitrary<SealResult["result"]> = fc.oneof(
  error,
  fc.record({
    content: fc.record({ sizeBytes: fc.maxSafeNat(), depth: fc.nat(8), chunks: fc.array(ref) }),
    chunks: fc.array(chunk),
  }),
);

test("stats, those that are missing too", () => {
  fc.assert(
    fc.property(fc.array(fc.option(stat, { nil: undefined })), (stats) => {
      expect(unpackStats(sent(packStats(stats)))).toEqual(stats);
    }),
  );
});

test("pages of a scan", () => {
  const page = fc.record({
    entries: fc.array(fc.record({ path, stat })),
    passed: fc.array(fc.record({ path, reason: error })),
  });
  fc.assert(
    fc.property(page, fc.array(path), (scanned, rest) => {
      expect(unpackPage(sent(packPage({ page: scanned, rest })))).toEqual({ page: scanned, rest });
    }),
  );
});

test("sealed files and failures", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ path, result })), (results) => {
      expect(unpackSeals(sent(packSeals(results)))).toEqual(results);
    }),
  );
});

test("failures among other results", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(error, fc.nat(), fc.constant(undefined))), (results) => {
      const [values, failures] = structuredClone([withoutFailures(results), packFailures(results)] as const);
      const unpacked = withFailures(values, failures);
      expect(unpacked).toEqual(results);
      for (const [i, each] of results.entries()) {
        expect(unpacked[i] instanceof GlowError).toBe(each instanceof GlowError);
      }
    }),
  );
});

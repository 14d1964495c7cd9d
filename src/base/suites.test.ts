// Tagged values, and that docs/suites.md says of each suite what the registry does.

import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes, equalBytes, fromHex, toHex } from "./bytes.ts";
import { GlowError } from "./errors.ts";
import { bytesOf, type SuiteName, suites, tagged, untagged } from "./suites.ts";
import { encodeVarint } from "./varint.ts";

const names = Object.keys(suites) as SuiteName[];
const anySuite = fc.constantFrom(...names);

test("tags differ", () => {
  expect(new Set(names.map((name) => suites[name].tag)).size).toBe(names.length);
});

test("docs/suites.md lists each suite as it is", () => {
  const page = readFileSync(new URL("../../docs/suites.md", import.meta.url), "utf8");
  const rows = page
    .split("\n")
    .filter((line) => line.startsWith("| 0x"))
    .map((line) =>
      line
        .split("|")
        .slice(1, 5)
        .map((cell) => cell.trim()),
    );
  const expected = names.map((name) => {
    const { kind, tag, lengthBytes } = suites[name];
    return [`0x${tag.toString(16)}`, `\`${name}\``, kind, String(lengthBytes)];
  });
  expect(rows).toEqual(expected);
});

test("a tagged value gives back its suite and its bytes", () => {
  fc.assert(
    fc.property(anySuite, fc.infiniteStream(fc.nat(255)), (suite, noise) => {
      const bytes = Uint8Array.from({ length: suites[suite].lengthBytes }, () => noise.next().value);
      const value = tagged(suite, bytes);
      expect(untagged(value)).toEqual({ suite, bytes });
      expect(bytesOf(suite, value)).toEqual(bytes);
    }),
  );
});

test("what is written", () => {
  expect(toHex(tagged("ed25519", new Uint8Array(32)))).toBe(`ed01${"00".repeat(32)}`);
  expect(toHex(tagged("blake3", new Uint8Array(32)))).toBe(`1e${"00".repeat(32)}`);
  expect(toHex(tagged("ed25519-signature", new Uint8Array(64)))).toBe(`eda103${"00".repeat(64)}`);
});

test("a length that is not the suite's is invalid, both ways", () => {
  for (const name of names) {
    const { lengthBytes, kind } = suites[name];
    const wrong = [0, lengthBytes - 1, ...(kind === "aead" || kind === "hpke" ? [] : [lengthBytes + 1])];
    for (const bytes of wrong.map((length) => new Uint8Array(length))) {
      const value = concatBytes([encodeVarint(suites[name].tag), bytes]);
      expect(() => tagged(name, bytes)).toThrow(expect.objectContaining({ kind: "invalid" }));
      expect(() => untagged(value)).toThrow(expect.objectContaining({ kind: "invalid" }));
    }
  }
});

test("a ciphertext is as long as it is", () => {
  for (const name of ["aes-256-gcm", "chacha20-poly1305"] as const) {
    const bytes = new Uint8Array(1000).fill(7);
    expect(untagged(tagged(name, bytes))).toEqual({ suite: name, bytes });
  }
});

test("a tag has one form", () => {
  const value = tagged("blake3", new Uint8Array(32));
  const longer = concatBytes([fromHex("9e00"), value.subarray(1)]);
  expect(() => untagged(longer)).toThrow(expect.objectContaining({ kind: "invalid" }));
});

test("an unknown tag is unsupported, another suite than asked for invalid", () => {
  const unknown = concatBytes([encodeVarint(0x300000), new Uint8Array(32)]);
  expect(() => untagged(unknown)).toThrow(
    expect.objectContaining({ kind: "unsupported", message: expect.stringContaining("0x300000") }),
  );
  expect(() => bytesOf("sha2-256", tagged("blake3", new Uint8Array(32)))).toThrow(
    expect.objectContaining({ kind: "invalid", message: "expected sha2-256, got blake3" }),
  );
});

test("whatever the bytes: a suite with its length, or one of two errors", () => {
  const anyTag = fc.tuple(anySuite, fc.uint8Array({ maxLength: 70 }));
  const almost = anyTag.map(([name, bytes]) => concatBytes([encodeVarint(suites[name].tag), bytes]));
  const sameOrRefused = (value: Uint8Array): boolean => {
    try {
      const { suite, bytes } = untagged(value);
      return equalBytes(tagged(suite, bytes), value);
    } catch (error) {
      return error instanceof GlowError && (error.kind === "invalid" || error.kind === "unsupported");
    }
  };
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 70 }), almost), sameOrRefused));
});

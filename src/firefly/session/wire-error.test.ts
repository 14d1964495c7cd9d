// Errors as bytes: what crosses, what stays at home, and what is refused.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { type ErrorKind, errorKinds, GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import { publicError, readError, writeError } from "./wire-error.ts";

function written(error: GlowError): Uint8Array {
  const writer = new Writer();
  writeError(writer, error);
  return concatBytes(writer.take());
}

test("kind, operation, target and message come back; stack and cause do not", () => {
  const anyKind = fc.constantFrom(...(Object.keys(errorKinds) as ErrorKind[]));
  const anyText = fc.string({ unit: "binary", maxLength: 500 });
  fc.assert(
    fc.property(anyKind, anyText, fc.option(anyText, { nil: undefined }), anyText, (kind, op, target, message) => {
      const error = new GlowError(kind, op, { target, message, cause: new Error("secret") });
      const reader = new Reader(written(error));
      const read = readError(reader);
      expect(reader.left).toBe(0);
      expect(read).toMatchObject({ kind, op, target: target === "" ? undefined : target, message });
      expect(read.cause).toBeUndefined();
    }),
  );
});

test("texts of more than fireflyLimits.errorTextBytes are cut when written, and refused when read", () => {
  const long = "𝄞".repeat(fireflyLimits.errorTextBytes);
  const read = readError(new Reader(written(new GlowError("invalid", "a.b", { target: long, message: long }))));
  expect(new TextEncoder().encode(read.message).length).toBeLessThanOrEqual(fireflyLimits.errorTextBytes);
  expect(read.message.endsWith("…")).toBe(true);
  expect(read.message.isWellFormed()).toBe(true);
  const writer = new Writer();
  writer.varint(1);
  writer.string("a.b");
  writer.string("x".repeat(fireflyLimits.errorTextBytes + 1));
  writer.string("");
  expect(() => readError(new Reader(concatBytes(writer.take())))).toThrow(expect.objectContaining({ kind: "invalid" }));
});

test("a kind that this version does not know is internal", () => {
  const writer = new Writer();
  writer.varint(4_000_000_000);
  for (const text of ["a.b", "", "new"]) writer.string(text);
  expect(readError(new Reader(concatBytes(writer.take())))).toMatchObject({ kind: "internal", message: "new" });
});

test("whatever the bytes: an error, or `invalid`", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      try {
        return readError(new Reader(bytes)) instanceof GlowError;
      } catch (thrown) {
        return thrown instanceof GlowError && thrown.kind === "invalid";
      }
    }),
  );
});

test("what a handler threw, as its caller sees it", () => {
  const own = new GlowError("denied", "door.open");
  expect(publicError(own, "Door.open")).toBe(own);
  expect(publicError(new RangeError("no"), "Door.open")).toMatchObject({
    kind: "internal",
    target: "Door.open",
    message: "RangeError: no",
  });
  for (const exotic of [undefined, "text", Symbol("s"), Object.assign(new Error("e"), { message: Symbol("s") })]) {
    expect(publicError(exotic, "Door.open")).toMatchObject({ kind: "internal", message: "the method failed" });
  }
});

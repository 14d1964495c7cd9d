// The one error shape: that its numbers stay, and that making one of whatever was thrown cannot itself fail.

import { expect, test } from "vitest";
import { assert, errorKindOf, errorKinds, GlowError } from "./errors.ts";

test("kinds keep their numbers", () => {
  // Append-only: what stands here was sent and stored. New kinds are added at the end.
  expect(Object.entries(errorKinds).map(([kind, { code }]) => `${code} ${kind}`)).toEqual([
    "1 internal",
    "2 invalid",
    "3 not-found",
    "4 already-exists",
    "5 denied",
    "6 exhausted",
    "7 too-large",
    "8 cancelled",
    "9 deadline",
    "10 disconnected",
    "11 unsupported",
    "12 conflict",
    "13 corrupt",
    "14 protocol",
    "15 unavailable",
    "16 released",
  ]);
});

test("a number gives back its kind, and an unknown one is internal", () => {
  for (const [kind, { code }] of Object.entries(errorKinds)) expect(errorKindOf(code)).toBe(kind);
  for (const code of [0, -1, 17, 1.5, Number.NaN]) expect(errorKindOf(code)).toBe("internal");
});

test("an error says what happened, to what, and whether to try again", () => {
  const cause = new Error("EACCES");
  const error = new GlowError("denied", "disk.open", { target: "a/b", message: "you may not read it", cause });
  expect(error).toBeInstanceOf(Error);
  expect(error.cause).toBe(cause);
  expect(error.retry).toBe(false);
  expect(new GlowError("deadline", "firefly.call").retry).toBe(true);
  expect(String(error)).toBe("disk.open a/b: you may not read it (denied)");
  expect(String(new GlowError("deadline", "firefly.call"))).toBe("firefly.call: deadline (deadline)");
  expect("cause" in new GlowError("internal", "a.b")).toBe(false);
});

test("from leaves a GlowError as it is", () => {
  const error = new GlowError("conflict", "kv.put");
  expect(GlowError.from(error, "other.op", "target")).toBe(error);
});

test("from makes one of whatever was thrown", () => {
  const hostile = {
    toString() {
      throw new Error("no text");
    },
  };
  const sly = new Error("hidden");
  Object.defineProperty(sly, "message", {
    get() {
      throw new Error("no message");
    },
  });
  const noText = "something was thrown that has no text";
  for (const [thrown, message] of [
    [new TypeError("wrong"), "wrong"],
    ["text", "text"],
    [undefined, "undefined"],
    [null, "null"],
    [42n, "42"],
    [Symbol("s"), "Symbol(s)"],
    [Object.create(null), noText],
    [hostile, noText],
    [sly, noText],
    [Object.assign(new Error("x"), { message: 7 }), "7"],
  ] as const) {
    const error = GlowError.from(thrown, "some.op", "target");
    expect(error.kind).toBe("internal");
    expect(error.op).toBe("some.op");
    expect(error.target).toBe("target");
    expect(error.message).toBe(message);
    expect(error.cause).toBe(thrown);
  }
});

test("a broken invariant is internal, and says which", () => {
  assert(1 + 1 === 2, "arithmetic holds");
  expect(() => assert(false, "the table is sorted")).toThrow(
    expect.objectContaining({ kind: "internal", message: "broken invariant: the table is sorted" }),
  );
});

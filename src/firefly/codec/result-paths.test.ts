// Paths come from the peer: only those that the schema has lead anywhere.

import { describe, expect, test } from "vitest";
import { ChainInterface, ListenerInterface } from "../../../test/interfaces/generated/sample.ts";
import { type ObjectFields, objectResult, recordResult } from "./result-paths.ts";

const inner: ObjectFields = { 7: { name: "listener", type: () => ListenerInterface } };
const outer: ObjectFields = {
  0: { name: "chain", type: () => ChainInterface },
  2: { name: "inner", fields: () => inner },
};

describe("a result that is an object", () => {
  const paths = objectResult(() => ChainInterface);
  const object = {};

  test("is at the empty path", () => {
    expect(paths.typeAt([])).toBe(ChainInterface);
    expect(paths.follow(object, [])).toBe(object);
  });

  test("has nothing inside", () => {
    expect(paths.typeAt([0])).toBeUndefined();
    expect(paths.follow(object, [0])).toBeUndefined();
  });
});

describe("a record with objects", () => {
  const paths = recordResult(() => outer);
  const result = { chain: { a: 1 }, inner: { listener: { b: 2 } }, other: { c: 3 } };

  test("has them in fields, and in records in fields", () => {
    expect(paths.typeAt([0])).toBe(ChainInterface);
    expect(paths.follow(result, [0])).toBe(result.chain);
    expect(paths.typeAt([2, 7])).toBe(ListenerInterface);
    expect(paths.follow(result, [2, 7])).toBe(result.inner.listener);
  });

  test.each([[[]], [[1]], [[2]], [[7]], [[0, 0]], [[2, 0]], [[2, 7, 7]], [[-1]], [[0.5]], [[2 ** 32]]])(
    "has nothing at %j",
    (path) => {
      expect(paths.typeAt(path)).toBeUndefined();
      expect(paths.follow(result, path)).toBeUndefined();
    },
  );

  test.each([[null], [undefined], [7], [{}], [{ inner: null }], [{ inner: 7 }]])(
    "copes with %j as a result",
    (wrong) => {
      expect(paths.follow(wrong, [2, 7])).toBeUndefined();
    },
  );
});

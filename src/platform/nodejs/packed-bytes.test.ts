// Lists go through one buffer and come out the same.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { packBytes, unpackBytes } from "./packed-bytes.ts";

test("a list comes back as it was, with what is empty and what is absent told apart", () => {
  const lists = fc.array(fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined }));
  const property = fc.property(lists, (list) => {
    expect(unpackBytes(packBytes(list))).toEqual(list);
  });
  fc.assert(property);
  expect(unpackBytes(packBytes([null, new Uint8Array(), undefined]))).toEqual([undefined, new Uint8Array(), undefined]);
});

test("parts of larger buffers are packed without what lies around them", () => {
  const whole = Uint8Array.of(1, 2, 3, 4, 5);
  const packed = packBytes([whole.subarray(1, 3)]);
  expect(packed.byteLength).toBe(4 + 4 + 2);
  expect(unpackBytes(packed)).toEqual([Uint8Array.of(2, 3)]);
});

test("bytes behind the last string are a defect", () => {
  const longer = new Uint8Array([...new Uint8Array(packBytes([Uint8Array.of(1, 2, 3)])), 0]);
  expect(() => unpackBytes(longer.buffer)).toThrow("end with their last string");
});

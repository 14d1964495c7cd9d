// The codec of messages: any message, any bytes.

import fc from "fast-check";
import { expect, test } from "vitest";
import { type ErrorKind, errorKinds, GlowError } from "#base/errors.ts";
import { type ControlMessage, decodeMessage, encodeMessage } from "./message.ts";

const number = fc.maxSafeNat();
const position = fc.record({
  token: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  received: number,
});
const kinds = fc.constantFrom(...(Object.keys(errorKinds) as ErrorKind[]));

const messages: fc.Arbitrary<ControlMessage> = fc.oneof(
  number.map((windowBytes) => ({ type: "hello" as const, attempt: 0, windowBytes })),
  fc
    .tuple(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), number, position)
    .map(([attempt, windowBytes, resume]) => ({ type: "hello" as const, attempt, windowBytes, resume })),
  fc.tuple(number, position).map(([windowBytes, fields]) => ({ type: "welcome" as const, windowBytes, ...fields })),
  kinds.map((kind) => ({ type: "abort" as const, kind })),
  number.map((received) => ({ type: "ack" as const, received })),
  fc.tuple(fc.constantFrom("ping" as const, "pong" as const), number).map(([type, each]) => ({ type, number: each })),
);

test("any message is what it was after a round trip", () => {
  fc.assert(
    fc.property(messages, (message) => {
      expect(decodeMessage(encodeMessage(message))).toEqual(message);
    }),
  );
});

test("a message that is cut short or goes on is refused", () => {
  fc.assert(
    fc.property(messages, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 3 }), (message, at, more) => {
      const bytes = encodeMessage(message);
      expect(() => decodeMessage(bytes.subarray(0, at % bytes.length))).toThrow(GlowError);
      expect(() => decodeMessage(Uint8Array.from([...bytes, ...more]))).toThrow(GlowError);
    }),
  );
});

test("any bytes are a message, which then has no other form, or `protocol`, or `unsupported`", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc
      .tuple(fc.integer({ min: 0, max: 10 }), fc.uint8Array({ maxLength: 40 }))
      .map(([type, rest]) => [type, 1, ...rest]),
  );
  fc.assert(
    fc.property(bytes, (each) => {
      const given = Uint8Array.from(each);
      let message: ControlMessage;
      try {
        message = decodeMessage(given);
      } catch (error) {
        expect(["protocol", "unsupported"]).toContain((error as GlowError).kind);
        return;
      }
      // An error kind of a later version becomes `internal`.
      if (message.type !== "abort") expect(encodeMessage(message)).toEqual(given);
    }),
    { numRuns: 2000 },
  );
});

test("a token is a copy, since it outlives the packet it came in", () => {
  const bytes = encodeMessage({ type: "welcome", windowBytes: 1, token: new Uint8Array(16).fill(7), received: 0 });
  const message = decodeMessage(bytes);
  bytes.fill(0);
  expect(message).toMatchObject({ token: new Uint8Array(16).fill(7) });
});

// The messages of routing: what is written is read, later record types are passed over, and garbage is refused.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { routingLimits } from "#base/limits.ts";
import { encodeVarint } from "#base/varint.ts";
import { announcementOf, messageOf } from "../../../test/scenarios/routing/one-router.ts";
import { readMessage, recordType, unreachable } from "./message.ts";
import { MessageWriter } from "./message-writer.ts";

const announcement = announcementOf(1, 17_934_912_000);
const id = new Uint8Array(33).fill(7);

function record(type: number, ...body: Uint8Array[]): Uint8Array {
  const bytes = concatBytes(body);
  return concatBytes([Uint8Array.of(type), encodeVarint(bytes.length), bytes]);
}

function kindOf(message: Uint8Array): string {
  try {
    readMessage(message);
    return "none";
  } catch (error) {
    return GlowError.from(error, "test").kind;
  }
}

test("what is written is read", () => {
  const message = messageOf((writer) => {
    writer.route(unreachable - 1, 64, announcement);
    writer.retract(id);
    writer.request(64, announcement);
    writer.remind(announcement);
    writer.sync(300);
    writer.synced(Number.MAX_SAFE_INTEGER);
    writer.resend();
  });
  const records = readMessage(message);
  expect(records.map((each) => ({ ...each, announcement: undefined }))).toEqual([
    { type: "route", metric: unreachable - 1, hops: 64, announcement: undefined },
    { type: "retract", id },
    { type: "request", hopsLeft: 64, announcement: undefined },
    { type: "remind", announcement: undefined },
    { type: "sync", number: 300 },
    { type: "synced", number: Number.MAX_SAFE_INTEGER },
    { type: "resend" },
  ]);
  const said = records.flatMap((each) => ("announcement" in each ? [each.announcement] : []));
  for (const each of said) expect(each.isSame(announcement)).toBe(true);
});

test("records of later versions are passed over", () => {
  const later = record(99, new Uint8Array(500));
  const known = messageOf((writer) => writer.retract(id));
  expect(readMessage(concatBytes([later, known, later]))).toEqual([{ type: "retract", id }]);
});

test("what makes no sense breaks the protocol", () => {
  const whole = messageOf((writer) => writer.route(5, 1, announcement));
  for (let length = 1; length < whole.length; length++) expect(kindOf(whole.subarray(0, length))).toBe("protocol");
  const number = (value: number) => encodeVarint(value);
  const wrong = [
    record(recordType.route, number(unreachable), number(1), announcement.bytes),
    record(recordType.route, number(5), number(1)),
    record(recordType.route, number(5), number(1), number(1), number(0), number(200), new Uint8Array(100)),
    record(recordType.retract, new Uint8Array(32)),
    record(recordType.remind),
    record(recordType.sync),
    record(recordType.sync, number(1), number(1)),
    record(recordType.resend, number(1)),
    Uint8Array.of(recordType.resend, 0x80),
    Uint8Array.of(recordType.resend, 0x80, 0),
  ];
  for (const message of wrong) expect(kindOf(message), message.toHex()).toBe("protocol");
});

test("routingLimits.messageBytes: a longer message is refused, and none is written", () => {
  const filler = (length: number) => record(99, new Uint8Array(length - 3));
  expect(kindOf(filler(routingLimits.messageBytes))).toBe("none");
  expect(kindOf(filler(routingLimits.messageBytes + 1))).toBe("protocol");
  const sizes: number[] = [];
  const writer = new MessageWriter();
  writer.begin(({ length }) => sizes.push(length));
  for (let i = 0; i < 1000; i++) writer.route(i, 1, announcement);
  writer.finish();
  expect(Math.max(...sizes)).toBeLessThanOrEqual(routingLimits.messageBytes);
  expect(sizes.length).toBeLessThan(10);
});

test("routingLimits.recordsPerMessage: more are refused, and none are written", () => {
  const many = (count: number) => concatBytes(Array.from({ length: count }, () => record(99)));
  expect(kindOf(many(routingLimits.recordsPerMessage))).toBe("none");
  expect(kindOf(many(routingLimits.recordsPerMessage + 1))).toBe("protocol");
  const counts: number[] = [];
  const writer = new MessageWriter();
  writer.begin((message) => counts.push(readMessage(message).length));
  for (let i = 0; i <= routingLimits.recordsPerMessage; i++) writer.sync(i);
  writer.finish();
  expect(counts).toEqual([routingLimits.recordsPerMessage, 1]);
});

test("routingLimits.hops: no longer route and no request for more is read", () => {
  const { hops } = routingLimits;
  expect(kindOf(messageOf((writer) => writer.route(1, hops, announcement)))).toBe("none");
  expect(kindOf(messageOf((writer) => writer.route(1, hops + 1, announcement)))).toBe("protocol");
  expect(kindOf(messageOf((writer) => writer.request(hops, announcement)))).toBe("none");
  expect(kindOf(messageOf((writer) => writer.request(hops + 1, announcement)))).toBe("protocol");
});

test("any bytes at all are read or refused, never more", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(["none", "protocol"]).toContain(kindOf(bytes));
    }),
  );
  const genuine = messageOf((writer) => {
    writer.route(5, 1, announcement);
    writer.request(3, announcement);
  });
  fc.assert(
    fc.property(fc.nat(genuine.length - 1), fc.nat(255), (at, byte) => {
      const changed = genuine.slice();
      changed[at] = byte;
      expect(["none", "protocol"]).toContain(kindOf(changed));
    }),
  );
});

// The bytes of gossip: there and back, and what is no message.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, toHex, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { discoveryLimits } from "#base/limits.ts";
import { encodeVarint } from "#base/varint.ts";
import type { Address, NodeId } from "#glow";
import { decodeGossip, encodeGossip, gossipLength } from "./gossip-message.ts";

const idOf = (bytes: Uint8Array) => idText(bytes) as NodeId;
const node = idOf(new Uint8Array(33).fill(1));

const address = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }).map((text) => text as Address);
const addresses = fc.array(address, { maxLength: discoveryLimits.addressesPerSource });
const nodes = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 33, maxLength: 33 }).map(idOf), addresses), { maxLength: 20 })
  .map((entries) => new Map(entries));

describe("a message", () => {
  test("has the layout that the file says", () => {
    const message = encodeGossip(new Map([[node, ["tcp://a:1" as Address]]]));
    expect(toHex(message)).toBe(`01${"01".repeat(33)}0109${toHex(utf8Encode("tcp://a:1"))}`);
  });

  test("comes back as it was, and is as long as was said", () => {
    fc.assert(
      fc.property(nodes, (each) => {
        const message = encodeGossip(each);
        expect(decodeGossip(message)).toEqual(each);
        const lengths = [...each.values()].map(gossipLength);
        expect(message.length).toBeLessThanOrEqual(1 + lengths.reduce((a, b) => a + b, 0));
      }),
    );
  });
});

describe("no message", () => {
  const whole = encodeGossip(new Map([[node, ["tcp://a:1" as Address]]]));
  const id = new Uint8Array(33).fill(1);
  const varint = (n: number) => encodeVarint(n);
  const expectProtocol = (message: Uint8Array) =>
    expect(() => decodeGossip(message)).toThrow(expect.objectContaining({ kind: "protocol" }));

  test("is one that is cut off anywhere, or goes on", () => {
    for (let length = 0; length < whole.length; length++) expectProtocol(whole.subarray(0, length));
    expectProtocol(concatBytes([whole, new Uint8Array(1)]));
  });

  test("is one with a node twice, an empty address, or text that is none", () => {
    expectProtocol(concatBytes([varint(2), id, varint(0), id, varint(0)]));
    expectProtocol(concatBytes([varint(1), id, varint(1), varint(0)]));
    expectProtocol(concatBytes([varint(1), id, varint(1), varint(1), Uint8Array.of(0xff)]));
  });

  test("is one past `discoveryLimits.gossipNodes`, `discoveryLimits.addressesPerSource`, `discoveryLimits.addressBytes`", () => {
    const ids = Array.from({ length: discoveryLimits.gossipNodes + 1 }, (_, i) => id.with(0, i));
    const nodesOf = (count: number) =>
      concatBytes([varint(count), ...ids.slice(0, count).flatMap((each) => [each, varint(0)])]);
    expect(decodeGossip(nodesOf(discoveryLimits.gossipNodes)).size).toBe(discoveryLimits.gossipNodes);
    expectProtocol(nodesOf(discoveryLimits.gossipNodes + 1));
    const many = Array.from({ length: discoveryLimits.addressesPerSource + 1 }, () => Uint8Array.of(1, 97));
    expectProtocol(concatBytes([varint(1), id, varint(many.length), ...many]));
    const long = new Uint8Array(discoveryLimits.addressBytes + 1).fill(97);
    expectProtocol(concatBytes([varint(1), id, varint(1), varint(long.length), long]));
  });

  test("is one past `discoveryLimits.gossipBytes`, which nobody writes either", () => {
    expectProtocol(new Uint8Array(discoveryLimits.gossipBytes + 1));
    const long = "a".repeat(discoveryLimits.addressBytes) as Address;
    const full = Array.from({ length: discoveryLimits.addressesPerSource }, () => long);
    const entries = Array.from({ length: 9 }, (_, i) => [idOf(id.with(0, i)), full] as const);
    expect(() => encodeGossip(new Map(entries))).toThrow(GlowError);
  });

  test("does any harm, whatever its bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(whole.length - 1), (bytes, at) => {
        const changed = Uint8Array.from(whole);
        changed.set(bytes.subarray(0, whole.length - at), at);
        for (const message of [bytes, changed]) {
          try {
            decodeGossip(message);
          } catch (error) {
            expect(error).toMatchObject({ kind: "protocol" });
          }
        }
      }),
    );
  });
});

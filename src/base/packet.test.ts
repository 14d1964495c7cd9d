// Packets in parts: their length, its limit, and when they are copied.

import { expect, test } from "vitest";
import { fireflyLimits } from "./limits.ts";
import { deliverPacket, joinedPacket, packetLength } from "./packet.ts";

test("the length is that of all parts", () => {
  expect(packetLength([])).toBe(0);
  expect(packetLength([new Uint8Array(3), new Uint8Array(0), new Uint8Array(4)])).toBe(7);
});

test("more than packetBytes is a defect of the sender", () => {
  const half = new Uint8Array(fireflyLimits.packetBytes / 2);
  expect(packetLength([half, half])).toBe(fireflyLimits.packetBytes);
  for (const measure of [packetLength, joinedPacket]) {
    expect(() => measure([half, half, new Uint8Array(1)])).toThrow(expect.objectContaining({ kind: "internal" }));
  }
});

test("one part is the packet itself, more are joined in a new one", () => {
  const part = new Uint8Array([1, 2]);
  expect(joinedPacket([part])).toBe(part);
  expect(joinedPacket([part, new Uint8Array([3])])).toEqual(new Uint8Array([1, 2, 3]));
  expect(joinedPacket([])).toEqual(new Uint8Array(0));
});

test("a whole packet goes to `packet`, and to a receiver of pieces as its one and last piece", () => {
  const calls: unknown[][] = [];
  const packet = (...call: unknown[]) => void calls.push(["packet", ...call]);
  const piece = (...call: unknown[]) => void calls.push(["piece", ...call]);
  const bytes = new Uint8Array(5);
  deliverPacket({ packet }, bytes, 1, 3);
  deliverPacket({ packet, piece }, bytes, 1, 3);
  expect(calls).toEqual([
    ["packet", bytes, 1, 3],
    ["piece", bytes, 1, 3, true],
  ]);
});

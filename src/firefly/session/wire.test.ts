// What a turn writes leaves as one packet, unless it is more than a pipe takes.

import { expect, test } from "vitest";
import { concatBytes, totalBytes } from "#base/bytes.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Pipe, Timers } from "#glow";
import { Wire } from "./wire.ts";

/** A pipe that keeps what it is sent, and turns that end when the test says so. */
class Outlet implements Pipe, Timers {
  readonly packets: Uint8Array[] = [];
  bufferedBytes = 0;
  isFull = false;
  isClosed = false;
  readonly #tasks: (() => void)[] = [];

  attach(): void {}

  send(parts: readonly Uint8Array[]): boolean {
    expect(totalBytes(parts)).toBeLessThanOrEqual(fireflyLimits.packetBytes);
    this.packets.push(concatBytes(parts));
    return !this.isFull;
  }

  close(): void {
    this.isClosed = true;
  }

  after(): never {
    throw new Error("a wire has no time");
  }

  endOfTurn(task: () => void): void {
    this.#tasks.push(task);
  }

  turn(): void {
    for (const task of this.#tasks.splice(0)) task();
  }
}

function wired(): { wire: Wire; outlet: Outlet } {
  const outlet = new Outlet();
  return { wire: new Wire(outlet, outlet), outlet };
}

test("the frames of a turn are one packet", () => {
  const { wire, outlet } = wired();
  wire.control(4, 1);
  wire.control(5, 2, 300);
  expect(outlet.packets).toEqual([]);
  outlet.turn();
  wire.control(4, 3);
  outlet.turn();
  outlet.turn();
  expect(outlet.packets.map((packet) => [...packet])).toEqual([
    [4, 1, 5, 2, 172, 2],
    [4, 3],
  ]);
});

test("more than a packet holds leaves before the turn is over, cut between frames", () => {
  const { wire, outlet } = wired();
  const frame = new Uint8Array(fireflyLimits.payloadBytes);
  for (let count = 0; count < 3; count++) {
    wire.beginPayload();
    wire.writer.raw(frame);
    wire.endPayload();
    wire.touch();
  }
  for (let count = 0; count < 400_000; count++) wire.control(4, 1);
  outlet.turn();
  expect(outlet.packets.slice(0, 3).map((packet) => packet.length)).toEqual([frame.length, frame.length, frame.length]);
  expect(outlet.packets.slice(3).every((packet) => packet.length % 2 === 0)).toBe(true);
  expect(totalBytes(outlet.packets)).toBe(3 * frame.length + 800_000);
});

test("what a payload's getters do is written behind it", () => {
  const { wire, outlet } = wired();
  wire.beginPayload();
  wire.writer.u8(1);
  wire.control(4, 2);
  expect(() => wire.beginPayload()).toThrow(expect.objectContaining({ kind: "invalid" }));
  wire.writer.u8(3);
  wire.endPayload();
  outlet.turn();
  expect(outlet.packets.map((packet) => [...packet])).toEqual([[1, 3, 4, 2]]);
});

test("streams fill up packets while there is room, and wait when there is none", () => {
  const { wire, outlet } = wired();
  let left = 10;
  const feed = {
    get ready() {
      return left > 0;
    },
    fill: () => {
      left--;
      wire.writer.raw(new Uint8Array(60_000));
    },
  };
  wire.connect(feed, () => undefined);
  wire.touch();
  outlet.turn();
  expect(left).toBe(0);
  expect(outlet.packets).toHaveLength(10);
  left = 10;
  outlet.isFull = true;
  wire.touch();
  outlet.turn();
  expect(left).toBe(9);
  expect(wire.congested).toBe(true);
  wire.control(4, 1);
  outlet.turn();
  expect(left).toBe(9);
  expect(outlet.packets.at(-1)).toEqual(Uint8Array.of(4, 1));
});

test("a peer that does not read is not sent more than fireflyLimits.sendQueueBytes", () => {
  const { wire, outlet } = wired();
  let overflows = 0;
  wire.connect({ ready: false, fill: () => undefined }, () => {
    overflows++;
    wire.end((writer) => writer.u8(11));
  });
  outlet.bufferedBytes = fireflyLimits.sendQueueBytes - 2;
  wire.control(4, 1);
  outlet.turn();
  expect(overflows).toBe(0);
  outlet.bufferedBytes = fireflyLimits.sendQueueBytes - 1;
  wire.control(4, 1);
  outlet.turn();
  expect(overflows).toBe(1);
  expect(outlet.packets.map((packet) => [...packet])).toEqual([[4, 1], [11]]);
  expect(outlet.isClosed).toBe(true);
});

test("after the end nothing is sent", () => {
  const { wire, outlet } = wired();
  wire.control(4, 1);
  wire.end((writer) => writer.u8(11));
  wire.end(undefined);
  wire.control(4, 2);
  wire.touch();
  wire.flush();
  outlet.turn();
  expect(outlet.packets.map((packet) => [...packet])).toEqual([[4, 1, 11]]);
});

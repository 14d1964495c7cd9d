// What a pair of memory pipes does beyond the contract of Pipe: its limit, its fairness, what it copies.

import { expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { RecordingPieces } from "../../../test/compliance/recording-pieces.ts";
import { RecordingReceiver } from "../../../test/compliance/recording-receiver.ts";
import { memoryPipes } from "./memory.ts";

function pair() {
  const timers = new NodeTimers();
  const [near, far] = memoryPipes(timers);
  const nearEnd = new RecordingReceiver();
  const farEnd = new RecordingReceiver();
  near.attach(nearEnd);
  return { timers, near, far, nearEnd, farEnd };
}

test("a single part arrives as the very bytes that were sent", async () => {
  const { near, far, farEnd } = pair();
  far.attach(farEnd);
  const bytes = new Uint8Array(100);
  near.send([bytes]);
  await farEnd.untilPackets(1);
  expect(farEnd.packets[0]?.buffer).toBe(bytes.buffer);
});

test("a receiver of pieces gets the very parts that were sent, without the empty ones", async () => {
  const { near, far } = pair();
  const farEnd = new RecordingPieces();
  far.attach(farEnd);
  const [one, two, empty] = [new Uint8Array(100), new Uint8Array(200), new Uint8Array(0)];
  near.send([empty, one, empty, two, empty]);
  near.send([empty, empty]);
  await farEnd.untilPackets(2);
  expect(farEnd.pieces.map((pieces) => pieces.map(({ length }) => length))).toEqual([[100, 200], [0]]);
  expect(farEnd.pieces[0]?.map(({ buffer }) => buffer)).toEqual([one.buffer, two.buffer]);
});

test("more than sendQueueBytes without waiting ends the pipe, on both sides", async () => {
  const { near, far, nearEnd, farEnd } = pair();
  far.attach(farEnd);
  const packet = new Uint8Array(fireflyLimits.packetBytes);
  const fitting = Math.floor(fireflyLimits.sendQueueBytes / fireflyLimits.packetBytes);
  // The same bytes each time: what is counted is what a real sender would have piled up.
  for (let i = 0; i <= fitting; i++) near.send([packet]);
  const reasons = await Promise.all([nearEnd.untilClosed(), farEnd.untilClosed()]);
  for (const reason of reasons) {
    expect(reason.kind).toBe("disconnected");
    expect(reason.message).toContain("without waiting");
  }
  expect(farEnd.packets).toEqual([]);
  expect(near.send([new Uint8Array(1)])).toBe(false);
});

test("two ends that answer each other forever let timers run", async () => {
  const { timers, near, far, nearEnd, farEnd } = pair();
  far.attach(farEnd);
  farEnd.onPacket = (packet) => far.send([packet]);
  nearEnd.onPacket = (packet) => near.send([packet]);
  near.send([new Uint8Array(1)]);
  await new Promise<void>((resolve) => timers.after(5, resolve));
  near.close();
  await Promise.all([nearEnd.untilClosed(), farEnd.untilClosed()]);
});

test("what is sent before the other side has its receiver waits for it", async () => {
  const { timers, near, far, farEnd } = pair();
  near.send([new Uint8Array([1])]);
  near.send([new Uint8Array([2])]);
  near.close();
  await new Promise<void>((resolve) => timers.after(1, resolve));
  far.attach(farEnd);
  await farEnd.untilClosed();
  expect(farEnd.packets).toEqual([new Uint8Array([1]), new Uint8Array([2])]);
});

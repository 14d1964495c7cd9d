// When what has come is acknowledged: late if all is well, at once if the peer should know.

import { expect, test } from "vitest";
import { meshSessionLimits } from "#base/limits.ts";
import { FrameWriter } from "./frame-writer.ts";
import { OwedAck } from "./owed-ack.ts";

function writer(roomBytes = 1000): FrameWriter {
  const made = new FrameWriter();
  made.begin(roomBytes);
  return made;
}

test("a packet in order may wait, but not for long", () => {
  const owed = new OwedAck();
  owed.received(0, true, 100, false, 1000);
  owed.received(1, true, 100, false, 1010);
  expect([owed.isDue, owed.dueAtMs]).toEqual([false, 1000 + meshSessionLimits.ackDelayMs]);
  owed.elapsed(1000 + meshSessionLimits.ackDelayMs - 1);
  expect(owed.isDue).toBe(false);
  owed.elapsed(1000 + meshSessionLimits.ackDelayMs);
  expect([owed.isDue, owed.dueAtMs]).toEqual([true, Number.POSITIVE_INFINITY]);
  expect(owed.write(writer(), 1030)).toBe(1);
  expect([owed.isDue, owed.dueAtMs]).toEqual([false, Number.POSITIVE_INFINITY]);
});

test("much, a gap, and a mark are told at once", () => {
  const much = new OwedAck();
  much.received(0, true, meshSessionLimits.ackBytes - 1, false, 0);
  expect(much.isDue).toBe(false);
  much.received(1, true, 1, false, 0);
  const gap = new OwedAck();
  gap.received(1, true, 100, false, 0);
  const mark = new OwedAck();
  mark.received(0, true, 100, true, 0);
  expect([much, gap, mark].map(({ isDue }) => isDue)).toEqual([true, true, true]);
  expect(mark.numbers.congested).toBe(1);
});

test("what asks for no answer gets none, but is named in the next", () => {
  const owed = new OwedAck();
  owed.received(0, false, 100, false, 0);
  owed.hurry();
  expect([owed.isDue, owed.write(writer(), 0)]).toEqual([false, -1]);
  owed.received(1, true, 100, false, 0);
  owed.hurry();
  expect(owed.isDue).toBe(true);
  expect([owed.write(writer(10), 0), owed.isDue, owed.write(writer(), 0)]).toEqual([-1, true, 1]);
  expect(owed.numbers.ranges.from(0)).toBe(0);
});

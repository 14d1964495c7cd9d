// The order of events, against a sorted list.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { simulationLimits } from "#base/limits.ts";
import { EventQueue, type SimulatedEvent } from "./event-queue.ts";

const nothing = () => undefined;

function takeAll(queue: EventQueue<string>): SimulatedEvent<string>[] {
  const taken: SimulatedEvent<string>[] = [];
  for (let event = queue.take(); event !== undefined; event = queue.take()) taken.push(event);
  return taken;
}

test("events come out by time, those of one time in the order they went in, cancelled ones never", () => {
  const entries = fc.array(fc.record({ timeNs: fc.integer({ min: 0, max: 20 }), cancelled: fc.boolean() }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(entries, (drawn) => {
      const queue = new EventQueue<string>();
      const events = drawn.map(({ timeNs }, i) => queue.add(timeNs, nothing, String(i)));
      drawn.forEach(({ cancelled }, i) => cancelled && queue.cancel(events[i] as SimulatedEvent<string>));
      const expected = drawn
        .map(({ timeNs, cancelled }, i) => ({ timeNs, cancelled, owner: String(i) }))
        .filter(({ cancelled }) => !cancelled)
        .sort((a, b) => a.timeNs - b.timeNs);
      expect(queue.size).toBe(expected.length);
      expect(queue.nextTimeNs()).toBe(expected[0]?.timeNs ?? Number.POSITIVE_INFINITY);
      expect(takeAll(queue).map(({ owner }) => owner)).toEqual(expected.map(({ owner }) => owner));
    }),
  );
});

test("events that are taken while others are added and cancelled stay in order", () => {
  const steps = fc.array(fc.tuple(fc.constantFrom("add", "take", "cancel"), fc.nat(1000)), { maxLength: 300 });
  fc.assert(
    fc.property(steps, (drawn) => {
      const queue = new EventQueue<string>();
      const model: { event: SimulatedEvent<string>; number: number }[] = [];
      drawn.forEach(([step, value], number) => {
        if (step === "add") model.push({ event: queue.add(value, nothing), number });
        else if (step === "take") {
          model.sort((a, b) => a.event.timeNs - b.event.timeNs || a.number - b.number);
          expect(queue.take()).toBe(model.shift()?.event);
        } else if (model.length > 0) {
          const [victim] = model.splice(value % model.length, 1);
          queue.cancel((victim as (typeof model)[0]).event);
        }
        expect(queue.size).toBe(model.length);
      });
    }),
  );
});

test("many cancelled events are swept out, and the rest stays in order", () => {
  const queue = new EventQueue<string>();
  const events = Array.from({ length: 10_000 }, (_, i) => queue.add((i * 7919) % 10_007, nothing, String(i)));
  const kept = events.filter((event, i) => {
    if (i % 10 !== 0) queue.cancel(event);
    return i % 10 === 0;
  });
  expect(queue.size).toBe(kept.length);
  const times = takeAll(queue).map(({ timeNs }) => timeNs);
  expect(times).toEqual(kept.map(({ timeNs }) => timeNs).sort((a, b) => a - b));
});

test("cancelling what was taken, or twice, changes nothing", () => {
  const queue = new EventQueue<string>();
  const first = queue.add(1, nothing);
  const second = queue.add(2, nothing);
  queue.take();
  queue.cancel(first);
  queue.cancel(second);
  queue.cancel(second);
  expect(queue.size).toBe(0);
  queue.add(3, nothing);
  expect(queue.size).toBe(1);
});

test("what is put back comes before everything of that time, in the order in which it was put back", () => {
  const queue = new EventQueue<string>();
  for (const name of ["a", "b"]) queue.add(1, nothing, name);
  queue.add(5, nothing, "c");
  for (const event of [queue.take(), queue.take()]) queue.putBack(event as SimulatedEvent<string>, 5);
  expect(takeAll(queue).map(({ owner }) => owner)).toEqual(["a", "b", "c"]);
});

test("more than simulationLimits.pendingEvents are refused", () => {
  const queue = new EventQueue<string>();
  for (let i = 0; i < simulationLimits.pendingEvents; i++) queue.add(i, nothing);
  expect(() => queue.add(0, nothing)).toThrow(GlowError);
  queue.take();
  queue.add(0, nothing);
});

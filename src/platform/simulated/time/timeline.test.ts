// Turns, pauses and ends of a run. What programs see of it is in the compliance suite of Timers.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { simulationLimits } from "#base/limits.ts";
import { toNs } from "./nanoseconds.ts";
import { type EventOwner, Timeline, type TimelineEvent } from "./timeline.ts";

function newTimeline(): Timeline {
  return new Timeline(() => new Promise((resolve) => setImmediate(resolve)));
}

/** Runs `task` as code from outside the simulator, as node code is run. */
function enter(timeline: Timeline, delayMs: number, task: () => void): TimelineEvent {
  return timeline.schedule(toNs(delayMs), () => {
    timeline.enter();
    task();
  });
}

test("time jumps from event to event, and stops where it was told to", async () => {
  const timeline = newTimeline();
  const times: number[] = [];
  for (const delayMs of [30, 0.5, 10_000]) enter(timeline, delayMs, () => times.push(timeline.nowMs));
  await timeline.run({ untilMs: 100 });
  expect(times).toEqual([0.5, 30]);
  expect(timeline.nowMs).toBe(100);
  expect(timeline.pending).toBe(1);
  await timeline.run();
  expect(times).toEqual([0.5, 30, 10_000]);
  expect(timeline.nowMs).toBe(10_000);
  expect(timeline.events).toBe(3);
});

test("all promise reactions of an event are over before the next, however long their chain", async () => {
  const timeline = newTimeline();
  const order: string[] = [];
  enter(timeline, 1, () => {
    void (async () => {
      for (let i = 0; i < 5000; i++) await undefined;
      order.push("reaction");
    })();
  });
  enter(timeline, 1, () => order.push("next"));
  await timeline.run();
  expect(order).toEqual(["reaction", "next"]);
});

test("what was under way before the run began is over before its first event", async () => {
  const timeline = newTimeline();
  const order: string[] = [];
  timeline.schedule(0, () => order.push("event"));
  timeline.endOfTurn(() => order.push("end of turn"));
  void Promise.resolve().then(() => order.push("reaction"));
  await timeline.run();
  expect(order).toEqual(["reaction", "end of turn", "event"]);
});

test("endOfTurn comes behind all reactions and before the next event, again and again until there is none", async () => {
  const timeline = newTimeline();
  const order: string[] = [];
  enter(timeline, 1, () => {
    timeline.endOfTurn(() => {
      order.push("end 1");
      void Promise.resolve().then(() => {
        order.push("reaction to end 1");
        timeline.endOfTurn(() => order.push("end 3"));
      });
    });
    timeline.endOfTurn(() => order.push("end 2"));
    void Promise.resolve().then(() => order.push("reaction"));
  });
  enter(timeline, 1, () => order.push("next"));
  await timeline.run();
  expect(order).toEqual(["reaction", "end 1", "end 2", "reaction to end 1", "end 3", "next"]);
});

test("`stop` is looked at before each event, `afterEach` is called when its turn is over", async () => {
  const timeline = newTimeline();
  let reactions = 0;
  for (let i = 0; i < 10; i++) enter(timeline, i, () => void Promise.resolve().then(() => reactions++));
  const seen: number[] = [];
  await timeline.run({ stop: () => reactions === 4, afterEach: () => seen.push(reactions) });
  expect(seen).toEqual([1, 2, 3, 4]);
});

test("what `afterEach` throws ends the run", async () => {
  const timeline = newTimeline();
  enter(timeline, 1, () => undefined);
  const broken = new Error("broken invariant");
  const afterEach = () => {
    throw broken;
  };
  await expect(timeline.run({ afterEach })).rejects.toBe(broken);
});

test("the first defect ends the run, and every run after it", async () => {
  const timeline = newTimeline();
  let ran = false;
  enter(timeline, 1, () => timeline.defect("node", new Error("first")));
  enter(timeline, 1, () => {
    ran = true;
  });
  await expect(timeline.run()).rejects.toThrow("node failed at 1 ms: first");
  timeline.defect("node", new Error("second"));
  await expect(timeline.run()).rejects.toThrow("first");
  expect(ran).toBe(false);
});

test("events of the dead are dropped, those of the paused held and released in order, before what else is due", async () => {
  const timeline = newTimeline();
  const order: string[] = [];
  const held: TimelineEvent[] = [];
  const owner = { alive: true, paused: true, hold: (event: TimelineEvent) => held.push(event) };
  const dead: EventOwner = { alive: false, paused: false, hold: () => undefined };
  timeline.schedule(1, () => order.push("held 1"), owner);
  const cancelled = timeline.schedule(2, () => order.push("held and cancelled"), owner);
  timeline.schedule(3, () => order.push("held 2"), owner);
  timeline.schedule(4, () => order.push("dead"), dead);
  timeline.schedule(10, () => {
    timeline.cancel(cancelled);
    owner.paused = false;
    for (const event of held) timeline.release(event);
  });
  timeline.schedule(10, () => order.push("due"), owner);
  await timeline.run();
  expect(order).toEqual(["held 1", "held 2", "due"]);
});

test("a world runs only once at a time", async () => {
  const timeline = newTimeline();
  const running = timeline.run();
  await expect(timeline.run()).rejects.toThrow(GlowError);
  await running;
});

test("a turn that never ends is stopped at simulationLimits.turnRounds", async () => {
  const timeline = newTimeline();
  const again = () => timeline.endOfTurn(again);
  again();
  await expect(timeline.run()).rejects.toThrow("without end");
});

test("time that stands still is stopped at simulationLimits.eventsPerInstant", async () => {
  const timeline = newTimeline();
  const again = () => void timeline.schedule(0, again);
  timeline.schedule(5, again);
  await expect(timeline.run()).rejects.toThrow("stands still");
  expect(timeline.events).toBe(simulationLimits.eventsPerInstant + 1);
});

test("a run that goes on for ever is stopped at simulationLimits.events, or sooner if so told", async () => {
  const forever = () => {
    const timeline = newTimeline();
    const hop = () => void timeline.schedule(1, hop);
    hop();
    return timeline;
  };
  const timeline = forever();
  await expect(timeline.run({ mostEvents: 10 })).rejects.toThrow("10 events");
  expect(timeline.events).toBe(10);
  await expect(forever().run()).rejects.toThrow(`${simulationLimits.events} events`);
});

test("a duration is from 0 to simulationLimits.virtualMs, and no run goes beyond", async () => {
  for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, simulationLimits.virtualMs + 1]) {
    expect(() => toNs(bad)).toThrow(GlowError);
  }
  const timeline = newTimeline();
  const hop = () => void timeline.schedule(toNs(simulationLimits.virtualMs / 4), hop);
  hop();
  await timeline.run();
  expect(timeline.events).toBe(4);
  expect(Number.isSafeInteger(timeline.nowNs)).toBe(true);
});

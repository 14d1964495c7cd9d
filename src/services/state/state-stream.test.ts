// A stream of a state: the last one counts, at a pace, and its end is heard at once.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import type { Timers } from "#glow";
import { StateStream, type StateStreamOptions } from "./state-stream.ts";
import { Watchers } from "./watchers.ts";

/** Time that passes when it is told to. */
function pace() {
  const due: { atMs: number; task: () => void; isOver: boolean }[] = [];
  let nowMs = 0;
  const timers = {
    after(delayMs: number, task: () => void) {
      const timer = { atMs: nowMs + delayMs, task, isOver: false };
      due.push(timer);
      return { cancel: () => void (timer.isOver = true) };
    },
  } as Timers;
  const pass = (ms: number) => {
    nowMs += ms;
    for (const timer of due) {
      if (timer.isOver || timer.atMs > nowMs) continue;
      timer.isOver = true;
      timer.task();
    }
  };
  return { timers, pass, waiting: () => due.filter((timer) => !timer.isOver).length };
}

function counting(options: Partial<StateStreamOptions<number>> = {}) {
  const { timers, pass, waiting } = pace();
  const watchers = new Watchers();
  const state = { value: 0 };
  const read = () => state.value;
  const stream = new StateStream({ timers, read, watch: watchers.watch, pauseMs: 100, ...options });
  const change = () => {
    state.value++;
    watchers.tell();
  };
  return { stream, pass, change, waiting };
}

/** Whether it is settled by now. */
async function isOver(promise: Promise<unknown>): Promise<boolean> {
  const not = Symbol("not");
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return (await Promise.race([promise, Promise.resolve(not)])) !== not;
}

test("at first it tells how it is, then when it has changed, and of many changes the last", async () => {
  const { stream, pass, change } = counting();
  expect(await stream.next()).toEqual({ done: false, value: 0 });
  const next = stream.next();
  for (let i = 0; i < 5; i++) change();
  expect(await isOver(next)).toBe(false);
  pass(100);
  expect(await next).toEqual({ done: false, value: 5 });
});

test("nothing is told while nothing changes, unless it is to be", async () => {
  const quiet = counting();
  await quiet.stream.next();
  const next = quiet.stream.next();
  quiet.pass(100_000);
  expect(await isOver(next)).toBe(false);
  const regular = counting({ everyMs: 1000 });
  await regular.stream.next();
  const again = regular.stream.next();
  regular.pass(1000);
  expect(await isOver(again)).toBe(true);
});

test("it ends at once, also while it is waited for, and leaves no timer", async () => {
  const { stream, waiting, change } = counting({ everyMs: 1000 });
  await stream.next();
  const next = stream.next();
  await stream.return();
  expect(await next).toEqual({ done: true, value: undefined });
  change();
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  expect(waiting()).toBe(0);
});

test("a state that cannot be told of ends it with the error", async () => {
  const error = new GlowError("denied", "test.read");
  const { stream } = counting({ read: () => Promise.reject(error) });
  await expect(stream.next()).rejects.toBe(error);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

// Waiting for what other processes do to files and to one another: there is nothing to listen to, so one looks again and again.

import { NodeTimers } from "#platform/nodejs/timers.ts";

/** Machines are slow and busy: whoever waits as long as this has found a fault. */
export const patienceMs = 120_000;
export const lookEveryMs = 50;

const timers = new NodeTimers();

/** For stories in which something happens meanwhile, at a moment that was drawn. */
export function pause(delayMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  timers.after(delayMs, resolve);
  return promise;
}

export async function until(what: string, isSo: () => Promise<boolean>, waitMs = patienceMs): Promise<void> {
  const endMs = performance.now() + waitMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`after ${waitMs / 1000} s still not so: ${what}`);
    await pause(lookEveryMs);
  }
}

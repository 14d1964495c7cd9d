// How long files wait for what others bring.

import { expect, test } from "vitest";
import { bindingLimits } from "#base/limits.ts";
import type { Timer, Timers } from "#glow";
import type { ObjectId } from "../contracts.ts";
import { ContentWaits } from "./content-waits.ts";

/** One that is set at a time. */
class OneTimer implements Timers {
  #fire: (() => void) | undefined;
  atMs = 0;

  after(delayMs: number, fire: () => void): Timer {
    this.#fire = fire;
    this.atMs += delayMs;
    return { cancel: () => (this.#fire = undefined) };
  }

  endOfTurn(): void {}

  get isSet(): boolean {
    return this.#fire !== undefined;
  }

  pass(): void {
    const fire = this.#fire;
    this.#fire = undefined;
    fire?.();
  }
}

const file = "a" as ObjectId;

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("ended"))));
}

function begin(timers: OneTimer, isComing = (): boolean => false): { waits: ContentWaits; waiting: Promise<unknown> } {
  const waits = new ContentWaits(timers);
  const waiting = waits.during(file, isComing, untilAborted).catch((thrown: unknown) => thrown);
  return { waits, waiting };
}

test("nobody is waited for longer than `bindingLimits.patienceMs` of whom nothing is coming", async () => {
  const timers = new OneTimer();
  let isComing = true;
  const { waiting } = begin(timers, () => isComing);
  timers.pass();
  timers.pass();
  expect(timers.isSet).toBe(true);
  isComing = false;
  timers.pass();
  expect(await waiting).toMatchObject({ kind: "unavailable" });
  expect(timers.atMs).toBe(3 * bindingLimits.patienceMs);
  expect(timers.isSet).toBe(false);
});

test("what the drive has something new of does not wait on", async () => {
  const timers = new OneTimer();
  const { waits, waiting } = begin(timers);
  waits.end("another" as ObjectId);
  expect(timers.isSet).toBe(true);
  waits.end(file);
  expect(await waiting).toMatchObject({ kind: "cancelled" });
  expect(timers.isSet).toBe(false);
});

test("nothing waits when it is stopped, nor begins to", async () => {
  const timers = new OneTimer();
  const { waits, waiting } = begin(timers);
  waits.stop();
  expect(await waiting).toMatchObject({ kind: "cancelled" });
  await expect(waits.during(file, () => true, untilAborted)).rejects.toMatchObject({ kind: "cancelled" });
});

test("what fails by itself fails as it does", async () => {
  const waits = new ContentWaits(new OneTimer());
  const failing = waits.during(
    file,
    () => false,
    () => Promise.reject(new Error("of its own")),
  );
  await expect(failing).rejects.toThrow("of its own");
});

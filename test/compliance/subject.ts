// What a compliance suite is run on. A suite states an interface's contract once; every implementation, real or
// simulated, passes a function that makes a fresh one and, where time does not pass by itself, a way to drive it.

import { describe, expect, test } from "vitest";
import { type ErrorKind, GlowError } from "#base/errors.ts";

export interface Subject<Thing> {
  readonly thing: Thing;
  /** Waits for `work`. A simulated world runs its events until `work` settles; a real one has nothing to do. */
  drive?<Result>(work: Promise<Result>): Promise<Result>;
  /** Releases what `make` took: files, sockets, workers. */
  dispose?(): Promise<void>;
}

export type MakeSubject<Thing> = () => Promise<Subject<Thing>>;

/** Registers one test of a suite, on a fresh subject. */
export type Check<Thing> = (title: string, body: (thing: Thing) => Promise<void>, timeoutMs?: number) => void;

/** A suite: `register` is given the function with which it adds its tests. */
export function suite<Thing>(name: string, make: MakeSubject<Thing>, register: (check: Check<Thing>) => void): void {
  describe(name, () => {
    register((title, body, timeoutMs = 10_000) => {
      test(title, () => runOn(make, body), timeoutMs);
    });
  });
}

async function runOn<Thing>(make: MakeSubject<Thing>, body: (thing: Thing) => Promise<void>): Promise<void> {
  const subject = await make();
  try {
    const work = body(subject.thing);
    await (subject.drive === undefined ? work : subject.drive(work));
  } finally {
    await subject.dispose?.();
  }
}

/** Expects a GlowError of one of `kinds`, with something for a person to read, and returns it. */
export async function failure(work: Promise<unknown>, ...kinds: ErrorKind[]): Promise<GlowError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error, `expected a failure (${kinds.join(" or ")})`).toBeInstanceOf(GlowError);
  if (!(error instanceof GlowError)) throw error;
  expect(kinds, error.toString()).toContain(error.kind);
  expect(error.op).toMatch(/^[a-z-]+\.[a-z-]+$/i);
  expect(error.message.length).toBeGreaterThan(0);
  return error;
}

/** `length` bytes that depend on `seed`, so that a packet or block in the wrong place shows. */
export function patterned(seed: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

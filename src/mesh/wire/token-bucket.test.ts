// How often something may happen, in virtual time.

import { expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

function bucketAt(burst: number, perSecond: number) {
  let nowMs = 5000;
  const clock = { monotonicMs: () => nowMs, wallMs: () => 0 };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { bucket: new TokenBucket(clock, burst, perSecond), pass, now: () => nowMs };
}

function takeAll(bucket: TokenBucket): number {
  let taken = 0;
  while (bucket.take()) taken++;
  return taken;
}

test("so many at once, then so many a second, and never more than the first number saved up", () => {
  const { bucket, pass } = bucketAt(10, 4);
  expect(takeAll(bucket)).toBe(10);
  pass(249);
  expect(takeAll(bucket)).toBe(0);
  pass(1);
  expect(takeAll(bucket)).toBe(1);
  pass(1_000_000);
  expect(takeAll(bucket)).toBe(10);
});

test("what is spent beyond what is left comes back before anything else", () => {
  const { bucket, pass } = bucketAt(10, 4);
  expect([bucket.spend(9), bucket.spend(9), bucket.spend(1)]).toEqual([true, true, false]);
  pass(2000);
  expect(bucket.spend(1)).toBe(false);
  pass(250);
  expect(bucket.spend(1)).toBe(true);
  expect(bucket.spend(1)).toBe(false);
});

test("at the time that it names there is one", () => {
  for (const perSecond of [3, 7, 0.5, 333]) {
    const { bucket, pass, now } = bucketAt(1, perSecond);
    for (let i = 0; i < 100; i++) {
      expect(bucket.take()).toBe(true);
      pass(0.1);
      pass(bucket.nextMs() - now());
    }
  }
});

// How long peers are left alone that fail, and those that lie.

import { expect, test } from "vitest";
import { type ErrorKind, GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { DeviceId } from "#glow";
import { Patience } from "./patience.ts";

const device = "device" as DeviceId;
const retryMs = replicationLimits.retryMs;
const longestRetryMs = replicationLimits.longestRetryMs;
const avoidMs = replicationLimits.avoidMs;
const longestAvoidMs = replicationLimits.longestAvoidMs;

function story() {
  let nowMs = 1000;
  const patience = new Patience({ monotonicMs: () => nowMs, wallMs: () => nowMs });
  return {
    patience,
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** Fails so often, each time when it may be asked again, and returns the last wait. */
    fail: (kind: ErrorKind, times: number): number => {
      for (let at = 0; at < times; at++) {
        nowMs += patience.waitMs(device);
        patience.failed(device, new GlowError(kind, "test.fail"));
      }
      return patience.waitMs(device);
    },
  };
}

test("a peer that cannot be reached is tried again soon, then ever later, up to a longest wait", () => {
  const { fail } = story();
  expect(fail("disconnected", 1)).toBe(retryMs);
  expect(fail("disconnected", 2)).toBe(4 * retryMs);
  expect(fail("unavailable", 20)).toBe(longestRetryMs);
});

test("a liar is left alone for longer, and no success makes that good", () => {
  const { patience, fail } = story();
  expect(fail("corrupt", 1)).toBe(avoidMs);
  patience.succeeded(device);
  patience.forgive(device);
  expect(patience.waitMs(device)).toBe(avoidMs);
  expect(fail("protocol", 1)).toBe(2 * avoidMs);
  expect(fail("too-large", 20)).toBe(longestAvoidMs);
});

test("a success makes good what was no lie", () => {
  const { patience, fail, pass } = story();
  pass(fail("disconnected", 6));
  patience.succeeded(device);
  expect(fail("disconnected", 1)).toBe(retryMs);
});

test("a peer of which nothing bad is known can be asked", () => {
  expect(story().patience.waitMs(device)).toBe(0);
});

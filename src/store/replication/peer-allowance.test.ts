// What one peer may ask for, and more than that.

import { expect, test } from "vitest";
import { replicationLimits } from "#base/limits.ts";
import { PeerAllowance } from "./peer-allowance.ts";

function allowance() {
  let nowMs = 0;
  const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { allowance: new PeerAllowance(clock), pass };
}

test.each([
  ["follows", replicationLimits.follows],
  ["fetches", replicationLimits.fetches],
  ["calls", replicationLimits.calls],
] as const)("of %s only so many are under way at once", (kind, most) => {
  const { allowance: own } = allowance();
  const ends = Array.from({ length: most }, () => own.begin(kind, "test.begin"));
  expect(() => own.begin(kind, "test.begin")).toThrow(expect.objectContaining({ kind: "exhausted" }));
  const [end] = ends;
  end?.();
  end?.();
  own.begin(kind, "test.begin");
  expect(() => own.begin(kind, "test.begin")).toThrow(expect.objectContaining({ kind: "exhausted" }));
});

test("look-ups are as many as the burst at once, and then so many a second", () => {
  const { allowance: own, pass } = allowance();
  const burst = replicationLimits.lookupBurst;
  const perSecond = replicationLimits.lookupsPerSecond;
  own.lookUp("test.look", burst, burst);
  expect(() => own.lookUp("test.look", 1, 10)).toThrow(expect.objectContaining({ kind: "exhausted" }));
  pass(500);
  own.lookUp("test.look", perSecond / 2, perSecond);
  expect(() => own.lookUp("test.look", 1, 10)).toThrow(expect.objectContaining({ kind: "exhausted" }));
});

test("one call looks up only so many", () => {
  const { allowance: own } = allowance();
  expect(() => own.lookUp("test.look", 11, 10)).toThrow(expect.objectContaining({ kind: "too-large" }));
});

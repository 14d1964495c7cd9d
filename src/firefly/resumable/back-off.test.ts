// How long is waited before a pipe is dialled again.

import { expect, test } from "vitest";
import { resumableLimits } from "#base/limits.ts";
import { SeededRandom } from "#base/random.ts";
import { BackOff } from "./back-off.ts";

test("waits double from `resumableLimits.redialFirstMs` to `resumableLimits.redialMaxMs`, less up to half", () => {
  const { redialFirstMs, redialMaxMs } = resumableLimits;
  const backOff = new BackOff(redialFirstMs, redialMaxMs, new SeededRandom("back-off"));
  for (const round of [1, 2]) {
    for (let i = 0; i < 2000; i++) {
      const full = Math.min(redialFirstMs * 2 ** i, redialMaxMs);
      const waitMs = backOff.nextMs();
      expect(waitMs, `wait ${i} of round ${round}`).toBeGreaterThanOrEqual(full / 2);
      expect(waitMs, `wait ${i} of round ${round}`).toBeLessThanOrEqual(full);
    }
    backOff.reset();
  }
});

test("two that were cut off together do not come back together", () => {
  const wait = (seed: string) => new BackOff(1000, 5000, new SeededRandom(seed)).nextMs();
  expect(wait("one")).not.toBeCloseTo(wait("other"), 0);
});

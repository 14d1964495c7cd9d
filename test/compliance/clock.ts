// The contract of Clock, together with the Timers of the same platform: what one measures the other must honour.

import { expect } from "vitest";
import type { Clock, Timers } from "#glow";
import { type MakeSubject, suite } from "./subject.ts";

export interface ClockSubject {
  readonly clock: Clock;
  readonly timers: Timers;
}

export function clockCompliance(name: string, make: MakeSubject<ClockSubject>): void {
  suite(`Clock: ${name}`, make, (check) => {
    check("monotonic time is finite and never goes back", async ({ clock }) => {
      let last = clock.monotonicMs();
      for (let i = 0; i < 20_000; i++) {
        const now = clock.monotonicMs();
        expect(Number.isFinite(now)).toBe(true);
        if (now < last) expect.fail(`went back from ${last} to ${now}`);
        last = now;
      }
    });

    check("monotonic time advances while a timer waits", async ({ clock, timers }) => {
      const before = clock.monotonicMs();
      await new Promise<void>((resolve) => timers.after(10, resolve));
      expect(clock.monotonicMs() - before).toBeGreaterThanOrEqual(10);
    });

    check("wall time is milliseconds since 1970, in this century", async ({ clock }) => {
      expect(clock.wallMs()).toBeGreaterThan(Date.UTC(2020, 0, 1));
      expect(clock.wallMs()).toBeLessThan(Date.UTC(2100, 0, 1));
    });
  });
}

// Time as a page is told it: in steps of 0.1 ms (5 us where the page is isolated from other origins), against
// attacks by timing.

import type { Clock } from "#glow";

export class BrowserClock implements Clock {
  monotonicMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }
}

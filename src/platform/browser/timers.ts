// Timers on a page's event loop. A page in the background gets its timers once a second or more seldom; nothing
// here can change that.

import { HostTimers } from "../host-timers.ts";

export class BrowserTimers extends HostTimers {
  /**
   * A page is not told when its promise reactions are over. Waiting for some number of microtasks would be before
   * the next event for certain, but after short chains of reactions only, and eight of them cost more (6.4 us in
   * Chromium 156) than one message to oneself (4.6 us). The message comes after chains of any length, behind the
   * events that are waiting already. It is not slowed down in pages in the background, as timers are.
   */
  constructor() {
    super((run) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = run;
      return () => port2.postMessage(undefined);
    });
  }
}

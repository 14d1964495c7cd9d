// A worker of a page that sends back every packet of each pipe it is given the port of.

import { MessagePortPipe } from "#firefly/pipes/message-port.ts";
import { BrowserTimers } from "#platform/browser/timers.ts";
import { echoPipe } from "../compliance/echo-pipe.ts";

const timers = new BrowserTimers();

addEventListener("message", ({ ports }) => {
  for (const port of ports) echoPipe(new MessagePortPipe(port, timers));
});

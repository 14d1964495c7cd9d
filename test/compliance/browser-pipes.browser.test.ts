// The pipes of a page against the contract of Pipe.

import { inject } from "vitest";
import { memoryPipes } from "#firefly/pipes/memory.ts";
import { MessagePortPipe } from "#firefly/pipes/message-port.ts";
import { BrowserNetwork } from "#platform/browser/network.ts";
import { BrowserTimers } from "#platform/browser/timers.ts";
import type {} from "../runtime/browser-addresses.ts";
import { pipeCompliance } from "./pipe.ts";

const timers = new BrowserTimers();

// Both ends are in this page; a server joins them.
pipeCompliance("WebSocketPipe, browser", async (near, far) => {
  const network = new BrowserNetwork(timers);
  const { pair } = inject("browserAddresses");
  near(await network.dial(pair));
  far(await network.dial(pair));
  return { thing: { timers } };
});

pipeCompliance("MessagePortPipe, browser", async (near, far) => {
  const { port1, port2 } = new MessageChannel();
  near(new MessagePortPipe(port1, timers));
  far(new MessagePortPipe(port2, timers));
  return { thing: { timers } };
});

pipeCompliance("memory, browser", async (near, far) => {
  const [first, second] = memoryPipes(timers);
  near(first);
  far(second);
  return { thing: { timers } };
});

// The pipes that need no network against the contract of Pipe.

import { MessageChannel } from "node:worker_threads";
import { memoryPipes } from "#firefly/pipes/memory.ts";
import { MessagePortPipe } from "#firefly/pipes/message-port.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { pipeCompliance } from "./pipe.ts";

const timers = new NodeTimers();

pipeCompliance("memory", async (near, far) => {
  const [first, second] = memoryPipes(timers);
  near(first);
  far(second);
  return { thing: { timers } };
});

pipeCompliance("MessagePortPipe, Node", async (near, far) => {
  const { port1, port2 } = new MessageChannel();
  near(new MessagePortPipe(port1, timers));
  far(new MessagePortPipe(port2, timers));
  return {
    thing: { timers },
    dispose: async () => {
      port1.close();
      port2.close();
    },
  };
});

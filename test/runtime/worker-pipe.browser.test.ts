// A pipe between a page and a worker of it: two real threads.

import { expect, test } from "vitest";
import { MessagePortPipe } from "#firefly/pipes/message-port.ts";
import { BrowserTimers } from "#platform/browser/timers.ts";
import { RecordingReceiver } from "../compliance/recording-receiver.ts";
import { patterned } from "../compliance/subject.ts";

test("packets come back from a worker, whole and in order", async () => {
  const worker = new Worker(new URL("./echo-worker.ts", import.meta.url), { type: "module" });
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(undefined, [port2]);
  const pipe = new MessagePortPipe(port1, new BrowserTimers());
  const end = new RecordingReceiver();
  pipe.attach(end);
  for (let i = 0; i < 200; i++) pipe.send([patterned(i, i * 100)]);
  await end.untilPackets(200);
  for (const [i, packet] of end.packets.entries()) expect(packet).toEqual(patterned(i, i * 100));
  pipe.close();
  expect((await end.untilClosed()).kind).toBe("disconnected");
  worker.terminate();
});

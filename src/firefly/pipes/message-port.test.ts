// A MessagePortPipe against ports whose other end does not keep to the protocol.

import { type MessagePort, MessageChannel, Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import type { ErrorKind } from "#base/errors.ts";
import { fireflyLimits, transportLimits } from "#base/limits.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { RecordingReceiver } from "../../../test/compliance/recording-receiver.ts";
import { MessagePortPipe } from "./message-port.ts";

const timers = new NodeTimers();

/** A pipe whose other end is a bare port. */
function pipeToPort(): { end: RecordingReceiver; pipe: MessagePortPipe; port: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  const end = new RecordingReceiver();
  const pipe = new MessagePortPipe(port1, timers);
  pipe.attach(end);
  return { end, pipe, port: port2 };
}

const hostile: readonly (readonly [string, unknown, ErrorKind])[] = [
  ["text", "hello", "protocol"],
  ["an object", { length: 3 }, "protocol"],
  ["a view instead of a buffer", new Uint8Array(3), "protocol"],
  ["nothing", undefined, "protocol"],
  ["credit never owed", 1, "protocol"],
  ["credit of zero", 0, "protocol"],
  ["negative credit", -1, "protocol"],
  ["credit that is no number", Number.NaN, "protocol"],
  ["credit without end", Number.POSITIVE_INFINITY, "protocol"],
  ["a part of a byte", 0.5, "protocol"],
  ["too large a packet", new ArrayBuffer(fireflyLimits.packetBytes + 1), "too-large"],
];

for (const [what, message, kind] of hostile) {
  test(`${what} ends the pipe as ${kind}`, async () => {
    const { end, port } = pipeToPort();
    port.postMessage(message);
    port.postMessage(new ArrayBuffer(1));
    expect((await end.untilClosed()).kind).toBe(kind);
    expect(end.packets).toEqual([]);
    port.close();
  });
}

test("more credit than was used ends the pipe", async () => {
  const { end, pipe, port } = pipeToPort();
  pipe.send([new Uint8Array(100)]);
  port.postMessage(101);
  expect((await end.untilClosed()).kind).toBe("protocol");
  port.close();
});

test("a peer that never says what it took is seen in bufferedBytes", () => {
  const { pipe, port } = pipeToPort();
  let room = true;
  let sent = 0;
  while (room) {
    room = pipe.send([new Uint8Array(64 * 1024)]);
    sent += 64 * 1024;
  }
  expect(sent).toBe(fireflyLimits.sendHighWaterBytes + 64 * 1024);
  expect(pipe.bufferedBytes).toBe(sent);
  port.close();
});

test("a port that is closed without a word is `disconnected`", async () => {
  const { end, port } = pipeToPort();
  port.close();
  expect((await end.untilClosed()).kind).toBe("disconnected");
});

test("a peer that never answers the close is waited for only so long", async () => {
  const { port1 } = new MessageChannel();
  const delays: number[] = [];
  let waited: () => void = () => undefined;
  const pipe = new MessagePortPipe(port1, {
    endOfTurn: (task) => timers.endOfTurn(task),
    after: (delayMs, task) => {
      delays.push(delayMs);
      waited = task;
      return { cancel: () => undefined };
    },
  });
  const end = new RecordingReceiver();
  pipe.attach(end);
  pipe.close();
  expect(end.ends).toEqual([]);
  expect(delays).toEqual([transportLimits.closeMs]);
  waited();
  expect((await end.untilClosed()).kind).toBe("disconnected");
});

test("what the giver still reads is not taken away from it", () => {
  const { pipe, port } = pipeToPort();
  const bytes = new Uint8Array([1, 2, 3]);
  pipe.send([bytes]);
  expect(bytes).toEqual(new Uint8Array([1, 2, 3]));
  port.close();
});

test("a thread that dies ends the pipe", async () => {
  const { port1, port2 } = new MessageChannel();
  const program = new URL("data:text/javascript,process.exit()");
  const worker = new Worker(program, { workerData: port2, transferList: [port2] });
  const end = new RecordingReceiver();
  new MessagePortPipe(port1, timers).attach(end);
  expect((await end.untilClosed()).kind).toBe("disconnected");
  await worker.terminate();
});

// A million packets through one resumable pipe, cut now and then, leave no trace in memory.

import { expect, test } from "vitest";
import { memoryPipes } from "#firefly/pipes/memory.ts";
import { ResumableAcceptor } from "#firefly/resumable/resumable-acceptor.ts";
import { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
import type { Pipe, PipeReceiver } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeRandom } from "#platform/nodejs/random.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";

const total = 1_000_000;
const cutEvery = 150_000;
/** From here on memory is compared: whatever is filled once has been filled. */
const warm = 200_000;
const slackBytes = 4 * 1024 * 1024;

test("memory is flat after a million packets", async () => {
  const powers = { clock: new NodeClock(), timers: new NodeTimers(), random: new NodeRandom() };
  let received = 0;
  let sum = 0;
  let raw: Pipe | undefined;
  let wake: () => void = () => undefined;
  const receiver: PipeReceiver = {
    packet: (bytes, start) => {
      sum += bytes[start] as number;
      if (++received % cutEvery === 0) raw?.close();
      if (received === warm || received === total) wake();
    },
    drained: () => undefined,
    closed: () => undefined,
  };
  const acceptor = new ResumableAcceptor({ ...powers, accept: (pipe) => pipe.attach(receiver) });
  const dial = async (): Promise<Pipe> => {
    const [near, far] = memoryPipes(powers.timers);
    raw = near;
    acceptor.take(far);
    return near;
  };
  const pipe = await dialResumable({ ...powers, dial });
  let sent = 0;
  let goal = 0;
  const fill = (): void => {
    for (let room = true; room && sent < goal; sent++) {
      room = pipe.send([Uint8Array.of(sent & 127), new Uint8Array(sent % 60)]);
    }
  };
  pipe.attach({ packet: () => undefined, drained: fill, closed: () => undefined });
  const sendUpTo = (count: number): Promise<void> => {
    goal = count;
    fill();
    return new Promise((resolve) => {
      wake = resolve;
    });
  };

  await sendUpTo(warm);
  const before = await usedBytes();
  await sendUpTo(total);
  const after = await usedBytes();
  expect(received).toBe(total);
  expect(sum).toBe(Array.from({ length: total }, (_, i) => i & 127).reduce((a, b) => a + b, 0));
  expect(pipe.reconnects).toBe(Math.floor(total / cutEvery));
  expect(after - before).toBeLessThan(slackBytes);
  expect([pipe.bufferedBytes, acceptor.heldBytes]).toEqual([0, 0]);
  pipe.close();
});

/** Buffers are freed by threads of their own, which on a busy machine take their time: the least of many looks counts. */
async function usedBytes(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error("run with --expose-gc");
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 20; look++) {
    // What a turn still holds is let go of in the next.
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

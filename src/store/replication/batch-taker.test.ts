// How many batches of one peer are taken in at once, and what becomes of those that cannot be.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { DeviceId, Space, Taken } from "#glow";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import { BatchTaker } from "./batch-taker.ts";
import { ReceivedBatches } from "./received-batches.ts";

/** A space that takes each batch when the test says so. */
class SlowSpace {
  readonly taking: PromiseWithResolvers<Taken>[] = [];

  take(): Promise<Taken> {
    const taking = Promise.withResolvers<Taken>();
    this.taking.push(taking);
    return taking.promise;
  }
}

function story() {
  const time = new VirtualTime();
  const space = new SlowSpace();
  const results: (Taken | GlowError)[] = [];
  const taker = new BatchTaker({
    ...time,
    space: space as object as Space,
    received: new ReceivedBatches(new NodeCrypto()),
    peer: "peer" as DeviceId,
    taken: (result) => results.push(result),
    failed: (error) => results.push(error),
  });
  return { time, space, taker, results };
}

function batch(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes);
}

async function isDone(work: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  void work.then(() => (isOver = true));
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  return isOver;
}

test(`of one peer ${replicationLimits.takes} are taken at once; the next one waits for one of them`, async () => {
  const { taker, space } = story();
  for (let at = 0; at < replicationLimits.takes; at++) expect(await isDone(taker.take(batch(10)))).toBe(true);
  const next = taker.take(batch(10));
  expect(await isDone(next)).toBe(false);
  expect(space.taking).toHaveLength(replicationLimits.takes);
  space.taking[5]?.resolve("taken");
  await next;
  expect(space.taking).toHaveLength(replicationLimits.takes + 1);
});

test(`and ${replicationLimits.takesBytes} bytes, or one batch that is larger`, async () => {
  const { taker, space } = story();
  expect(await isDone(taker.take(batch(replicationLimits.takesBytes + 1)))).toBe(true);
  const next = taker.take(batch(1));
  expect(await isDone(next)).toBe(false);
  space.taking[0]?.resolve("taken");
  await next;
});

test("after one that cannot be taken, nothing is", async () => {
  const { taker, space, results } = story();
  await taker.take(batch(1));
  await taker.take(batch(1));
  const settled = taker.settled();
  space.taking[0]?.reject(new GlowError("corrupt", "batch.take", { message: "forged" }));
  space.taking[1]?.resolve("taken");
  await expect(settled).rejects.toMatchObject({ kind: "corrupt" });
  await expect(taker.take(batch(1))).rejects.toMatchObject({ message: "forged" });
  expect(results).toEqual([expect.objectContaining({ kind: "corrupt" }), "taken"]);
});

test("who brings what is known already is read ever more slowly", async () => {
  const { taker, space, time } = story();
  const count = replicationLimits.idleNewsBurst + 2 * replicationLimits.idleNewsPerSecond;
  const work = (async () => {
    for (let at = 0; at < count; at++) {
      const taking = taker.take(batch(1));
      space.taking.at(-1)?.resolve("known");
      await taking;
    }
  })();
  await time.play(work);
  expect(time.nowMs).toBeGreaterThan(1900);
  expect(time.nowMs).toBeLessThan(2100);
});

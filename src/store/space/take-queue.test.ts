// Work in its order, batches in groups.

import { expect, test } from "vitest";
import { spaceLimits } from "#base/limits.ts";
import { type Brought, TakeQueue } from "./take-queue.ts";

/** Groups wait until they are let go. */
class Groups {
  readonly sizes: number[] = [];
  readonly seen: string[] = [];
  #release: (() => void) | undefined;

  readonly take = async (group: readonly Brought[]): Promise<void> => {
    this.sizes.push(group.length);
    this.seen.push(...group.map(({ bytes }) => `${bytes[0]}`));
    await new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    for (const { resolve } of group) resolve("taken");
  };

  async release(): Promise<void> {
    for (let i = 0; i < 20; i++) await Promise.resolve();
    this.#release?.();
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }
}

const batch = (number: number, sizeBytes = 1) => new Uint8Array(sizeBytes).fill(number);

test("what comes in a row is taken in together, and tasks have their turn in between", async () => {
  const groups = new Groups();
  const queue = new TakeQueue(groups.take);
  const taking = [queue.take(batch(1)), queue.take(batch(2))];
  const task = queue.run(async () => groups.seen.push("task"));
  const later = queue.take(batch(3));
  await groups.release();
  expect(await Promise.all(taking)).toEqual(["taken", "taken"]);
  await task;
  await groups.release();
  expect([await later, groups.seen, groups.sizes]).toEqual(["taken", ["1", "2", "task", "3"], [2, 1]]);
});

test("a task that fails holds up nobody", async () => {
  const queue = new TakeQueue(new Groups().take);
  const failing = queue.run(() => Promise.reject(new Error("no")));
  const next = queue.run(async () => "yes");
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("yes");
});

test("a group has at most `spaceLimits.groupBatches` and `spaceLimits.groupBytes`", async () => {
  const { groupBatches, groupBytes } = spaceLimits;
  const groups = new Groups();
  const queue = new TakeQueue(groups.take);
  const small = Array.from({ length: groupBatches + 1 }, () => queue.take(batch(1)));
  const large = [queue.take(batch(2, groupBytes)), queue.take(batch(3, groupBytes - 1))];
  for (let i = 0; i < 4; i++) await groups.release();
  await Promise.all([...small, ...large]);
  expect(groups.sizes).toEqual([groupBatches, 1, 1, 1]);
});

test("no more than `spaceLimits.queuedBatches` and `spaceLimits.queuedBytes` wait", async () => {
  const { queuedBatches, queuedBytes } = spaceLimits;
  const exhausted = { kind: "exhausted" };
  const many = new TakeQueue(() => new Promise(() => undefined));
  for (let i = 0; i < queuedBatches; i++) void many.take(batch(1));
  await expect(many.take(batch(1))).rejects.toMatchObject(exhausted);
  const large = new TakeQueue(() => new Promise(() => undefined));
  void large.take(batch(1, queuedBytes));
  await expect(large.take(batch(1))).rejects.toMatchObject(exhausted);
});

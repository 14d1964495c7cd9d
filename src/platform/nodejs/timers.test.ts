// What Node's timers do beyond the contract of Timers.

import { expect, test } from "vitest";
import { NodeTimers } from "./timers.ts";

test("endOfTurn runs before the next event, after the promises of this one", async () => {
  const timers = new NodeTimers();
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      order.push("event 1");
      timers.endOfTurn(() => order.push("end of 1"));
      void Promise.resolve()
        .then(() => undefined)
        .then(() => order.push("reaction of 1"));
    });
    setImmediate(() => {
      order.push("event 2");
      resolve();
    });
  });
  expect(order).toEqual(["event 1", "reaction of 1", "end of 1", "event 2"]);
});

test("a task that throws is reported, and holds up no other", async () => {
  const timers = new NodeTimers();
  const order: string[] = [];
  const reported = new Promise<unknown>((resolve) => {
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", (error) => {
      for (const other of others) process.on("uncaughtException", other);
      resolve(error);
    });
  });
  const boom = new Error("boom");
  timers.endOfTurn(() => order.push("before"));
  timers.endOfTurn(() => {
    throw boom;
  });
  timers.endOfTurn(() => order.push("after"));
  expect(await reported).toBe(boom);
  await new Promise<void>((resolve) => timers.endOfTurn(resolve));
  expect(order).toEqual(["before", "after"]);
});

// What a page's timers do beyond the contract of Timers.

import { expect, test } from "vitest";
import { BrowserTimers } from "./timers.ts";

test("a task of endOfTurn that throws is reported, and holds up no other", async () => {
  const timers = new BrowserTimers();
  const order: string[] = [];
  const reported = new Promise<unknown>((resolve) => {
    const listener = (event: ErrorEvent) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      removeEventListener("error", listener, { capture: true });
      resolve(event.error);
    };
    addEventListener("error", listener, { capture: true });
  });
  const boom = new Error("boom");
  timers.endOfTurn(() => {
    throw boom;
  });
  timers.endOfTurn(() => order.push("after"));
  await new Promise<void>((resolve) => timers.endOfTurn(resolve));
  expect(await reported).toBe(boom);
  expect(order).toEqual(["after"]);
});

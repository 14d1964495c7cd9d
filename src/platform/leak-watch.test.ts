// The garbage collector's word on what was dropped; vitest runs with `gc()` exposed.

import { expect, test } from "vitest";
import { RegistryLeakWatch } from "./leak-watch.ts";

test("tells of what was dropped, and not of what was released", async () => {
  const watch = new RegistryLeakWatch();
  const told: string[] = [];
  // In a function of its own, so that no variable here keeps the objects.
  (() => {
    const released = { name: "released" };
    watch.watch(released, () => told.push("released"));
    watch.watch({ name: "dropped" }, () => told.push("dropped"));
    watch.unwatch(released);
  })();
  for (let i = 0; i < 100 && told.length === 0; i++) {
    globalThis.gc?.();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(told).toEqual(["dropped"]);
});

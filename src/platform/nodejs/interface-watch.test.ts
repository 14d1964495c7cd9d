// Whoever watches the interfaces hears what there is, and of each change; one look is for all.

import { expect, test } from "vitest";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import { type NetworkInterface, watchInterfaces } from "./interface-watch.ts";

const cable: NetworkInterface = {
  name: "eth0",
  addresses: [{ family: "ipv4", address: "192.0.2.1", cidr: "192.0.2.1/24" }],
};

test("what there is is told soon, and each change within a second", async () => {
  const time = new VirtualTime();
  let now: readonly NetworkInterface[] = [];
  const told: (readonly NetworkInterface[])[] = [];
  const watch = watchInterfaces(
    time.timers,
    (interfaces) => told.push(interfaces),
    () => now,
  );
  await time.until(5000);
  expect(told).toEqual([[]]);
  now = [cable];
  await time.until(6000);
  expect(told).toEqual([[], [cable]]);
  watch.stop();
  now = [];
  await time.until(9000);
  expect(told).toEqual([[], [cable]]);
  expect(time.pending).toBe(0);
});

test("two who watch those of the system have one timer, until both have stopped", async () => {
  const time = new VirtualTime();
  const told: string[] = [];
  const first = watchInterfaces(time.timers, () => told.push("first"));
  await time.until(1000);
  const second = watchInterfaces(time.timers, () => told.push("second"));
  await time.until(1000 + 1);
  expect(new Set(told)).toEqual(new Set(["first", "second"]));
  expect(time.pending).toBe(1);
  first.stop();
  expect(time.pending).toBe(1);
  second.stop();
  expect(time.pending).toBe(0);
});

// Two relays between two nodes, of which the one that carries everything is killed: the other takes over within a few
// seconds, however lately it was started, and whatever was thought of it before.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { MeshWorld } from "./mesh-world.ts";

const links = [
  ["a", "b"],
  ["b", "c"],
  ["a", "d"],
  ["d", "c"],
] as const;

/** Links live through so much silence; a session has its doubts after less. */
const pauseMs = 900;
const mostMs = 4000;

/** What is under way between the two waits for a while, as it does when one of them is busy with something else. */
async function pause(mesh: MeshWorld, one: string, other: string): Promise<void> {
  const barrier = mesh.world.network.partition([one], [other]);
  await mesh.run(pauseMs);
  barrier.heal();
}

test("over a relay that suspects the last step of the way, which is the only one", async () => {
  const mesh = await MeshWorld.start({ links });
  // What d says of c is no better than what a has told of it: only a newer sequence makes that way safe.
  mesh.world.network.disturb("d", "c", { latencyMs: 18 });
  mesh.node("d").crash("kill");
  await mesh.run(100);
  mesh.node("d").start();
  await mesh.run(3000);
  await mesh.expectServed("a", "c");
  expect([mesh.next("a", "c"), mesh.next("d", "c")]).toEqual(["b", "c"]);
  await mesh.session("d", "c");
  await mesh.send(
    "d",
    "c",
    Array.from({ length: 50 }, () => 20_000),
  );
  await pause(mesh, "d", "c");
  await mesh.run(300);
  mesh.node("b").crash("kill");
  await mesh.expectServed("a", "c", mostMs);
  expect(mesh.next("a", "c")).toBe("d");
});

test("whichever is killed, whenever, while links hold up for a moment now and then", async () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 3000 }),
    paused: fc.option(fc.constantFrom(...links), { nil: undefined }),
    latencyMs: fc.constantFrom(0, 10, 18, 40),
    slow: fc.constantFrom(...links),
  });
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 1, maxLength: 5 }), async (seed, steps) => {
      const mesh = await MeshWorld.start({ seed, links });
      const session = await mesh.session("a", "c");
      for (const { waitMs, paused, latencyMs, slow } of steps) {
        const slower = mesh.world.network.disturb(slow[0], slow[1], { latencyMs });
        await mesh.run(waitMs);
        if (paused !== undefined) await pause(mesh, paused[0], paused[1]);
        const relay = mesh.next("a", "c") ?? "b";
        mesh.node(relay).crash("kill");
        await mesh.expectServed("a", "c", mostMs);
        await mesh.expectServed("c", "a", mostMs);
        mesh.node(relay).start();
        await mesh.until(() => mesh.links("a", relay).length > 0 && mesh.links(relay, "c").length > 0);
        slower.heal();
      }
      expect(await mesh.session("a", "c")).toBe(session);
    }),
    { numRuns: 4 },
  );
});

// Links that come and go between a few nodes, several of them between the same two: streams go on, and when all is quiet
// everybody has a way to everybody. Which link routing speaks over is chosen anew each time, and never left open.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { linkLimits, meshSessionLimits, routerLimits } from "#base/limits.ts";
import { MeshWorld } from "./mesh-world.ts";
import { runs } from "../../arbitraries/runs.ts";

const names = ["a", "b", "c", "d", "e"] as const;

const step = fc.record({
  from: fc.nat(),
  to: fc.nat(),
  what: fc.constantFrom("dial", "dial", "dial", "close", "close", "cut", "silence"),
  which: fc.nat(),
  waitMs: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 2500 })),
});

test("whatever comes and goes, streams are exact, and after some quiet there are routes between all", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.integer({ min: 3, max: 5 }),
      fc.array(step, { minLength: 1, maxLength: 25 }),
      async (seed, count, steps) => {
        const used = names.slice(0, count);
        // A line that is dialled anew whenever it breaks; what the steps add is beside it.
        const links = used.slice(1).map((name, at) => [used[at] as string, name] as const);
        const mesh = await MeshWorld.start({ seed, links });
        const first = used[0] as string;
        const last = used.at(-1) as string;
        const sizes = Array.from({ length: 120 }, (_, at) => (at * 997) % 30_000);
        const streams = [await mesh.send(first, last, sizes), await mesh.send(last, first, sizes, "interactive")];
        for (const { from, to, what, which, waitMs } of steps) {
          const one = used[from % count] as string;
          const other = used[(from + 1 + (to % (count - 1))) % count] as string;
          act(mesh, one, other, what, which);
          await mesh.run(waitMs);
          expect(mesh.links(one, other).length).toBeLessThanOrEqual(linkLimits.perNeighbour);
        }
        mesh.world.network.healAll();
        await mesh.until(() => streams.every(({ checker }) => checker.complete), meshSessionLimits.graceMs);
        expect(streams.flatMap(({ ends }) => ends)).toEqual([]);
        await mesh.run(8000);
        for (const one of used) {
          for (const other of used) {
            if (one !== other) expect(mesh.next(one, other), `${one} to ${other}`).toBeDefined();
          }
        }
        for (const name of used) expect(mesh.router(name).heldBytes()).toBe(0);
      },
    ),
    { numRuns: runs(12) },
  );
});

test("what waits goes over another link of the same neighbour in the turn in which the best one dies", async () => {
  const mesh = await MeshWorld.start({
    links: [
      ["a", "m"],
      ["m", "c"],
    ],
  });
  await mesh.dial("m", "c");
  await mesh.dial("m", "c");
  await mesh.run(500);
  const traffic = await mesh.send(
    "a",
    "c",
    Array.from({ length: 300 }, () => 20_000),
  );
  await mesh.run(100);
  const closeBest = () => {
    const [...neighbours] = mesh.router("m").neighbours();
    const { best } = neighbours.find(({ id }) => id === mesh.id("c")) ?? {};
    best?.close(new GlowError("disconnected", "test.close", { message: "this link is to end" }));
  };
  closeBest();
  await mesh.run(100);
  closeBest();
  await mesh.until(() => traffic.checker.complete, 3000);
  expect(traffic.ends).toEqual([]);
  expect(mesh.router("a").route(mesh.id("c"))?.next).toBe(mesh.id("m"));
});

test("the round trip that counts is the smallest of the last roundTripSamples, taken every ticksPerPing ticks", async () => {
  const mesh = await MeshWorld.start({ links: [["a", "c"]] });
  // The first measurement comes with the link; before it there is only an assumption.
  expect(mesh.link("a", "c").metrics().roundTripMs).toBeLessThan(linkLimits.assumedRoundTripMs);
  const slower = mesh.world.network.disturb("a", "c", { latencyMs: 90 });
  const pingMs = linkLimits.tickMs * linkLimits.ticksPerPing;
  await mesh.run(pingMs * (linkLimits.roundTripSamples - 2));
  expect(mesh.link("a", "c").metrics().roundTripMs).toBeLessThan(20);
  await mesh.run(pingMs * 4);
  expect(mesh.link("a", "c").metrics().roundTripMs).toBeGreaterThan(90);
  slower.heal();
  await mesh.run(pingMs + 500);
  expect(mesh.link("a", "c").metrics().roundTripMs).toBeLessThan(20);
  expect(routerLimits.avoidMs).toBeGreaterThan(pingMs);
});

function act(mesh: MeshWorld, one: string, other: string, what: string, which: number): void {
  const links = mesh.links(one, other);
  const link = links[which % Math.max(1, links.length)];
  if (what === "dial") mesh.node(one).tell((own) => void own.dial(mesh.address(other)).catch(() => undefined));
  else if (what === "close")
    link?.close(new GlowError("disconnected", "test.close", { message: "closed by the test" }));
  else if (what === "cut" && links.length > 0) mesh.world.network.cut(one, other, "half-open");
  else if (what === "silence" && links.length > 0) mesh.world.network.cut(one, other, "silent");
}

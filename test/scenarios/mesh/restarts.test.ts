// Nodes that die and come back, and nodes that do the same thing at the same time: in the end there is one session, that
// both sides use, and nothing is left of the others.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meshSessionLimits, routerLimits } from "#base/limits.ts";
import { MeshWorld } from "./mesh-world.ts";
import { runs } from "../../arbitraries/runs.ts";

const line = [
  ["a", "m"],
  ["m", "c"],
] as const;
const neighbours = [["a", "c"]] as const;
const packets = Array.from({ length: 400 }, () => 20_000);

describe("a node that is started anew in the middle of a stream", () => {
  for (const [where, links] of [
    ["over a relay", line],
    ["next to it", neighbours],
  ] as const) {
    for (const manner of ["kill", "power"] as const) {
      test(`ends the old session soon on the other side, and has a new one (${where}, ${manner})`, async () => {
        const mesh = await MeshWorld.start({ links });
        const traffic = await mesh.send("a", "c", packets);
        await mesh.run(30);
        mesh.node("c").crash(manner);
        await mesh.run(500);
        mesh.node("c").start();
        const startedMs = mesh.world.nowMs;
        await mesh.until(() => traffic.ends.length > 0, 10_000);
        expect(mesh.world.nowMs - startedMs).toBeLessThan(6000);
        expect(traffic.ends[0]?.kind).toBe("disconnected");
        expect(traffic.checker.wrong).toBeUndefined();
        await mesh.expectServed("a", "c");
        await mesh.expectServed("c", "a");
        await expectClean(mesh);
      });
    }
  }

  test("both of them at once: neither has a memory of it", async () => {
    const mesh = await MeshWorld.start({ links: line });
    await mesh.send("a", "c", packets);
    await mesh.run(30);
    for (const name of ["a", "c"]) mesh.node(name).crash("power");
    await mesh.run(200);
    for (const name of ["a", "c"]) mesh.node(name).start();
    await mesh.run(5000);
    await mesh.expectServed("a", "c");
    await mesh.expectServed("c", "a");
    await expectClean(mesh);
  });

  test("the relay between them: the stream survives it", async () => {
    const mesh = await MeshWorld.start({ links: line });
    const traffic = await mesh.send("a", "c", packets);
    await mesh.run(30);
    mesh.node("m").crash("power");
    await mesh.run(2000);
    mesh.node("m").start();
    await mesh.until(() => traffic.checker.complete, 20_000);
    expect(traffic.ends).toEqual([]);
    await expectClean(mesh);
  });
});

describe("both sides at the same time", () => {
  test("begin a session: one comes of it, on both sides, whatever comes first and whatever is lost", async () => {
    const scenario = fc.record({
      seed: fc.nat(),
      delayMs: fc.integer({ min: 0, max: 400 }),
      latencyMs: fc.integer({ min: 0, max: 300 }),
      backMs: fc.integer({ min: 0, max: 300 }),
      lost: fc.array(fc.boolean(), { maxLength: 12 }),
      isDirect: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ seed, delayMs, latencyMs, backMs, lost, isDirect }) => {
        const mesh = await MeshWorld.start({ seed, links: isDirect ? neighbours : line });
        const far = isDirect ? "c" : "m";
        mesh.world.network.disturb("a", far, { latencyMs, jitterMs: 0 });
        mesh.world.network.disturb(far, "a", { latencyMs: backMs, jitterMs: 0 });
        const losses = [...lost];
        if (!isDirect)
          mesh.subvert(
            "m",
            (honest) =>
              (...packet) =>
                losses.shift() === true ? undefined : honest(...packet),
          );
        const sessions: Promise<unknown>[] = [];
        mesh.node("a").tell(({ router }) => sessions.push(router.session(mesh.id("c"))));
        await mesh.run(delayMs);
        mesh.node("c").tell(({ router }) => sessions.push(router.session(mesh.id("a"))));
        await mesh.run(1);
        await mesh.world.finish(Promise.all(sessions));
        // Long enough for what was said twice to be forgotten.
        await mesh.run(routerLimits.setupMs + 5000);
        await mesh.expectServed("a", "c");
        await mesh.expectServed("c", "a");
        const [one, other] = [[...mesh.router("a").sessions()], [...mesh.router("c").sessions()]];
        expect([one.length, other.length]).toEqual([1, 1]);
        expect(one[0]?.localTag).toBe(other[0]?.remoteTag);
        expect(one[0]?.remoteTag).toBe(other[0]?.localTag);
        await expectClean(mesh);
      }),
      { numRuns: runs(20) },
    );
  });

  test("dial: the links that come of it are all known to both, and used", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 4 }), async (seed, delays) => {
        const mesh = await MeshWorld.start({
          seed,
          links: [
            ["a", "c"],
            ["c", "a"],
          ],
        });
        for (const [at, delayMs] of delays.entries()) {
          const [from, to] = at % 2 === 0 ? (["a", "c"] as const) : (["c", "a"] as const);
          mesh.node(from).tell((own) => void own.dial(mesh.address(to)).catch(() => undefined));
          await mesh.run(delayMs);
        }
        await mesh.run(3000);
        expect(mesh.links("a", "c").length).toBeGreaterThan(0);
        expect(mesh.links("a", "c").length).toBe(mesh.links("c", "a").length);
        expect(mesh.next("a", "c")).toBe("c");
        expect(mesh.next("c", "a")).toBe("a");
        await mesh.expectServed("a", "c");
      }),
      { numRuns: runs(10) },
    );
  });
});

describe("waiting", () => {
  test("for a route ends after routeWaitMs, for an answer after setupMs, and at once if it is given up", async () => {
    const mesh = await MeshWorld.start({ links: line });
    const { router } = mesh.mesh("a");
    const nobody = mesh.id("m").replace(/^../, "dz") as never;
    const began = mesh.world.nowMs;
    await expect(mesh.world.finish(router.session(nobody))).rejects.toMatchObject({ kind: "not-found" });
    expect(mesh.world.nowMs - began).toBeCloseTo(routerLimits.routeWaitMs, -1);
    mesh.subvert("m", () => () => undefined);
    const asked = mesh.world.nowMs;
    await expect(mesh.world.finish(router.session(mesh.id("c")))).rejects.toMatchObject({ kind: "unavailable" });
    expect(mesh.world.nowMs - asked).toBeGreaterThanOrEqual(routerLimits.setupMs);
    expect(mesh.world.nowMs - asked).toBeLessThan(routerLimits.setupMs + 20 * routerLimits.setupRetryMs);
    for (const isEarly of [true, false]) {
      const giveUp = new AbortController();
      if (isEarly) giveUp.abort();
      const given = router.session(mesh.id("c"), giveUp.signal);
      giveUp.abort();
      await expect(mesh.world.finish(given, 100)).rejects.toMatchObject({ kind: "cancelled" });
    }
    expect([...router.sessions()]).toEqual([]);
  });

  test("for a way that damages every answer ends too, after setupMs", async () => {
    const mesh = await MeshWorld.start({ links: line });
    mesh.subvert("m", (honest) => (link, header, body) => {
      honest(
        link,
        header,
        body.map((piece) => piece.map((byte, at) => (at === 60 ? byte ^ 1 : byte))),
      );
    });
    const began = mesh.world.nowMs;
    const session = mesh.world.finish(mesh.router("a").session(mesh.id("c")), 60_000);
    await expect(session).rejects.toMatchObject({ kind: "unavailable" });
    expect(mesh.world.nowMs - began).toBeLessThan(routerLimits.setupMs + 20 * routerLimits.setupRetryMs);
  });
});

describe("a node that closes", () => {
  test("in the middle of everything leaves no timer, no attempt and nobody waiting", async () => {
    for (const afterMs of [0, 5, 10, 20, 100, 400, 1000]) {
      const mesh = await MeshWorld.start({ links: line });
      if (afterMs > 50)
        mesh.subvert(
          "m",
          (honest) => (link, header, body) =>
            honest(
              link,
              header,
              body.map((piece) => piece.fill(7)),
            ),
        );
      const waiting = mesh
        .router("a")
        .session(mesh.id("c"))
        .then(
          () => "a session",
          ({ kind }: { readonly kind: string }) => kind,
        );
      await mesh.run(afterMs);
      await mesh.world.finish(Promise.all(mesh.names.map((name) => mesh.mesh(name).close())));
      expect(["a session", "cancelled", "released", "disconnected"]).toContain(await mesh.world.finish(waiting, 1));
      expect(mesh.router("a").setupsUnderWay()).toBe(0);
      // Runs dry: what goes on for ever would be found out.
      await mesh.world.run({ mostEvents: 20_000 });
      await expect(mesh.router("a").session(mesh.id("c"))).rejects.toMatchObject({ kind: "released" });
    }
  });
});

/** Nothing is under way, and once all is said nothing is left to be done but to keep links alive. */
async function expectClean(mesh: MeshWorld): Promise<void> {
  await mesh.run(routerLimits.setupMs + 1000);
  for (const name of mesh.names) {
    expect(mesh.router(name).setupsUnderWay()).toBe(0);
    expect(mesh.router(name).heldBytes()).toBe(0);
  }
  expect(meshSessionLimits.graceMs).toBeGreaterThan(routerLimits.setupMs);
}

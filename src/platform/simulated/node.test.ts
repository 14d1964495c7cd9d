// Lives and deaths of a node's program: what a crash ends, what outlives it, and that nothing of a dead program acts.

import { describe, expect, test } from "vitest";
import { toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { randomBytes } from "#base/random.ts";
import type { Address, Platform } from "#glow";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import type { CrashManner } from "./node.ts";
import { World } from "./world.ts";

const manners: readonly CrashManner[] = ["kill", "power"];

function newWorld(seed = 1): World {
  return new World(nodeHost, { seed });
}

function ghosts(world: World): number {
  return world.timeline.trace.counts.get("ghost") ?? 0;
}

describe("a crash", () => {
  for (const manner of manners) {
    test(`by ${manner} ends timers, turns, disk operations, dials and listeners`, async () => {
      const world = newWorld();
      const effects: string[] = [];
      const node = world.addNode("node", {
        boot: async ({ timers, disk, network }) => {
          await network.listen("sim://node:1" as Address, () => effects.push("accepted"));
          timers.after(100, () => effects.push("timer"));
          void disk.open("file", "if-missing").then(() => effects.push("opened"));
          network.dial("sim://other:1" as Address).then(
            () => effects.push("dialled"),
            () => effects.push("dial failed"),
          );
          timers.after(0.001, () => {
            timers.endOfTurn(() => effects.push("end of turn"));
            node.crash(manner);
          });
        },
      });
      world.addNode("other", { boot: () => undefined });
      await world.run({ untilMs: 100_000 });
      expect(effects).toEqual([]);
      expect(node.up).toBe(false);
      expect(node.handle).toBeUndefined();
    });
  }

  test("leaves continuations behind that compute on, and touch nothing", async () => {
    const world = newWorld();
    const effects: string[] = [];
    const received: number[] = [];
    world.addNode("peer", {
      boot: ({ network }) =>
        network.listen("sim://peer:1" as Address, (pipe) =>
          pipe.attach({ packet: (_, start, end) => received.push(end - start), drained() {}, closed() {} }),
        ),
    });
    const node = world.addNode("node", {
      boot: async ({ network, disk, timers, clock, random }) => {
        const file = await disk.open("file", "if-missing");
        const pipe = await network.dial("sim://peer:1" as Address);
        pipe.attach({ packet() {}, drained() {}, closed: () => effects.push("closed") });
        const act = () => {
          pipe.send([new Uint8Array(7)]);
          pipe.close();
          timers.after(1, () => effects.push("timer"));
          timers.endOfTurn(() => effects.push("end of turn"));
          void file.write(0, new Uint8Array(1)).then(() => effects.push("written"));
          void network.dial("sim://peer:1" as Address).then(() => effects.push("dialled"));
          random.fill(new Uint8Array(1));
          return clock.monotonicMs();
        };
        return { act };
      },
    });
    await world.run({ untilMs: 1000 });
    const act = node.handle?.act as () => number;
    node.crash("kill");
    const before = act();
    await world.run({ untilMs: 100_000 });
    expect(act(), "the clock of the dead stands still").toBe(before);
    await world.run({ untilMs: 200_000 });
    expect(effects).toEqual([]);
    expect(received).toEqual([]);
    expect(ghosts(world)).toBe(12);
  });

  test("of a node that is down, or a start of one that is up, does nothing", async () => {
    const world = newWorld();
    let boots = 0;
    const node = world.addNode("node", { boot: () => ++boots });
    node.start();
    await world.run();
    node.crash("kill");
    node.crash("power");
    node.start();
    await world.run();
    expect(boots).toBe(2);
    expect(node.handle).toBe(2);
  });

  test("while it boots leaves no handle behind", async () => {
    const world = newWorld();
    let boots = 0;
    const boot = async ({ timers }: Platform) => {
      const life = ++boots;
      await new Promise<void>((resolve) => timers.after(100, resolve));
      return life;
    };
    const node = world.addNode("node", { boot });
    await world.run({ untilMs: 50 });
    node.crash("kill");
    node.start();
    await world.run({ untilMs: 120 });
    expect(node.handle).toBeUndefined();
    await world.run();
    expect(node.handle).toBe(2);
  });
});

describe("lives of a node", () => {
  test("have randomness and monotonic clocks of their own, and one wall clock", async () => {
    const world = newWorld();
    const lives: { random: string; monotonicMs: number; wallMs: number }[] = [];
    const boot = ({ random, clock }: Platform) =>
      void lives.push({
        random: toHex(randomBytes(random, 8)),
        monotonicMs: clock.monotonicMs(),
        wallMs: clock.wallMs(),
      });
    const node = world.addNode("node", { boot, clockRate: 1 });
    await world.run();
    node.crash("kill");
    await world.run({ untilMs: 1000 });
    node.start();
    await world.run();
    expect(lives.length).toBe(2);
    const [first, second] = lives;
    expect(first?.random).not.toBe(second?.random);
    expect(second?.monotonicMs).not.toBe((first?.monotonicMs ?? 0) + 1000);
    expect(second?.wallMs).toBeCloseTo((first?.wallMs ?? 0) + 1000, 6);
  });

  test("have keys that follow from seed, name and life alone", async () => {
    const keyOf = async (seed: number, names: readonly string[]) => {
      const world = newWorld(seed);
      const boot = ({ crypto, random }: Platform) => toHex(crypto.keyPair("ed25519", random).publicKey);
      const nodes = names.map((name) => world.addNode(name, { boot }));
      await world.run();
      return nodes.at(-1)?.handle;
    };
    const key = await keyOf(1, ["a"]);
    expect(await keyOf(1, ["c", "b", "a"])).toBe(key);
    expect(await keyOf(2, ["a"])).not.toBe(key);
    expect(await keyOf(1, ["b"])).not.toBe(key);
  });
});

describe("clocks", () => {
  test("of nodes differ, drift apart and jump; timers follow their node's", async () => {
    const world = newWorld();
    const rung = new Map<string, number>();
    for (const [name, clockRate] of [
      ["fast", 2],
      ["slow", 0.5],
    ] as const) {
      const boot = (platform: Platform) => {
        platform.timers.after(1000, () => rung.set(name, world.nowMs));
        return platform;
      };
      world.addNode(name, { boot, clockRate, wallOffsetMs: 0 });
    }
    await world.run({ untilMs: 10_000 });
    expect(rung.get("fast")).toBeCloseTo(500, 5);
    expect(rung.get("slow")).toBeCloseTo(2000, 5);
    const wall = (name: string) => (world.node(name).handle as Platform).clock.wallMs();
    expect(wall("fast") - wall("slow")).toBeCloseTo(15_000, 3);
    world.node("slow").stepClock(-60_000);
    expect(wall("fast") - wall("slow")).toBeCloseTo(75_000, 3);
  });

  test("that change their rate move the timers that wait, and keep their order", async () => {
    const world = newWorld();
    const rung: [number, number][] = [];
    const node = world.addNode("node", {
      clockRate: 1,
      boot: ({ timers, clock }) => {
        const start = clock.monotonicMs();
        for (const ms of [3000, 1000, 2000])
          timers.after(ms, () => rung.push([clock.monotonicMs() - start, world.nowMs]));
      },
    });
    await world.run({ untilMs: 500 });
    node.setClockRate(0.5);
    await world.run({ untilMs: 2500 });
    node.setClockRate(10);
    await world.run();
    expect(rung.map(([own]) => Math.round(own))).toEqual([1000, 2000, 3000]);
    expect(rung.map(([, worlds]) => Math.round(worlds))).toEqual([1500, 2550, 2650]);
  });
});

describe("a pause", () => {
  test("holds back all events of the node and then lets them happen, in order", async () => {
    const world = newWorld();
    const seen: string[] = [];
    const node = world.addNode("node", {
      clockRate: 1,
      boot: ({ timers, network }) => {
        for (const ms of [10, 20, 5000]) timers.after(ms, () => seen.push(`timer ${ms} at ${Math.round(world.nowMs)}`));
        return network.listen("sim://node:1" as Address, (pipe) => {
          seen.push(`accepted at ${Math.round(world.nowMs)}`);
          pipe.attach({ packet() {}, drained() {}, closed() {} });
        });
      },
    });
    await world.run({ untilMs: 1 });
    node.pause(1000);
    await world.run({ untilMs: 500 });
    node.pause(2000);
    node.pause(10);
    world.addNode("peer", {
      boot: ({ network }) => {
        network.dial("sim://node:1" as Address).catch(() => undefined);
      },
    });
    await world.run({ untilMs: 4000 });
    expect(seen.slice(0, 2)).toEqual(["timer 10 at 2500", "timer 20 at 2500"]);
    expect(seen[2]).toMatch(/^accepted at 2[5-9]..$/);
    await world.run();
    expect(seen.at(-1)).toBe("timer 5000 at 5000");
  });

  test("holds back what the program is told from outside; a crash drops it", async () => {
    const world = newWorld();
    const told: string[] = [];
    const boot = () => (what: string) => void told.push(`${what} at ${Math.round(world.nowMs)}`);
    const node = world.addNode("node", { boot });
    expect(node.tell((tell) => tell("while it starts"))).toBe(false);
    await world.run({ untilMs: 1 });
    node.tell((tell) => tell("now"));
    await world.run({ untilMs: 2 });
    node.pause(100);
    expect(node.tell((tell) => tell("paused"))).toBe(true);
    await world.run({ untilMs: 200 });
    expect(told).toEqual(["now at 1", "paused at 102"]);
    node.tell((tell) => tell("too late"));
    node.crash("kill");
    expect(node.tell((tell) => tell("down"))).toBe(false);
    await world.run();
    expect(told.length).toBe(2);
  });

  test("does not outlive a crash", async () => {
    const world = newWorld();
    const node = world.addNode("node", { boot: ({ timers }) => void timers.after(10, () => rung++) });
    let rung = 0;
    await world.run({ untilMs: 1 });
    node.pause(100_000);
    node.crash("kill");
    node.start();
    await world.run({ untilMs: 1000 });
    expect(rung).toBe(1);
  });
});

describe("a program", () => {
  test("that exits is started again after a while", async () => {
    const world = newWorld();
    const boots: number[] = [];
    const node = world.addNode("node", {
      restartAfterMs: 500,
      boot: async () => {
        boots.push(world.nowMs);
        if (boots.length < 3) throw new GlowError("corrupt", "test.boot", { message: "the disk is bad" });
        return "up";
      },
    });
    await world.run();
    expect(boots).toEqual([0, 500, 1000]);
    expect(node.handle).toBe("up");
  });

  test("whose code throws ends the world's run, wherever it was called", async () => {
    const fail = () => {
      throw new Error("a defect");
    };
    const programs: ((platform: Platform) => unknown)[] = [
      fail,
      () => Promise.reject(new Error("a defect")),
      () => Promise.reject(new GlowError("internal", "test.boot", { message: "a defect" })),
      ({ timers }) => timers.after(1, fail),
      ({ timers }) => timers.endOfTurn(fail),
      async ({ network }) => {
        await network.listen("sim://node:1" as Address, fail);
        void network.dial("sim://node:1" as Address);
      },
      async ({ network }) => {
        await network.listen("sim://node:1" as Address, (pipe) =>
          pipe.attach({ packet: fail, drained() {}, closed() {} }),
        );
        const pipe = await network.dial("sim://node:1" as Address);
        pipe.attach({ packet() {}, drained() {}, closed() {} });
        pipe.send([new Uint8Array(1)]);
      },
    ];
    for (const [index, boot] of programs.entries()) {
      const world = newWorld(index);
      world.addNode("node", { boot });
      await expect(world.run({ untilMs: 100_000 }), `program ${index}`).rejects.toThrow("node#1 failed");
    }
  });
});

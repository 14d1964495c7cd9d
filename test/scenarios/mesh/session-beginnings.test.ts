// Two nodes that begin to talk with one another at about the same time, and send as soon as they can: whichever handshake
// comes to its end, a session that one of them uses is not replaced, and no stream ends, unless a node was started anew.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { GlowError } from "#base/errors.ts";
import { routerLimits } from "#base/limits.ts";
import type { Mesh } from "#mesh/mesh.ts";
import { controlChannel } from "#mesh/router/control-channel.ts";
import { MeshWorld } from "./mesh-world.ts";
import { Checker, Sender } from "./session-traffic.ts";
import { runs } from "../../arbitraries/runs.ts";

const line = [
  ["a", "m"],
  ["m", "c"],
] as const;
const neighbours = [["a", "c"]] as const;
const sizes = Array.from({ length: 40 }, (_, at) => at * 1000);

interface Talk {
  readonly checker: Checker;
  /** Why its stream ended, where it was sent from. */
  readonly ends: GlowError[];
  /** There is a session, and the stream has begun. */
  began: boolean;
}

/** One asks for a session with the other, and sends over it in the turn in which it is there. */
function talk(mesh: MeshWorld, from: string, to: string, seed: number): Talk {
  const talking: Talk = { checker: new Checker(seed, sizes), ends: [], began: false };
  const protocol = `talk of ${from}`;
  mesh.router(to).accept(protocol, (stream) => stream.attach(talking.checker));
  const begin = async ({ router }: Mesh): Promise<void> => {
    const session = await router.session(mesh.id(to));
    const stream = session.open(protocol, "bulk");
    const sender = new Sender(stream, seed, sizes);
    stream.attach({ packet: () => undefined, drained: sender.fill, closed: (reason) => talking.ends.push(reason) });
    sender.fill();
    talking.began = true;
  };
  mesh.node(from).tell((node) => void begin(node));
  return talking;
}

/** All has arrived, over one session that both sides know, and nothing has ended. */
function expectWhole(mesh: MeshWorld, talks: readonly Talk[]): void {
  for (const { checker, ends, began } of talks) {
    expect({ began, ends: [...ends, ...checker.ends] }).toEqual({ began: true, ends: [] });
    expect(checker.complete).toBe(true);
  }
  const [one, other] = [[...mesh.router("a").sessions()], [...mesh.router("c").sessions()]];
  expect([one.length, other.length]).toEqual([1, 1]);
  expect(one[0]?.localTag).toBe(other[0]?.remoteTag);
}

/** From now on the node hears no news of routes, until `stop`; then all at once. */
function withholdNews(mesh: MeshWorld, name: string): { stop(): void } {
  const events = mesh.router(name).linkEvents;
  const honest = events.control;
  const held: (() => void)[] = [];
  events.control = (link, channel, message) => {
    if (channel === controlChannel.routing) held.push(() => honest(link, channel, message));
    else honest(link, channel, message);
  };
  return {
    stop: () => {
      events.control = honest;
      for (const each of held) each();
    },
  };
}

test("a node that waits for a route takes the session that the other side has made meanwhile", async () => {
  const mesh = await MeshWorld.start({ links: line });
  mesh.node("c").crash("kill");
  await mesh.run(2000);
  mesh.node("c").start();
  await mesh.until(() => mesh.node("c").handle !== undefined);
  const news = withholdNews(mesh, "c");
  await mesh.until(() => mesh.router("a").route(mesh.id("c")) !== undefined);
  expect(mesh.router("c").route(mesh.id("a"))).toBeUndefined();
  const back = talk(mesh, "c", "a", 1);
  await mesh.run(20);
  const there = talk(mesh, "a", "c", 2);
  await mesh.until(() => there.began);
  expect(back.began).toBe(false);
  await mesh.run(100);
  mesh.node("c").tell(() => news.stop());
  await mesh.run(routerLimits.setupMs);
  expectWhole(mesh, [there, back]);
});

const calm = { seed: 0, delayMs: 9, latencyMs: 0, backMs: 0, lost: [], isDirect: false, isTurned: false };
/** What went wrong once: what is lost is a third message, or the answers to a first one. */
const examples = [
  { ...calm, delayMs: 0, latencyMs: 92, backMs: 48, lost: [false, false, false, false, true] },
  { ...calm, lost: [false, false, true, false, true] },
  { ...calm, lost: [false, false, true] },
  { ...calm, delayMs: 441, backMs: 4, lost: [false, true, true] },
];

test("both begin at once: no stream ends, whatever comes late and whatever is lost", async () => {
  const scenario = fc.record({
    seed: fc.nat(),
    delayMs: fc.integer({ min: 0, max: 600 }),
    latencyMs: fc.integer({ min: 0, max: 300 }),
    backMs: fc.integer({ min: 0, max: 300 }),
    lost: fc.array(fc.boolean(), { maxLength: 12 }),
    isDirect: fc.boolean(),
    isTurned: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ seed, delayMs, latencyMs, backMs, lost, isDirect, isTurned }) => {
      const mesh = await MeshWorld.start({ seed, links: isDirect ? neighbours : line });
      const far = isDirect ? "c" : "m";
      mesh.world.network.disturb("a", far, { latencyMs, jitterMs: 0 });
      mesh.world.network.disturb(far, "a", { latencyMs: backMs, jitterMs: 0 });
      const losses = [...lost];
      mesh.subvert(
        far,
        (honest) =>
          (...packet) =>
            losses.shift() === true ? undefined : honest(...packet),
      );
      const [first, second] = isTurned ? (["c", "a"] as const) : (["a", "c"] as const);
      const talks = [talk(mesh, first, second, 1)];
      await mesh.run(delayMs);
      talks.push(talk(mesh, second, first, 2));
      await mesh.run(2 * routerLimits.setupMs);
      expectWhole(mesh, talks);
    }),
    { numRuns: runs(20), examples: examples.map((each) => [each]) },
  );
});

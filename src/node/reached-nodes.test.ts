// Sessions with other devices: one for each, and not for more than there may be.

import { expect, test } from "vitest";
import { nodeLimits } from "#base/limits.ts";
import { GlowError } from "#base/errors.ts";
import { memoryPipes } from "#firefly/pipes/memory.ts";
import { FireflySession } from "#firefly/session/session.ts";
import type { NodeId } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { ReachedNodes } from "./reached-nodes.ts";

function reaching() {
  const time = { clock: new NodeClock(), timers: new NodeTimers() };
  const opened: { readonly node: NodeId; readonly session: FireflySession }[] = [];
  const hidden = new Set<string>();
  const isReachable = (node: NodeId): Promise<boolean> => Promise.resolve(!hidden.has(node));
  const connect = (node: NodeId): Promise<FireflySession> => {
    const [near, far] = memoryPipes(time.timers);
    void new FireflySession(far, time).closed;
    const session = new FireflySession(near, time);
    opened.push({ node, session });
    return Promise.resolve(session);
  };
  return { nodes: new ReachedNodes({ isReachable, connect }), opened, hidden };
}

const id = (text: string) => text as NodeId;

test("one session serves all who reach a node, until it ends", async () => {
  const { nodes, opened } = reaching();
  using first = await nodes.reach(id("a"));
  using second = await nodes.reach(id("a"));
  expect([opened.length, first === second]).toEqual([1, false]);
  opened[0]?.session.close();
  await opened[0]?.session.closed;
  (await nodes.reach(id("a")))[Symbol.dispose]();
  expect(opened).toHaveLength(2);
  nodes.stop();
  await opened[1]?.session.closed;
});

test("where there is no way, nobody is called", async () => {
  const { nodes, opened, hidden } = reaching();
  hidden.add("a");
  await expect(nodes.reach(id("a"))).rejects.toThrow(GlowError);
  expect(opened).toEqual([]);
});

test("of more than nodeLimits.reached the session that was used longest ago ends", async () => {
  const { nodes, opened } = reaching();
  for (let i = 0; i < nodeLimits.reached; i++) (await nodes.reach(id(`n${i}`)))[Symbol.dispose]();
  (await nodes.reach(id("n0")))[Symbol.dispose]();
  (await nodes.reach(id("one more")))[Symbol.dispose]();
  const closed = opened.find(({ node }) => node === "n1");
  expect((await closed?.session.closed)?.kind).toBe("disconnected");
  (await nodes.reach(id("n0")))[Symbol.dispose]();
  expect(opened).toHaveLength(nodeLimits.reached + 1);
  nodes.stop();
});

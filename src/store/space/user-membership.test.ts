// The devices of a user as members: by which key somebody signs, who was revoked, which tab is still valid.

import { expect, test } from "vitest";
import type { SpaceId } from "#glow";
import { DiskUserLog } from "#identity/user/disk-user-log.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import { Actor, nowMs, Story } from "../../../test/identity/cast.ts";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import { UserMembership } from "./user-membership.ts";

const space = "space" as SpaceId;
const [laptop, tab, stranger, newKey] = ["laptop", "tab", "stranger", "new key"].map((name) => new Actor(name)) as [
  Actor,
  Actor,
  Actor,
  Actor,
];

async function start(tell: (story: Story) => void) {
  const story = new Story();
  tell(story);
  const world = new World(nodeHost, { seed: 1 });
  const boot = async (
    platform: Parameters<typeof DiskUserLog.open>[0] & ConstructorParameters<typeof UserMembership>[0],
  ) => {
    const log = await DiskUserLog.open(platform, story.first.identity, story.user);
    await log.merge(story.told.map(({ bytes }) => bytes));
    return { log, membership: new UserMembership(platform, log) };
  };
  const node: SimulatedNode<Awaited<ReturnType<typeof boot>>> = world.addNode("node", {
    boot,
    clockRate: 1,
    wallOffsetMs: 0,
  });
  node.stepClock(nowMs - node.clock.wallMs());
  await world.run({ stop: () => node.handle !== undefined });
  return { story, world, node, ...(node.handle as Awaited<ReturnType<typeof boot>>) };
}

test("a device is a member by every key that it was given, and by no other", async () => {
  const { membership, story } = await start((told) => {
    told.add(told.first, laptop);
    told.rotate(told.first, laptop, newKey);
  });
  const standing = (actor: Actor, by = actor) => membership.standing(actor.id, by.identity.publicKey, space).type;
  expect([standing(laptop), standing(laptop, newKey), standing(laptop, stranger), standing(stranger)]).toEqual([
    "member",
    "member",
    "stranger",
    "stranger",
  ]);
  expect(membership.readers().find(({ device }) => device === laptop.id)?.key).toEqual(newKey.identity.publicKey);
  expect(membership.knows(membership.heads())).toBe(true);
  expect(membership.knows([...membership.heads(), story.genesis.hash])).toBe(true);
  expect(membership.knows([new Story(new Actor("other")).genesis.hash])).toBe(false);
});

test("of a revoked device it says what is accepted in this space, by any of its keys", async () => {
  const { membership, log, story, world } = await start((told) => {
    told.add(told.first, laptop);
    told.rotate(told.first, laptop, newKey);
  });
  let changes = 0;
  const watching = membership.watch(() => changes++);
  story.revoke(story.first, laptop, { batches: [[space, 7]] });
  await world.finish(log.merge(story.told.map(({ bytes }) => bytes)));
  for (const by of [laptop, newKey]) {
    expect(membership.standing(laptop.id, by.identity.publicKey, space)).toEqual({ type: "revoked", accepted: 7 });
    expect(membership.standing(laptop.id, by.identity.publicKey, "other" as SpaceId)).toEqual({
      type: "revoked",
      accepted: 0,
    });
  }
  expect([membership.isRevoked(laptop.id), membership.isRevoked(story.first.id), changes]).toEqual([true, false, 1]);
  expect(membership.readers().map(({ device }) => device)).toEqual([story.first.id]);
  watching.stop();
  story.rename(story.first, "Anna");
  await world.finish(log.merge(story.told.map(({ bytes }) => bytes)));
  expect(changes).toBe(1);
});

test("a tab is valid until its certificate has run out, by this clock; then it tells", async () => {
  const { membership, world, node } = await start((told) => void told.certify(told.first, tab, nowMs + 60_000));
  const standing = () => membership.standing(tab.id, tab.identity.publicKey, space);
  let changes = 0;
  membership.watch(() => changes++);
  await world.run({ untilMs: world.nowMs + 300_000 });
  expect([standing(), changes]).toEqual([{ type: "tab", valid: true }, 0]);
  await world.run({ untilMs: world.nowMs + 120_000 });
  expect([standing(), changes]).toEqual([{ type: "tab", valid: false }, 1]);
  expect(membership.readers().some(({ device }) => device === tab.id)).toBe(false);
  // Somebody sets the clock right.
  node.stepClock(-3_000_000);
  await world.run({ untilMs: world.nowMs + 1_200_000 });
  expect(changes).toBeGreaterThan(1);
  membership.close();
});

// Leave to relay: own devices have it, strangers do not, and a friend has it while the grant holds.

import { expect, test } from "vitest";
import { identityLimits, nodeLimits } from "#base/limits.ts";
import type { NodeId } from "#glow";
import { MemberWorld } from "./member-world.ts";

async function friends() {
  const made = await MemberWorld.user(["ann", "laptop"], ["friend"]);
  const [ann, friend] = [made.node("ann"), made.node("friend")];
  const dial = async () => {
    made.device("friend").tell((own) => void own.mesh.dial(made.address("ann"), { expected: ann.id }).catch(() => 0));
    await made.run(2000);
  };
  const relays = (node: typeof ann, of: NodeId) => node.mesh.router.neighbour(of)?.policy.relay;
  return { made, ann, friend, laptop: made.node("laptop"), dial, relays };
}

test("a stranger may not relay; with a grant it may, and reaches the devices behind", async () => {
  const { made, ann, friend, laptop, dial, relays } = await friends();
  await dial();
  expect(relays(ann, friend.id)).toBe(false);
  expect(friend.mesh.router.route(laptop.id)).toBeUndefined();
  made.device("friend").tell((own) => own.mesh.cutOff(ann.id, made.enough()));
  await made.run(500);

  friend.useRelayGrant(ann.id, ann.grantRelay(friend.id, 3_600_000));
  await dial();
  expect([relays(ann, friend.id), relays(friend, ann.id)]).toEqual([true, true]);
  expect(friend.mesh.router.route(laptop.id)?.next).toBe(ann.id);
  expect(laptop.mesh.router.route(friend.id)?.next).toBe(ann.id);
  // It is no member for that, and is not cut off like a stranger.
  await made.run(nodeLimits.strangerMs + 5000);
  expect(relays(ann, friend.id)).toBe(true);
  expect(ann.user.devices.size).toBe(2);
});

test("what was granted to another, has run out or was altered is worth nothing", async () => {
  const { made, ann, friend, laptop, dial, relays } = await friends();
  const good = ann.grantRelay(friend.id, 60_000);
  const altered = Uint8Array.from(good);
  altered[40] = (altered[40] as number) ^ 1;
  for (const grant of [ann.grantRelay(laptop.id, 60_000), altered, new Uint8Array(9)]) {
    friend.useRelayGrant(ann.id, grant);
    await dial();
    expect(relays(ann, friend.id)).toBe(false);
    made.device("friend").tell((own) => own.mesh.cutOff(ann.id, made.enough()));
    await made.run(500);
  }
  friend.useRelayGrant(ann.id, good);
  await dial();
  expect(relays(ann, friend.id)).toBe(true);
  await made.run(60_000 + identityLimits.clockToleranceMs + nodeLimits.expiryCheckMs + 1000);
  expect(relays(ann, friend.id) ?? false).toBe(false);
});

test("a grant with a rate carries so much a second and no more, and what comes the other way all the same", async () => {
  const { made, ann, friend, laptop, dial } = await friends();
  const rate = 100_000;
  friend.useRelayGrant(ann.id, ann.grantRelay(friend.id, 3_600_000, rate));
  await dial();
  /** Bytes of one to the other that ann hands on in this time, with all there is to send. */
  const carried = async (from: typeof ann, to: typeof ann, protocol: string, forMs: number): Promise<number> => {
    to.mesh.router.accept(protocol, (stream) => stream.attach({ packet() {}, drained() {}, closed() {} }));
    const stream = (await made.finish(from.mesh.router.session(to.id))).open(protocol, "bulk");
    const fill = () => {
      while (stream.send([new Uint8Array(30_000)]));
    };
    stream.attach({ packet() {}, drained: fill, closed() {} });
    const before = ann.mesh.router.counts.relayedBytes;
    fill();
    await made.run(forMs);
    stream.abort(made.enough());
    await made.run(1000);
    return ann.mesh.router.counts.relayedBytes - before;
  };
  const there = await carried(friend, laptop, "there", 20_000);
  // A second's worth at once, and a packet that went beyond it.
  expect(there).toBeLessThan(22 * rate + 100_000);
  expect(there).toBeGreaterThan(10 * rate);
  expect(await carried(laptop, friend, "back", 2000)).toBeGreaterThan(20 * rate);
});

test("grants are bounded, and given by lasting devices only", async () => {
  const { ann, friend } = await friends();
  expect(() => ann.grantRelay(friend.id, identityLimits.relayGrantMs + 1)).toThrow(/at most/);
  for (const rate of [0, -1, 0.5]) expect(() => ann.grantRelay(friend.id, 1000, rate)).toThrow(/at least one byte/);
  expect(() => friend.grantRelay(ann.id, 1000)).toThrow(/only a lasting device/);
  expect(() => friend.useRelayGrant(ann.id, new Uint8Array(identityLimits.relayGrantBytes + 1))).toThrow(/longer/);
  for (let at = 0; at < nodeLimits.grants; at++) friend.useRelayGrant(`node ${at}` as NodeId, new Uint8Array(1));
  expect(() => friend.useRelayGrant(ann.id, new Uint8Array(1))).toThrow(/the most there may be/);
});

// Invitations are redeemed once: by two at the same time, after any crash, and never after their end.

import { describe, expect, test } from "vitest";
import { identityLimits } from "#base/limits.ts";
import { integerBelow, SeededRandom } from "#base/random.ts";
import type { NodeId, Platform } from "#glow";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import { Actor, Story } from "../../../test/identity/cast.ts";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import { DiskInvitationLedger } from "./disk-invitation-ledger.ts";
import { readInvitation } from "./invitation-code.ts";
import { invitationId, invitationKey } from "./invitation-secret.ts";

const story = new Story();
const [bob, eve] = ["bob", "eve"].map((name) => new Actor(name).identity.id) as [NodeId, NodeId];
const offer = {
  user: story.user,
  issuer: story.first.identity.id,
  role: "device",
  lifetimeMs: 60_000,
  addresses: [],
  relays: [],
  name: "for Bob",
} as const;

interface Machine {
  readonly world: World;
  readonly node: SimulatedNode<Platform>;
}

async function machine(seed = 1): Promise<Machine> {
  const world = new World(nodeHost, { seed });
  const node = world.addNode("node", { boot: (platform) => platform });
  await world.run({ untilMs: 1 });
  return { world, node };
}

function open({ world, node }: Machine): Promise<DiskInvitationLedger> {
  return world.finish(DiskInvitationLedger.open(node.handle as Platform));
}

test("what is issued is found by what its code says, also after a restart", async () => {
  const on = await machine();
  const ledger = await open(on);
  const { crypto } = on.node.handle as Platform;
  const { id, code } = await on.world.finish(ledger.issue(offer));
  const { secret, ...rest } = readInvitation(crypto, code);
  expect(invitationId(crypto, secret)).toEqual(id);
  expect(rest).toMatchObject({ user: story.user, issuer: offer.issuer, role: "device", addresses: [] });
  for (const each of [ledger, await open(on)]) {
    expect(each.find(id)).toEqual(invitationKey(crypto, secret));
    expect(each.list()).toMatchObject([{ id, name: "for Bob", state: "open", expiresMs: rest.expiresMs }]);
    expect(each.find(new Uint8Array(16))).toBeUndefined();
  }
});

test("of many who redeem one at the same time, one succeeds, and may ask again", async () => {
  const on = await machine();
  const ledger = await open(on);
  const { id } = await on.world.finish(ledger.issue(offer));
  const outcomes = await on.world.finish(Promise.allSettled([bob, eve, eve].map((each) => ledger.spend(id, each))));
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(await on.world.finish(ledger.spend(id, bob))).toMatchObject({ state: "spent", redeemer: bob });
  const again = await open(on);
  expect(await on.world.finish(again.spend(id, bob))).toMatchObject({ role: "device", state: "spent" });
  await expect(on.world.finish(again.spend(id, eve))).rejects.toMatchObject({ kind: "denied" });
});

describe("the holder of the secret hears why it is refused", () => {
  const ends: [string, (on: Machine, ledger: DiskInvitationLedger, id: Uint8Array) => Promise<unknown>, RegExp][] = [
    ["expired", (on) => on.world.run({ untilMs: on.world.nowMs + offer.lifetimeMs + 2000 }), /has expired/],
    ["spent", (_, ledger, id) => ledger.spend(id, bob), /used already/],
    ["cancelled", (_, ledger, id) => ledger.cancel(id), /cancelled/],
  ];
  for (const [what, end, message] of ends) {
    test(what, async () => {
      const on = await machine();
      const ledger = await open(on);
      const { id } = await on.world.finish(ledger.issue(offer));
      await (what === "expired" ? end(on, ledger, id) : on.world.finish(end(on, ledger, id)));
      for (const each of [ledger, await open(on)]) {
        await expect(on.world.finish(each.spend(id, eve))).rejects.toThrow(message);
        expect(each.list()[0]?.state).toBe(what);
        expect(each.find(id), "it is found, so that the handshake can prove the secret").toBeDefined();
      }
    });
  }

  test("unknown", async () => {
    const on = await machine();
    const ledger = await open(on);
    await expect(on.world.finish(ledger.spend(new Uint8Array(16), eve))).rejects.toMatchObject({ kind: "not-found" });
  });
});

test("a spending that resolved is spent after any crash, and none is spent twice", async () => {
  let before = 0;
  for (let seed = 0; seed < 60; seed++) {
    const on = await machine(seed);
    const ledger = await open(on);
    const { id } = await on.world.finish(ledger.issue(offer));
    let spent = false;
    void ledger.spend(id, bob).then(() => {
      spent = true;
    });
    await on.world.run({ untilMs: on.world.nowMs + integerBelow(new SeededRandom(seed), 25) / 10 });
    on.node.crash("power");
    on.node.start();
    await on.world.run({ untilMs: on.world.nowMs + 1 });
    const again = await open(on);
    const outcome = await on.world.finish(
      again.spend(id, eve).then(
        () => true,
        () => false,
      ),
    );
    if (spent) expect(outcome).toBe(false);
    else before++;
  }
  expect(before).toBeGreaterThan(5);
  expect(before).toBeLessThan(55);
});

test("a write that fails spends nothing", async () => {
  const on = await machine();
  const ledger = await open(on);
  const { id } = await on.world.finish(ledger.issue(offer));
  const trouble = on.node.disk.disturb({ errorChance: 1 });
  await expect(on.world.finish(ledger.spend(id, bob))).rejects.toMatchObject({ kind: "corrupt" });
  trouble.heal();
  expect(await on.world.finish(ledger.spend(id, eve))).toMatchObject({ redeemer: eve });
});

test("no more than identityLimits.invitations are open, and identityLimits.pastInvitations are remembered", async () => {
  const on = await machine();
  const ledger = await open(on);
  const { invitations, pastInvitations } = identityLimits;
  const first = await on.world.finish(ledger.issue(offer));
  for (let i = 1; i < invitations; i++) await on.world.finish(ledger.issue(offer));
  await expect(on.world.finish(ledger.issue(offer))).rejects.toMatchObject({ kind: "exhausted" });
  await on.world.finish(ledger.cancel(first.id));
  for (let i = 0; i <= pastInvitations; i++) {
    const { id } = await on.world.finish(ledger.issue(offer));
    await on.world.finish(ledger.cancel(id));
  }
  await on.world.finish(ledger.issue(offer));
  for (const each of [ledger, await open(on)]) {
    expect(each.list()).toHaveLength(invitations + pastInvitations);
    expect(each.find(first.id)).toBeUndefined();
  }
});

test("nothing lasts longer than identityLimits.invitationMs, no name is longer than nameBytes", async () => {
  const on = await machine();
  const ledger = await open(on);
  const lifetimeMs = identityLimits.invitationMs;
  await on.world.finish(ledger.issue({ ...offer, lifetimeMs, name: "x".repeat(identityLimits.nameBytes) }));
  for (const wrong of [lifetimeMs + 1, 0, Number.NaN]) {
    await expect(ledger.issue({ ...offer, lifetimeMs: wrong })).rejects.toMatchObject({ kind: "invalid" });
  }
  const name = "x".repeat(identityLimits.nameBytes + 1);
  await expect(ledger.issue({ ...offer, name })).rejects.toMatchObject({ kind: "too-large" });
});

test("a ledger in use for years stays small", async () => {
  const on = await machine();
  const ledger = await open(on);
  const addresses = "x".repeat(identityLimits.nameBytes);
  for (let i = 0; i < 2500; i++) {
    const { id } = await on.world.finish(ledger.issue({ ...offer, name: addresses }));
    await on.world.finish(ledger.cancel(id));
  }
  const { disk } = on.node.handle as Platform;
  const file = await on.world.finish(disk.open("identity/invitations"));
  expect(await on.world.finish(file.sizeBytes())).toBeLessThan(600_000);
  expect((await open(on)).list()).toEqual(ledger.list());
});

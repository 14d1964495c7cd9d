// How a tab comes in, and stays: its certificate is made anew as long as it is in use, by who let it in and as long as that is to
// be; not for one that was away for longer than it lasts.

import { expect, test } from "vitest";
import { identityLimits, nodeLimits } from "#base/limits.ts";
import { assert } from "#base/errors.ts";
import type { Address, Platform } from "#glow";
import { MembershipStub } from "#interfaces/generated/membership.ts";
import { membershipProtocol } from "#node/member-node.ts";
import { TabNode } from "#node/tab/tab-node.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { GlowWorld, type GlowWorldOptions } from "./glow-world.ts";

const dayMs = 86_400_000;
const door = "sim://a:1" as Address;

class TabWorld {
  readonly glow: GlowWorld;
  readonly #simulated: SimulatedNode<TabNode>;

  private constructor(glow: GlowWorld, code: string) {
    this.glow = glow;
    const boot = (platform: Platform) => {
      const tab = new TabNode({ platform, door, name: "Browser", code });
      void tab.start();
      return Promise.resolve(tab);
    };
    this.#simulated = glow.world.addNode("tab", { boot, clockRate: 1, wallOffsetMs: 0 });
  }

  static async open(options: GlowWorldOptions = {}): Promise<TabWorld> {
    const glow = await GlowWorld.user(["a"], options);
    const { code } = await glow.finish(glow.node("a").user().invite("tab", 600));
    const world = TabWorld.within(glow, code);
    await glow.until(() => world.isConnected());
    return world;
  }

  static within(glow: GlowWorld, code: string): TabWorld {
    return new TabWorld(glow, code);
  }

  get tab(): TabNode {
    const { handle } = this.#simulated;
    assert(handle !== undefined, "the tab is open");
    return handle;
  }

  isConnected(): boolean {
    return this.#simulated.handle?.state.kind === "connected";
  }

  isDismissed(): boolean {
    return this.#simulated.handle?.state.kind === "dismissed";
  }

  /** The calendar goes on for both, and then some minutes pass. */
  async pass(ms: number): Promise<void> {
    this.glow.simulated("a").clock.step(ms);
    this.#simulated.clock.step(ms);
    await this.glow.run(nodeLimits.expiryCheckMs + 60_000);
  }

  close(): void {
    this.#simulated.crash("kill");
  }

  reopen(): void {
    this.#simulated.start();
  }

  certificate(): number | undefined {
    const tabs = [...this.glow.node("a").member.user.devices.values()].filter(({ role }) => role === "tab");
    return tabs[0]?.expiresMs;
  }

  statements(): number {
    return this.glow.node("a").member.userLog.missing([]).length;
  }

  leftMs(): number {
    return (this.certificate() ?? 0) - this.glow.simulated("a").clock.wallMs();
  }
}

test("a tab in use has its certificate renewed when it lasts no longer than nodeLimits.renewalMs, and not before", async () => {
  const world = await TabWorld.open();
  const before = world.statements();
  await world.pass(identityLimits.tabMs - nodeLimits.renewalMs - dayMs);
  expect(world.statements()).toBe(before);
  for (let days = 0; days < 40; days += 8) {
    await world.pass(8 * dayMs);
    expect(world.isConnected()).toBe(true);
    expect(world.leftMs()).toBeGreaterThan(nodeLimits.renewalMs - dayMs);
  }
  const renewals = world.statements() - before;
  expect(renewals).toBeGreaterThanOrEqual(2);
  expect(renewals).toBeLessThanOrEqual(4);
});

test("one that is opened again in time goes on; one that was away for longer says so, with its key as it was", async () => {
  const world = await TabWorld.open();
  const { id } = world.tab;
  world.close();
  await world.pass(30 * dayMs);
  world.reopen();
  await world.glow.until(() => world.isConnected());
  await world.glow.until(() => world.leftMs() > 30 * dayMs);
  world.close();
  await world.pass(32 * dayMs);
  world.reopen();
  await world.glow.until(() => world.isDismissed());
  expect(world.tab.state).toMatchObject({ kind: "dismissed", reason: "away" });
  expect(world.tab.id).toBe(id);
});

test("one that was put out says so, when it happens and when it is opened again", async () => {
  const world = await TabWorld.open();
  const { id } = world.tab;
  assert(id !== undefined, "it has an id");
  await world.glow.finish(world.glow.node("a").storage.revoke(id));
  await world.glow.until(() => world.isDismissed());
  expect(world.tab.state).toMatchObject({ reason: "put out" });
  world.close();
  world.reopen();
  await world.glow.until(() => world.isDismissed());
  expect(world.tab.state).toMatchObject({ reason: "put out" });
});

test("a certificate ends with the link by which the tab came", async () => {
  let endMs = 0;
  const page = () => ({
    pages: () => {
      throw new TypeError("nobody asks for it");
    },
    visit: () => ({ rights: ["read"] as const, expiresMs: endMs }),
  });
  const glow = await GlowWorld.user(["a"], { page });
  endMs = Math.floor(glow.simulated("a").clock.wallMs()) + 40 * dayMs;
  const { code } = await glow.finish(glow.node("a").user().invite("tab", 600));
  const world = TabWorld.within(glow, code);
  await glow.until(() => world.isConnected());
  for (let days = 0; days < 36; days += 9) await world.pass(9 * dayMs);
  expect(world.certificate()).toBe(endMs);
  expect(world.isConnected()).toBe(true);
  await world.pass(5 * dayMs);
  expect(world.tab.state).toMatchObject({ kind: "dismissed" });
});

test("a device, and a tab that another device let in, are not renewed", async () => {
  const glow = await GlowWorld.user(["a", "b"]);
  await glow.add("tab", { tab: true });
  await glow.join("tab", "b", "tab");
  await glow.until(() => glow.isOnline("a", "tab"));
  for (const from of ["b", "tab"]) {
    const session = await glow.finish(glow.node(from).member.connect(glow.node("a").member.id, membershipProtocol));
    const membership = session.root(MembershipStub);
    expect(await glow.failure(() => membership.renew([]))).toBe("denied");
  }
});

test("a link that is opened while its node does not answer is good when it does", async () => {
  const glow = await GlowWorld.user(["a"]);
  const { code } = await glow.finish(glow.node("a").user().invite("tab", 600));
  glow.simulated("a").crash("kill");
  const world = TabWorld.within(glow, code);
  await glow.run(8000);
  expect(world.tab.state).toMatchObject({ kind: "connecting", error: { kind: "unavailable" } });
  glow.simulated("a").start();
  await glow.until(() => world.isConnected());
});

// Those who want to belong to a user and should not, those who did and do no more, and members who lie.

import { describe, expect, test } from "vitest";
import { identityLimits, nodeLimits } from "#base/limits.ts";
import { randomBytes, SeededRandom } from "#base/random.ts";
import { FireflySession, offer } from "#firefly/session/session.ts";
import type { Address, DeviceId, Hash, NodeId, Stream } from "#glow";
import { readInvitation, writeInvitation } from "#identity/invitation/invitation-code.ts";
import { invitationKey as keyOf } from "#identity/invitation/invitation-secret.ts";
import { NodeIdentity } from "#identity/node-identity.ts";
import { readStatement, type Said, signStatement } from "#identity/user/statement.ts";
import { type Membership, MembershipInterface, type MembershipStub } from "#interfaces/generated/membership.ts";
import { membershipProtocol, type MemberNode } from "#node/member-node.ts";
import { Mesh } from "#mesh/mesh.ts";
import { RecordingReceiver } from "../../compliance/recording-receiver.ts";
import { nodeHost } from "../../swarm/node-host.ts";
import { MemberWorld } from "./member-world.ts";

describe("a revoked device", () => {
  test("is cut off where it is known, at once, and not let in again: as a neighbour, or over others", async () => {
    const user = await MemberWorld.user(["admin", "other", "stolen"]);
    await user.dial("stolen", "other");
    await user.run(2000);
    expect([user.linked("admin", "stolen"), user.linked("other", "stolen")]).toEqual([true, true]);
    await user.finish(user.node("stolen").connect(user.id("other"), membershipProtocol));
    const sessions = () => [...user.node("other").mesh.router.sessions()].map(({ peer }) => peer);
    expect(sessions()).toContain(user.id("stolen"));
    await user.finish(user.node("admin").revoke(user.id("stolen")));
    await user.run(2000);
    expect([user.linked("admin", "stolen"), user.linked("other", "stolen")]).toEqual([false, false]);
    expect(sessions()).not.toContain(user.id("stolen"));
    for (const name of ["admin", "other"]) {
      await user.dial("stolen", name).catch(() => undefined);
      await user.run(1000);
      expect(user.linked(name, "stolen")).toBe(false);
    }
    await user.expectServed("other", "admin");
    // Nor after a restart, or over somebody who has not heard of it.
    user.device("other").crash("kill");
    user.device("other").start();
    await user.run(3000);
    await user.dial("stolen", "other").catch(() => undefined);
    await user.run(1000);
    expect(user.linked("other", "stolen")).toBe(false);
    await user.expectServed("other", "admin");
  });

  test("says what does not count any more, whoever brings it; what it said before goes on to count", async () => {
    const user = await MemberWorld.user(["admin", "other", "stolen"]);
    const stolen = user.node("stolen");
    const before = statement(stolen, await heads(user, "stolen", "admin"), 1, {
      type: "rename",
      device: own(stolen),
      name: "before",
    });
    await user.ask("stolen", "admin", (membership) => membership.merge([before]));
    await user.finish(user.node("admin").revoke(stolen.id));
    await user.run(2000);
    // As it would have looked if it had come before the revocation.
    const after = statement(stolen, [hashOf(before)], 2, { type: "rename", device: own(stolen), name: "after" });
    await user.ask("other", "admin", (membership) => membership.merge([after])).catch(() => undefined);
    await user.run(2000);
    for (const name of ["admin", "other"]) {
      const { devices, setAside, revokedNodes } = user.node(name).user;
      expect([...devices.values()].some(({ node }) => node === stolen.id)).toBe(false);
      expect(revokedNodes).toEqual(new Set([stolen.id]));
      expect(setAside.length).toBe(1);
    }
    expect(user.node("other").user).toEqual(user.node("admin").user);
  });
});

describe("an invitation", () => {
  test("that has expired, was cancelled, mistyped or made up opens nothing, and says why to its holder", async () => {
    const user = await MemberWorld.user(["admin"], ["late", "cancelled", "typist", "liar"]);
    const expired = await user.finish(user.node("admin").invite("device", 5000));
    const cancelled = await user.finish(user.node("admin").invite("device", 600_000));
    const good = await user.finish(user.node("admin").invite("device", 600_000));
    await user.finish(user.node("admin").cancelInvitation(user.node("admin").invitations[1]?.id as Uint8Array));
    await user.run(6000);
    expect(await user.failure(user.node("late").join(expired))).toBe("denied");
    expect(await user.failure(user.node("cancelled").join(cancelled))).toBe("denied");
    const mistyped = good.replace(/.$/, (last) => (last === "a" ? "b" : "a"));
    expect(await user.failure(user.node("typist").join(mistyped))).toMatch(/corrupt|invalid/);
    const { crypto } = user.platform("liar");
    const madeUp = { ...readInvitation(crypto, good), secret: randomBytes(new SeededRandom(1), 16) };
    expect(await user.failure(user.node("liar").join(writeInvitation(crypto, madeUp)))).toMatch(/denied|unavailable/);
    expect(user.node("admin").user.devices.size).toBe(1);
    expect(user.node("admin").invitations.map(({ state }) => state)).toEqual(["expired", "cancelled", "open"]);
    // It is still good for who has it.
    await user.finish(user.node("typist").join(good));
    await user.expectServed("typist", "admin");
  });

  test("makes one device, however many redeem it at the same time", async () => {
    const user = await MemberWorld.user(["admin"], ["one", "two", "three"]);
    const code = await user.finish(user.node("admin").invite("device", 600_000));
    const names = ["one", "two", "three"];
    const outcomes = await user.finish(Promise.all(names.map((name) => outcomeOf(user.node(name).join(code)))));
    expect(outcomes.toSorted()).toEqual(["denied", "denied", "joined"]);
    expect(user.node("admin").user.devices.size).toBe(2);
  });

  test("of one device makes one statement, however often it asks", async () => {
    const user = await MemberWorld.user(["admin"], ["eager"]);
    const code = await user.finish(user.node("admin").invite("device", 600_000));
    const { secret } = readInvitation(user.platform("eager").crypto, code);
    const { mesh } = user.node("eager");
    await user.finish(mesh.dial(user.address("admin"), { expected: user.id("admin"), invitation: secret }));
    await user.ask("eager", "admin", (membership) =>
      Promise.all(Array.from({ length: 50 }, (_, at) => membership.redeem(`name ${at}`))),
    );
    // The first statement, and one more.
    expect((await user.ask("eager", "admin", (membership) => membership.missing([]))).length).toBe(2);
  });

  test("for a tab makes no device, and none makes an admin, whatever its code says", async () => {
    const user = await MemberWorld.user(["admin"], ["tab", "device"]);
    const { crypto } = user.platform("tab");
    const code = await user.finish(user.node("admin").invite("tab", 600_000));
    await user.finish(
      user.node("tab").join(writeInvitation(crypto, { ...readInvitation(crypto, code), role: "device" })),
    );
    await user.join("device", "admin");
    const roles = [...user.node("admin").user.devices.values()].map(({ name, role }) => [name, role]);
    expect(Object.fromEntries(roles)).toEqual({ admin: "admin", tab: "tab", device: "device" });
    // Nor may these invite: a tab nobody, a device no other device.
    expect(await user.failure(user.node("tab").invite("tab", 60_000))).toBe("denied");
    expect(await user.failure(user.node("device").invite("device", 60_000))).toBe("denied");
    await user.finish(user.node("device").invite("tab", 60_000));
  });

  test("for a tab does not renew what has run out, and a tab that has run out loses its rights by itself", async () => {
    const user = await MemberWorld.user(["admin"], ["tab"]);
    const code = await user.finish(user.node("admin").invite("tab", 600_000));
    await user.finish(user.node("tab").join(code));
    await user.run(3000);
    expect(rightsAt(user.node("admin"), user.id("tab"))).toEqual({ tab: true, relay: true });
    user.device("admin").stepClock(identityLimits.tabMs + identityLimits.clockToleranceMs + 1000);
    await user.run(nodeLimits.expiryCheckMs + 1000);
    expect(rightsAt(user.node("admin"), user.id("tab"))?.relay ?? false).toBe(false);
    const { secret } = readInvitation(user.platform("tab").crypto, code);
    await user.finish(
      user.node("tab").mesh.dial(user.address("admin"), { expected: user.id("admin"), invitation: secret }),
    );
    expect(await user.failure(user.asking("tab", "admin", (membership) => membership.redeem("again")))).toBe("denied");
    expect(user.node("admin").user.devices.size).toBe(1);
  });

  test("whose issuer never answers is given up after joinMs, and another can be used", async () => {
    const user = await MemberWorld.user(["admin"], ["patient", "stranger"]);
    const platform = user.platform("stranger");
    const { crypto, clock, timers } = platform;
    const silent = () => new Promise<never>(() => undefined);
    const secret = randomBytes(new SeededRandom(2), 16);
    const address = "sim://stranger:2" as Address;
    const issuer = await user.finish(strangerMesh(user, [address], () => keyOf(crypto, secret)));
    issuer.router.accept(membershipProtocol, (stream) => {
      const service: Membership = { heads: silent, missing: silent, merge: silent, redeem: silent, renew: silent };
      void new FireflySession(stream, { clock, timers, root: offer(MembershipInterface, service) }).closed;
    });
    const expiresMs = Math.floor(clock.wallMs()) + 600_000;
    const { user: id } = user.node("admin").user;
    const code = {
      user: id,
      issuer: issuer.router.self,
      role: "device",
      secret,
      expiresMs,
      addresses: [address],
      relays: [],
    } as const;
    const began = user.world.nowMs;
    expect(await user.failure(user.node("patient").join(writeInvitation(crypto, code)))).toBe("deadline");
    expect(user.world.nowMs - began).toBeGreaterThanOrEqual(nodeLimits.joinMs);
    expect(user.world.nowMs - began).toBeLessThan(nodeLimits.joinMs + 2000);
    await user.join("patient", "admin");
    await user.run(2000);
    await user.expectServed("patient", "admin");
  });

  test("is needed: without one nobody is told or given anything", async () => {
    const user = await MemberWorld.user(["admin"], ["stranger"]);
    await user.dial("stranger", "admin");
    for (const question of [
      (membership: MembershipStub) => membership.redeem("me"),
      (membership: MembershipStub) => membership.heads(),
      (membership: MembershipStub) => membership.missing([]),
    ]) {
      expect(await user.failure(user.asking<unknown>("stranger", "admin", question))).toBe("denied");
    }
    expect(user.node("admin").user.devices.size).toBe(1);
  });
});

test("a member that says two things at one position is found out, the same by all, whoever hears what first", async () => {
  const user = await MemberWorld.user(["admin", "twice", "other"]);
  await user.dial("twice", "other");
  await user.run(2000);
  const twice = user.node("twice");
  const known = await heads(user, "twice", "admin");
  const said = ["one", "two"].map((name) => statement(twice, known, 1, { type: "rename", device: own(twice), name }));
  await user.ask("twice", "admin", (membership) => membership.merge(said.slice(0, 1)));
  await user.ask("twice", "other", (membership) => membership.merge(said.slice(1)));
  await user.run(3000);
  const { forks } = user.node("admin").user;
  expect(forks.map(({ author, sequence, statements }) => [author, sequence, statements.length])).toEqual([
    [own(twice), 1, 2],
  ]);
  expect(user.node("other").user).toEqual(user.node("admin").user);
  expect(twice.user).toEqual(user.node("admin").user);
  await user.expectServed("other", "admin");
});

describe("statements", () => {
  test("come in pages of statementsPerCall; longer calls are refused unread", async () => {
    const user = await MemberWorld.user(["admin", "other"]);
    const many = Array.from({ length: nodeLimits.statementsPerCall + 1 }, () => new Uint8Array(10));
    expect(await user.failure(user.asking("other", "admin", (membership) => membership.merge(many)))).toBe("too-large");
    await user.expectServed("other", "admin");
  });

  test("of strangers are verified at strangerStatementsPerSecond, of a member at memberStatementsPerSecond", async () => {
    const user = await MemberWorld.user(["admin", "other", "liar"], ["stranger"]);
    await user.dial("stranger", "admin");
    const made = Array.from({ length: nodeLimits.statementsPerCall }, (_, at) => new Uint8Array(200).fill(at));
    for (const [name, perSecond] of [
      ["stranger", nodeLimits.strangerStatementsPerSecond],
      ["liar", nodeLimits.memberStatementsPerSecond],
    ] as const) {
      let verified = 0;
      for (let call = 0; call < 60; call++) {
        const kind = await user.failure(user.asking(name, "admin", (membership) => membership.merge(made)));
        if (kind !== "exhausted") verified += made.length;
      }
      expect(verified).toBeGreaterThan(perSecond * 5);
      expect(verified).toBeLessThan(perSecond * 20);
      await user.expectServed("other", "admin");
    }
    // Another member is not held up by either.
    const kind = await user.failure(user.asking("other", "admin", (membership) => membership.merge(made.slice(0, 1))));
    expect(kind).not.toBe("exhausted");
  });

  test("of a long history reach a new device, and one that was away, all the same", async () => {
    const user = await MemberWorld.user(["admin", "other"], ["new", "messenger"]);
    const admin = user.node("admin");
    let known = await heads(user, "other", "admin");
    const said: Uint8Array[] = [];
    for (let sequence = 2; sequence < 12 + 2 * nodeLimits.statementsPerCall; sequence++) {
      const next = statement(admin, known, sequence, { type: "rename", name: `Ann ${sequence}` });
      said.push(next);
      known = [hashOf(next)];
    }
    const name = `Ann ${1 + said.length}`;
    await user.join("messenger", "admin");
    await user.run(2000);
    user.device("other").crash("kill");
    // Signed before the messenger was added: the graph has two heads.
    for (let at = 0; at < said.length; at += nodeLimits.statementsPerCall) {
      const page = said.slice(at, at + nodeLimits.statementsPerCall);
      await user.ask("messenger", "admin", (membership) => membership.merge(page));
    }
    user.device("other").start();
    await user.join("new", "admin");
    await user.run(5000);
    for (const device of ["admin", "other", "new"]) expect(user.node(device).user.setAside).toEqual([]);
    expect(user.node("other").user).toEqual(admin.user);
    expect(user.node("new").user).toEqual(admin.user);
    expect(admin.user.name).toBe(name);
  });
});

describe("a neighbour", () => {
  test("that calls its own failures defects brings nobody down, and is asked again more and more rarely", async () => {
    const user = await MemberWorld.user(["admin", "other"], ["stranger"]);
    let asked = 0;
    const fail = () => {
      asked++;
      throw new TypeError("a defect, or so it says");
    };
    const service: Membership = { heads: fail, missing: fail, merge: fail, redeem: fail, renew: fail };
    // Of two neighbours the one with the smaller id asks.
    let evil = await user.finish(strangerMesh(user));
    while (evil.router.self < user.id("admin")) evil = await user.finish(strangerMesh(user));
    const { clock, timers } = user.platform("stranger");
    evil.router.accept(membershipProtocol, (stream) => {
      void new FireflySession(stream, { clock, timers, root: offer(MembershipInterface, service) }).closed;
    });
    await user.finish(evil.dial(user.address("admin")));
    await user.run(30_000);
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThan(10);
    await user.expectServed("other", "admin");
  });

  test("that is no device of the user is cut off after strangerMs, and there are no more than `strangers` of them", async () => {
    const user = await MemberWorld.user(["admin", "other"], ["stranger"]);
    await user.dial("stranger", "admin");
    await user.run(nodeLimits.strangerMs - 1000);
    expect(user.linked("admin", "stranger")).toBe(true);
    await user.run(2000);
    expect(user.linked("admin", "stranger")).toBe(false);
    const crowd = Array.from({ length: nodeLimits.strangers + 10 }, () => strangerMesh(user));
    const meshes = await user.finish(Promise.all(crowd));
    for (const mesh of meshes) await user.finish(mesh.dial(user.address("admin"))).catch(() => undefined);
    await user.run(1000);
    const strangers = [...user.node("admin").mesh.router.neighbours()].filter(({ policy }) => !policy.relay);
    expect(strangers.length).toBe(nodeLimits.strangers);
    await user.expectServed("other", "admin");
    await user.dial("other", "admin");
  });

  test("has no more than sessionsPerPeer sessions of Firefly, strangers strangerSessions, and all together `sessions`", async () => {
    const user = await MemberWorld.user(["admin", "other"], ["stranger"]);
    await user.dial("stranger", "admin");
    for (const name of ["other", "stranger"]) {
      const session = await user.finish(user.node(name).mesh.router.session(user.id("admin")));
      const ends = Array.from({ length: nodeLimits.sessionsPerPeer + 20 }, () =>
        opened(session.open(membershipProtocol, "bulk")),
      );
      await user.run(1000);
      const refused = ends.flatMap((end) => end.ends);
      expect(refused.length).toBeGreaterThanOrEqual(20);
      expect(refused.length).toBeLessThan(25);
      expect(refused.every(({ kind }) => kind === "exhausted")).toBe(true);
    }
    const meshes = await user.finish(Promise.all(Array.from({ length: 8 }, () => strangerMesh(user))));
    let served = nodeLimits.sessionsPerPeer;
    for (const mesh of meshes) {
      await user.finish(mesh.dial(user.address("admin")));
      const session = await user.finish(mesh.router.session(user.id("admin")));
      const ends = Array.from({ length: nodeLimits.sessionsPerPeer }, () =>
        opened(session.open(membershipProtocol, "bulk")),
      );
      await user.run(500);
      served += ends.filter((end) => end.ends.length === 0).length;
    }
    expect(served).toBe(nodeLimits.strangerSessions);
    expect(nodeLimits.sessions).toBeGreaterThan(nodeLimits.strangerSessions);
  });
});

function opened(stream: Stream): RecordingReceiver {
  const end = new RecordingReceiver();
  stream.attach(end);
  return end;
}

function own(node: MemberNode): DeviceId {
  for (const [device, { node: at }] of node.user.devices) if (at === node.id) return device;
  throw new Error("it is no device");
}

async function heads(user: MemberWorld, from: string, of: string): Promise<Hash[]> {
  return (await user.ask(from, of, (membership) => membership.heads())) as Hash[];
}

function statement(node: MemberNode, parents: readonly Hash[], sequence: number, said: Said): Uint8Array {
  return signStatement(node.identity, { author: own(node), sequence, parents, timeMs: 1 }, said);
}

function rightsAt(node: MemberNode, of: NodeId) {
  for (const { id, policy } of node.mesh.router.neighbours()) if (id === of) return policy;
  return undefined;
}

function outcomeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "joined",
    ({ kind }: { readonly kind: string }) => kind,
  );
}

function hashOf(bytes: Uint8Array): Hash {
  return readStatement(nodeHost.crypto, bytes).hash;
}

/** A node on the host `stranger` that lets in everybody. */
function strangerMesh(
  user: MemberWorld,
  listen: readonly Address[] = [],
  invitationKey: () => Uint8Array | undefined = () => undefined,
): Promise<Mesh> {
  const platform = user.platform("stranger");
  const { crypto, random } = platform;
  const rights = () => ({ tab: false, relay: true });
  return Mesh.start(platform, {
    identity: new NodeIdentity(crypto, crypto.keyPair("ed25519", random)),
    listen,
    policy: { hello: () => new Uint8Array(), rights, wants: () => false, invitationKey },
  });
}

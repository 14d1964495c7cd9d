// Every limit of routing is reached and exceeded. Those on messages are in src/mesh/routing/message.test.ts.

import { expect, test } from "vitest";
import { SeededRandom } from "#base/random.ts";
import { GlowError } from "#base/errors.ts";
import { routingLimits } from "#base/limits.ts";
import { NodeIdentity } from "#identity/node-identity.ts";
import { Announcement } from "#mesh/routing/announcement.ts";
import { MessageWriter } from "#mesh/routing/message-writer.ts";
import { announcementOf, idOf, inWords, messageOf, OneRouter } from "./one-router.ts";
import { crypto, identityOf } from "./routing-time.ts";

/** Far more nodes than there are, in order: what a flood of inventions is made of. */
const invented: Announcement[] = [];

function inventedUpTo(count: number): readonly Announcement[] {
  for (let i = invented.length; i < count; i++) {
    const identity = new NodeIdentity(crypto, crypto.keyPair("ed25519", new SeededRandom(`invented ${i}`)));
    invented.push(Announcement.sign(identity, 1, false));
  }
  return invented.slice(0, count);
}

/** The neighbour announces all of them, in as few messages as it takes, as slowly as they can be verified. */
function announceAll(router: OneRouter, peer: number, announcements: readonly Announcement[]): void {
  const writer = new MessageWriter();
  writer.begin((message) => {
    router.pass(1000);
    router.receiveBytes(peer, message);
  });
  for (const each of announcements) writer.route(10, 1, each);
  writer.finish();
}

function kindOf(action: () => void): string {
  try {
    action();
    return "none";
  } catch (error) {
    return GlowError.from(error, "test").kind;
  }
}

/** All the time that signatures of a second may take. */
const unhurried = { verificationBurst: 100_000, verificationsPerSecond: 100_000 };

test("routingLimits.destinationsPerNeighbour: more from one neighbour end its link", () => {
  const limits = { ...unhurried, destinationsPerNeighbour: 300 };
  expect(routingLimits.destinationsPerNeighbour).toBe(4096);
  const router = new OneRouter(limits);
  router.meet(1);
  router.meet(2);
  announceAll(router, 1, inventedUpTo(300));
  expect([...router.routing.routes()].length).toBe(302);
  expect(kindOf(() => announceAll(router, 1, inventedUpTo(301)))).toBe("exhausted");
  // Those that others have announced first do not count, and a new link is no new beginning.
  announceAll(router, 2, inventedUpTo(300));
  router.linkDown(1);
  router.meet(1);
  expect(kindOf(() => announceAll(router, 1, inventedUpTo(301)))).toBe("exhausted");
});

test("routingLimits.destinations: more are passed over until there is room, but never a neighbour", () => {
  const limits = { ...unhurried, destinations: 200, retentionMs: 1000 };
  expect(routingLimits.destinations).toBe(8192);
  const router = new OneRouter(limits);
  router.meet(1);
  router.meet(2);
  announceAll(router, 1, inventedUpTo(150));
  announceAll(router, 2, inventedUpTo(300).slice(150));
  expect([...router.routing.routes()].length).toBe(200);
  router.meet(3);
  expect(router.next(3)).toBe(3);
  router.told(2);
  router.linkDown(1);
  router.pass(1500);
  for (const peer of [2, 3]) router.receive(peer, (writer) => writer.synced(1));
  router.pass(100);
  expect(router.told(2).map(({ type }) => type)).toContain("resend");
  announceAll(router, 2, inventedUpTo(300).slice(150));
  expect([...router.routing.routes()].length).toBe(152);
});

test("routingLimits.verificationBurst and routingLimits.verificationsPerSecond: more signatures wait, in order", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  const { verificationBurst, verificationsPerSecond } = routingLimits;
  const flood = inventedUpTo(verificationBurst + verificationsPerSecond * 2);
  const before = crypto.verifications;
  const writer = new MessageWriter();
  writer.begin((message) => router.receiveBytes(1, message));
  for (const each of flood) writer.route(10, 1, each);
  writer.retract(identityOf(1).idBytes);
  writer.finish();
  expect(crypto.verifications - before).toBeLessThanOrEqual(verificationBurst);
  router.pass(1000);
  expect(crypto.verifications - before).toBeLessThanOrEqual(verificationBurst + verificationsPerSecond);
  expect(router.next(1)).toBe(1);
  // Nobody else has to wait for it.
  router.route(2, 100, { metric: 5 });
  expect(router.next(100)).toBe(2);
  router.pass(1100);
  expect(crypto.verifications - before).toBe(flood.length + 1);
  expect(router.next(1)).toBeUndefined();
});

test("routingLimits.backlogBytes: a neighbour of whom more waits is refused", () => {
  const { backlogBytes } = routingLimits;
  const router = new OneRouter({ verificationBurst: 10 });
  router.linkUp(1);
  const message = messageOf((writer) => {
    for (const each of inventedUpTo(130)) writer.route(10, 1, each);
  });
  const most = Math.floor(backlogBytes / message.length);
  for (let i = 0; i < most; i++) router.receiveBytes(1, message);
  expect(kindOf(() => router.receiveBytes(1, message))).toBe("exhausted");
});

test("a forgery that is found while nobody calls is reported later", () => {
  const router = new OneRouter({ verificationBurst: 1 });
  router.linkUp(1);
  const forged = announcementOf(6, 1).bytes.slice();
  forged[forged.length - 1] = (forged.at(-1) as number) ^ 1;
  router.receive(1, (writer) => {
    writer.route(1, 1, announcementOf(5, 1));
    writer.route(1, 1, Announcement.read(forged));
  });
  expect(router.failures).toEqual([]);
  router.pass(1000);
  expect(router.failures).toMatchObject([{ peer: idOf(1), error: { kind: "protocol" } }]);
});

test("routingLimits.paceMs: changes leave together, retractions at once", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.pass(1000);
  router.told(2);
  const startMs = router.time.nowMs;
  for (let metric = 100; metric > 0; metric -= 2) {
    router.route(1, 5, { metric });
    router.pass(1);
  }
  const left = router.sent.filter(({ peer, atMs }) => peer === idOf(2) && atMs >= startMs);
  expect(left.length).toBeLessThanOrEqual(1 + Math.ceil(50 / routingLimits.paceMs));
  router.pass(100);
  expect(inWords(router.told(2)).at(-1)).toBe("route 5 at 34");
  router.retract(1, 5);
  router.route(1, 5, { metric: 1 });
  router.retract(1, 5);
  // What came and went in between is not worth a word.
  expect(inWords(router.told(2))).toEqual(["retract 5"]);
});

test("routingLimits.sequenceBurst and routingLimits.sequenceEveryMs: new sequences come only so often", () => {
  const { sequenceBurst, sequenceEveryMs } = routingLimits;
  const router = new OneRouter();
  router.meet(1);
  router.pass(100);
  router.told(1);
  const askAgain = (): number => {
    let answers = 0;
    for (let i = 0; i < 28; i++) {
      const newest = 17_934_912_000 + total + answers;
      router.receive(1, (writer) => writer.request(1, announcementOf(0, newest)));
      router.pass(sequenceEveryMs / 60);
      answers += router.told(1).filter(({ type }) => type === "route").length;
    }
    return answers;
  };
  let total = 0;
  total += askAgain();
  expect(total).toBe(sequenceBurst);
  router.pass(sequenceEveryMs);
  total += router.told(1).length;
  total += askAgain();
  expect(total).toBe(sequenceBurst + 1);
});

test("routingLimits.pendingRequests: more wait until others are done", () => {
  const router = new OneRouter({ ...unhurried, pendingRequests: 10 });
  expect(routingLimits.pendingRequests).toBe(1024);
  router.meet(1);
  router.meet(2);
  const targets = Array.from({ length: 30 }, (_, i) => 10 + i);
  for (const target of targets) router.route(1, target, { metric: 10 });
  router.pass(100);
  for (const target of targets) router.route(2, target, { metric: 500 });
  router.told(2);
  router.linkDown(1);
  const asked = () => new Set(inWords(router.told(2)).filter((each) => each.startsWith("request"))).size;
  expect(asked()).toBe(10);
  for (const target of targets.slice(0, 10)) router.route(2, target, { sequence: 2, metric: 500 });
  router.told(2);
  router.pass(routingLimits.requestPatienceMs + 100);
  expect(asked()).toBe(10);
});

test("routingLimits.requestBurst and routingLimits.requestsPerSecond: more requests are not heard", () => {
  const limits = { ...unhurried, requestBurst: 5, requestsPerSecond: 10 };
  expect([routingLimits.requestBurst, routingLimits.requestsPerSecond]).toEqual([1024, 200]);
  const router = new OneRouter(limits);
  for (const peer of [1, 2]) router.meet(peer);
  const targets = Array.from({ length: 40 }, (_, i) => 10 + i);
  for (const target of targets) router.route(1, target);
  router.pass(100);
  const requests = () => {
    router.told(1);
    router.receive(2, (writer) => {
      for (const target of targets) writer.request(5, announcementOf(target, 1));
    });
    return inWords(router.told(1)).filter((each) => each.startsWith("request")).length;
  };
  expect(requests()).toBe(5);
  router.pass(100);
  router.pass(routingLimits.requestRepeatMs);
  expect(requests()).toBe(5);
});

test("routingLimits.requestRepeatMs: the same request is passed on once in that time", () => {
  const router = new OneRouter();
  for (const peer of [1, 2, 3]) router.meet(peer);
  router.route(1, 5);
  router.pass(100);
  router.told(1);
  const ask = (peer: number, sequence = 1) => {
    router.receive(peer, (writer) => writer.request(5, announcementOf(5, sequence)));
    return inWords(router.told(1));
  };
  expect(ask(2)).toEqual(["request 5 above 1"]);
  expect(ask(3)).toEqual([]);
  // One for a newer sequence is another one.
  expect(ask(3, 2)).toEqual(["request 5 above 2"]);
  router.pass(routingLimits.requestRepeatMs);
  expect(ask(2)).toEqual(["request 5 above 2"]);
});

test("routingLimits.retentionMs: a lost destination is remembered that long", () => {
  const router = new OneRouter();
  router.meet(1);
  router.route(1, 5);
  router.retract(1, 5);
  router.pass(routingLimits.retentionMs - 100);
  expect(inWords(router.told(1))).not.toContain("sync 1");
  router.pass(200);
  expect(inWords(router.told(1))).toContain("sync 1");
});

test("routingLimits.syncMs: a neighbour that reads nothing for so long is given up, and forgetting goes on", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.route(1, 5);
  router.retract(1, 5);
  router.pass(routingLimits.retentionMs + 1);
  router.receive(2, (writer) => writer.synced(1));
  router.pass(routingLimits.syncMs - 100);
  expect(router.failures).toEqual([]);
  router.pass(200);
  expect(router.failures).toMatchObject([{ peer: idOf(1), error: { kind: "unavailable" } }]);
  router.linkDown(1);
  router.pass(routingLimits.syncMs);
  router.receive(2, (writer) => writer.synced(2));
  expect(router.routing.publicKey(idOf(5))).toBeUndefined();
});

test("routingLimits.resendEveryMs: everything is told again only so often", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.pass(100);
  const askAgain = () => {
    router.told(1);
    router.receive(1, (writer) => writer.resend());
    router.pass(100);
    return inWords(router.told(1));
  };
  expect(askAgain()).toEqual(["route 0 at 0", "route 2 at 32"]);
  expect(askAgain()).toEqual([]);
  router.pass(routingLimits.resendEveryMs);
  expect(askAgain()).toEqual(["route 0 at 0", "route 2 at 32"]);
});

test("a route that has as many hops as may be is used, but not told", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.route(1, 5, { hops: routingLimits.hops - 1 });
  expect(router.routing.next(idOf(5))?.hops).toBe(routingLimits.hops);
  router.pass(100);
  expect(inWords(router.told(2))).toContain("route 5 at 132");
  router.route(1, 5, { hops: routingLimits.hops });
  expect(router.next(5)).toBeUndefined();
});

// The routing of one node, step by step. Its links cost 32 units (2 ms).

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { routingLimits } from "#base/limits.ts";
import { announcementOf, idOf, inWords, near, OneRouter } from "../../../test/scenarios/routing/one-router.ts";
import { identityOf } from "../../../test/scenarios/routing/routing-time.ts";

test("a new neighbour is told everything once, each other what changes", () => {
  const router = new OneRouter();
  router.meet(1);
  expect(inWords(router.told(1))).toEqual(["route 0 at 0"]);
  router.route(1, 5);
  router.pass(100);
  expect(router.told(1)).toEqual([]);
  router.linkUp(2);
  expect(inWords(router.told(2))).toEqual(["route 0 at 0", "route 1 at 32", "route 5 at 132"]);
  router.route(1, 5, { metric: 50 });
  router.pass(100);
  expect(inWords(router.told(2))).toEqual(["route 5 at 82"]);
  router.pass(10_000);
  expect(router.told(2)).toEqual([]);
});

test("the cheapest way is taken, and another as soon as it ends", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.route(1, 5, { metric: 100, hops: 3 });
  router.route(2, 5, { metric: 90 });
  expect(router.routing.next(idOf(5))).toEqual({ next: idOf(2), hops: 2, costMs: 122 / 16 });
  const packet = new Uint8Array(80);
  packet.set(identityOf(5).idBytes, 40);
  expect(router.routing.nextFor(packet, 40)).toBe(router.routing.next(idOf(5)));
  router.retract(2, 5);
  expect(router.next(5)).toBe(1);
  router.route(2, 5, { metric: 20 });
  expect(router.next(5)).toBe(2);
  router.linkDown(2);
  expect(router.next(5)).toBe(1);
});

test("a way is unsafe at the metric that was told, and safe just below it", () => {
  const router = new OneRouter();
  for (const peer of [1, 2, 3, 4]) router.meet(peer);
  router.route(1, 5, { metric: 68 });
  router.pass(100);
  expect(inWords(router.told(4))).toContain("route 5 at 100");
  router.route(2, 5, { metric: 100 });
  router.linkDown(1);
  expect(router.next(5)).toBeUndefined();
  router.route(3, 5, { metric: 99 });
  expect(router.next(5)).toBe(3);
});

test("the next hop that becomes unsafe is left at once, and a newer sequence asked for", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.route(1, 5, { metric: 10 });
  router.pass(100);
  expect(inWords(router.told(2))).toContain("route 5 at 42");
  router.route(1, 5, { metric: 60 });
  expect(router.next(5)).toBeUndefined();
  const now = router.sent.slice();
  expect(now.at(-1)?.atMs).toBe(router.time.nowMs);
  expect(inWords(router.told(2))).toEqual(["retract 5"]);
  router.route(1, 5, { sequence: 2, metric: 60 });
  expect(router.next(5)).toBe(1);
});

test("requests go where there may be a way, again and again ever more rarely, and end when there is one", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.route(1, 5, { metric: 10 });
  router.pass(100);
  router.told(1);
  router.route(1, 5, { metric: 60 });
  const times: number[] = [];
  for (let i = 0; i < 1000; i++) {
    if (inWords(router.told(1)).includes("request 5 above 1")) times.push(i / 10);
    router.pass(100);
  }
  const firstSeconds = routingLimits.requestRetryMs / 1000;
  const gaps = times.slice(1).map((each, i) => each - (times[i] as number));
  gaps.slice(0, 5).forEach((gap, i) => expect(gap).toBeCloseTo(firstSeconds * 2 ** i, 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(routingLimits.requestRetryMaxMs / 1000 + 0.1);
  expect(times.length).toBeGreaterThan(6);
  expect(times.length).toBeLessThan(12);
  router.retract(1, 5);
  router.pass(100);
  router.told(1);
  router.pass(100_000);
  expect(inWords(router.told(1)).filter((each) => each.startsWith("request"))).toEqual([]);
});

test("a request for this node brings out a newer sequence, only a current one, and nobody else's", () => {
  const router = new OneRouter();
  router.meet(1);
  const [first] = router.told(1);
  if (first?.type !== "route") throw new TypeError("the node announces itself first");
  const { sequence } = first.announcement;
  expect(sequence).toBe(17_934_912_000);
  router.receive(1, (writer) => writer.request(9, announcementOf(0, sequence - 1)));
  router.pass(100);
  expect(router.told(1)).toEqual([]);
  router.receive(1, (writer) => writer.request(9, first.announcement));
  router.pass(100);
  expect(router.told(1)).toMatchObject([{ type: "route", announcement: { sequence: sequence + 1 } }]);
});

test("a request for another node goes on towards it, with one hop less, not back, and not past its last hop", () => {
  const router = new OneRouter();
  for (const peer of [1, 2, 3]) router.meet(peer);
  router.route(2, 5);
  router.pass(100);
  router.told(2);
  router.receive(3, (writer) => writer.request(1, announcementOf(5, 1)));
  expect(router.told(2)).toEqual([]);
  router.receive(3, (writer) => writer.request(9, announcementOf(5, 1)));
  expect(router.told(2)).toMatchObject([{ type: "request", hopsLeft: 8 }]);
  router.pass(1000);
  router.receive(2, (writer) => writer.request(9, announcementOf(5, 1)));
  router.pass(100);
  expect(router.told(2)).toEqual([]);
});

test("what is asked for was answered already if a newer sequence is in use", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.route(1, 5, { sequence: 7 });
  router.pass(100);
  router.told(1);
  router.receive(2, (writer) => writer.request(9, announcementOf(5, 6)));
  expect(router.told(1)).toEqual([]);
});

test("a node whose clock was set back is told by its neighbour, and goes on above", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.route(1, 1, { sequence: 500, metric: 0, hops: 0 });
  router.pass(100);
  router.linkDown(1);
  router.linkUp(1);
  router.told(1);
  router.route(1, 1, { sequence: 20, metric: 0, hops: 0 });
  router.pass(50);
  expect(inWords(router.told(1))).toContain("remind 1 above 500");
  expect(router.next(1)).toBeUndefined();
  router.route(1, 1, { sequence: 501, metric: 0, hops: 0 });
  expect(router.next(1)).toBe(1);
});

test("a node that is reminded of what it signed goes above it; twice the same changes nothing", () => {
  const router = new OneRouter();
  router.meet(1);
  router.told(1);
  const old = announcementOf(0, 40_000_000_000);
  router.receive(1, (writer) => writer.remind(old));
  router.pass(50);
  expect(router.told(1)).toMatchObject([{ type: "route", announcement: { sequence: 40_000_000_001 } }]);
  router.receive(1, (writer) => {
    writer.remind(old);
    writer.route(5, 5, old);
  });
  router.pass(50);
  expect(router.told(1)).toEqual([]);
});

test("a better way that is unsafe is asked for after some patience, if it is still there", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.meet(3);
  router.route(1, 5, { metric: 10 });
  router.pass(100);
  // It stays safe, since others are told only later what it costs now.
  router.routing.linkChanged(idOf(1), { scope: "local", roundTripMs: 50 });
  router.pass(100);
  expect(router.next(5)).toBe(1);
  router.told(1);
  router.route(2, 5, { metric: 42 });
  router.pass(routingLimits.requestPatienceMs - 1);
  expect(router.told(1)).toEqual([]);
  router.pass(2);
  expect(inWords(router.told(1))).toEqual(["request 5 above 1"]);
});

test("small changes of a link are told to nobody", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.pass(100);
  router.told(2);
  router.routing.linkChanged(idOf(1), { scope: "local", roundTripMs: 2 });
  router.pass(100);
  expect(router.told(2)).toEqual([]);
  router.routing.linkChanged(idOf(1), { scope: "local", roundTripMs: 9 });
  router.pass(100);
  expect(inWords(router.told(2))).toEqual(["route 1 at 160"]);
});

test("a way through a tab is the last choice, by its own word or by the link's; a way to it is not", () => {
  const router = new OneRouter();
  router.meet(1, near, { tab: true });
  router.meet(2, { scope: "control", roundTripMs: 900 });
  router.meet(3);
  router.route(1, 5, { metric: 1 });
  expect(router.next(5)).toBe(1);
  router.route(2, 5, { metric: 30 });
  expect(router.next(5)).toBe(2);
  expect(router.routing.next(idOf(1))?.costMs).toBe(2);
  router.route(3, 5, { metric: 0 });
  expect(router.next(5)).toBe(3);
  router.route(3, 3, { sequence: 2, metric: 0, hops: 0, tab: true });
  expect(router.next(5)).toBe(2);
});

test("a tab says that it is one", () => {
  const router = new OneRouter({}, true);
  router.linkUp(1);
  expect(router.told(1)).toMatchObject([{ type: "route", announcement: { isTab: true } }]);
});

test("a neighbour that may not relay gives the way to itself and learns of this node alone", () => {
  const router = new OneRouter();
  router.meet(1);
  router.route(1, 5);
  router.meet(2, near, { relay: false });
  router.route(2, 6, { metric: 1 });
  router.route(2, 5, { metric: 1 });
  router.receive(2, (writer) => writer.request(9, announcementOf(5, 1)));
  router.pass(100);
  expect(inWords(router.told(2))).toEqual(["route 0 at 0"]);
  expect([router.next(2), router.next(5), router.next(6)]).toEqual([2, 1, undefined]);
});

test("a next hop that leads nowhere is avoided for a time", () => {
  const router = new OneRouter();
  for (const peer of [1, 2]) router.meet(peer);
  router.route(1, 5, { metric: 10 });
  router.route(2, 5, { metric: 15 });
  router.routing.avoid(idOf(5), idOf(1), router.time.nowMs + 5000);
  expect(router.next(5)).toBe(2);
  router.pass(4999);
  expect(router.next(5)).toBe(2);
  router.pass(2);
  expect(router.next(5)).toBe(1);
});

test("with no other safe way the avoided one stays in use, and a newer sequence is asked for elsewhere", () => {
  const router = new OneRouter();
  for (const peer of [1, 2, 3]) router.meet(peer);
  router.route(1, 5, { metric: 10 });
  router.pass(100);
  router.route(2, 5, { metric: 500 });
  router.told(2);
  router.routing.avoid(idOf(5), idOf(1), router.time.nowMs + 5000);
  router.time.endTurn();
  expect(router.next(5)).toBe(1);
  expect(inWords(router.told(2))).toContain("request 5 above 1");
  router.route(2, 5, { sequence: 2, metric: 500 });
  expect(router.next(5)).toBe(2);
  router.route(1, 5, { sequence: 2, metric: 10 });
  expect(router.next(5)).toBe(2);
  router.pass(5000);
  expect(router.next(5)).toBe(1);
});

test("what others ask for goes over the avoided way, if there is no other", () => {
  const router = new OneRouter();
  for (const peer of [1, 2]) router.meet(peer);
  router.route(1, 1, { metric: 0 });
  router.pass(100);
  router.routing.avoid(idOf(1), idOf(1), router.time.nowMs + 30_000);
  router.told(1);
  router.receive(2, (writer) => writer.request(9, announcementOf(1, 1)));
  router.pass(1);
  expect(inWords(router.told(1))).toEqual(["request 1 above 1"]);
});

test("avoiding what is no way changes nothing", () => {
  const router = new OneRouter();
  router.meet(1);
  router.routing.avoid(idOf(1), idOf(2), 1e9);
  router.routing.avoid(idOf(7), idOf(1), 1e9);
  router.time.endTurn();
  expect(router.next(1)).toBe(1);
});

test("the end of a turn says whose next hop is another, not whose cost", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.route(1, 5, { metric: 100 });
  router.changes.length = 0;
  router.route(1, 5, { metric: 90 });
  expect(router.changes).toEqual([]);
  router.route(2, 5, { metric: 20 });
  expect(router.changes).toEqual([new Set([idOf(5)])]);
});

test("nothing is called back from within a call", () => {
  const router = new OneRouter();
  router.routing.linkUp(idOf(1), near, { tab: false, relay: true });
  expect(router.sent).toEqual([]);
  router.time.endTurn();
  expect(router.sent.length).toBe(1);
});

test("after the end nothing is sent, and nothing rings", () => {
  const router = new OneRouter();
  router.meet(1);
  router.route(1, 5);
  router.routing.close();
  const before = router.sent.length;
  router.receive(1, (writer) => writer.request(9, announcementOf(0, 40_000_000_000)));
  router.linkUp(2);
  router.pass(1_000_000);
  expect(router.sent.length).toBe(before);
});

test("routes and keys of all that can be reached", () => {
  const router = new OneRouter();
  router.meet(1);
  router.route(1, 5);
  router.route(1, 6);
  router.retract(1, 6);
  expect(new Map(router.routing.routes()).size).toBe(2);
  expect(router.routing.publicKey(idOf(5))).toEqual(identityOf(5).publicKey);
  expect(router.routing.publicKey(idOf(6))).toEqual(identityOf(6).publicKey);
  expect(router.routing.publicKey(idOf(0))).toEqual(identityOf(0).publicKey);
  expect(router.routing.publicKey(idOf(9))).toBeUndefined();
  expect(router.routing.next(idOf(0))).toBeUndefined();
});

test("SYNC is answered behind everything that was said before it", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.pass(100);
  router.told(1);
  router.receive(2, (writer) => writer.route(5, 1, announcementOf(5, 1)));
  router.receive(1, (writer) => {
    writer.sync(3);
    writer.sync(4);
  });
  router.pass(100);
  expect(inWords(router.told(1))).toEqual(["route 5 at 37", "synced 4"]);
});

test("a lost destination is forgotten once all neighbours have read that it is lost, and not before", () => {
  const router = new OneRouter();
  for (const peer of [1, 2]) router.meet(peer);
  router.route(1, 5, { sequence: 9 });
  router.pass(100);
  router.retract(1, 5);
  router.told(2);
  router.pass(routingLimits.retentionMs + 1000);
  expect(inWords(router.told(2))).toContain("sync 1");
  router.receive(1, (writer) => writer.synced(1));
  router.route(2, 5, { sequence: 8 });
  expect(router.next(5)).toBeUndefined();
  router.retract(2, 5);
  router.receive(2, (writer) => writer.synced(1));
  expect(router.routing.publicKey(idOf(5))).toBeDefined();
  router.pass(routingLimits.retentionMs + 1000);
  for (const peer of [1, 2]) router.receive(peer, (writer) => writer.synced(2));
  expect(router.routing.publicKey(idOf(5))).toBeUndefined();
  router.route(2, 5, { sequence: 8 });
  expect(router.next(5)).toBe(2);
});

test("a defect of the caller is one", () => {
  const router = new OneRouter();
  router.linkUp(1);
  expect(() => router.linkUp(1)).toThrow(GlowError);
  expect(() => router.linkUp(0)).toThrow(GlowError);
  router.linkDown(7);
  router.routing.received(idOf(7), Uint8Array.of(1));
});

// A neighbour that sends what no honest one would. It gets its own link closed, at most.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { routingLimits } from "#base/limits.ts";
import { encodeVarint } from "#base/varint.ts";
import type { PublicKey } from "#glow";
import { Announcement } from "#mesh/routing/announcement.ts";
import { recordType } from "#mesh/routing/message.ts";
import { announcementOf, idOf, inWords, messageOf, OneRouter } from "./one-router.ts";
import { crypto, identityOf } from "./routing-time.ts";

/** An announcement with parts that do not belong together. */
function composed(sequence: number, flags: number, key: PublicKey, signature: Uint8Array): Announcement {
  const head = concatBytes([encodeVarint(sequence), encodeVarint(flags), encodeVarint(key.length)]);
  return Announcement.read(concatBytes([head, key, signature]));
}

function kindOf(action: () => void): string {
  try {
    action();
    return "none";
  } catch (error) {
    return GlowError.from(error, "test").kind;
  }
}

const genuine = announcementOf(5, 100);
const forgeries: [string, Announcement][] = [
  ["a newer sequence", composed(101, 0, genuine.publicKey, genuine.signature)],
  ["another flag", composed(100, 1, genuine.publicKey, genuine.signature)],
  ["another's key", composed(100, 0, identityOf(6).publicKey, genuine.signature)],
  ["another's signature", composed(101, 0, genuine.publicKey, announcementOf(6, 101).signature)],
];

test.each(forgeries)("a forged announcement ends the link and changes nothing: %s", (_, forged) => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.receive(1, (writer) => writer.route(50, 1, genuine));
  expect(kindOf(() => router.receive(2, (writer) => writer.route(1, 1, forged)))).toBe("protocol");
  expect([router.next(5), router.next(6)]).toEqual([1, undefined]);
  // Nothing more is heard of that neighbour, though its link has not ended yet.
  router.route(2, 5, { sequence: 200 });
  expect(router.next(5)).toBe(1);
});

test.each(forgeries)("nor does a forged request or reminder make anybody go on: %s", (_, forged) => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.receive(1, (writer) => writer.route(50, 1, genuine));
  router.pass(100);
  router.told(1);
  router.told(2);
  // What is no newer than what is known is not even looked at: what is passed on is what is known.
  if (forged.sequence > 100) {
    expect(kindOf(() => router.receive(2, (writer) => writer.request(9, forged)))).toBe("protocol");
    router.pass(5000);
    expect(inWords(router.told(1)).filter((each) => each.startsWith("request"))).toEqual([]);
  }
  const ofSelf = composed(40_000_000_000, forged.flags, identityOf(0).publicKey, forged.signature);
  router.meet(3);
  router.told(3);
  expect(kindOf(() => router.receive(3, (writer) => writer.remind(ofSelf)))).toBe("protocol");
  router.pass(5000);
  expect(inWords(router.told(3))).toEqual([]);
});

test("nobody can claim to be another: an id follows from the key that signs", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  // With a key of its own a liar only announces one more node.
  router.route(2, 7, { metric: 0, hops: 0 });
  expect([router.next(1), router.next(7)]).toEqual([1, 2]);
  // Announced at no cost by somebody else, a neighbour still is its own best next hop only by cost; its id stays its own.
  expect(router.routing.publicKey(idOf(1))).toEqual(identityOf(1).publicKey);
});

test("an ancient announcement, replayed at no cost, replaces no newer one, and is not even verified", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.route(1, 5, { sequence: 100, metric: 5000 });
  router.pass(100);
  const before = crypto.verifications;
  router.route(2, 5, { sequence: 99, metric: 0 });
  expect(router.next(5)).toBe(1);
  expect(crypto.verifications).toBe(before);
  router.linkDown(1);
  router.pass(1000);
  expect(router.next(5)).toBeUndefined();
});

test("an ancient announcement of a node that is gone is not believed while it is remembered", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.route(1, 5, { sequence: 100 });
  router.pass(100);
  router.retract(1, 5);
  router.pass(routingLimits.retentionMs / 2);
  router.route(2, 5, { sequence: 99 });
  router.pass(routingLimits.retentionMs * 3);
  expect(router.next(5)).toBeUndefined();
});

test("what we have said ourselves, said back by a liar at less cost, is a lie that cannot loop among the honest", () => {
  const router = new OneRouter();
  for (const peer of [1, 2, 3]) router.meet(peer);
  router.route(1, 5, { metric: 50 });
  router.pass(100);
  // Exactly as told, or dearer: unsafe. Cheaper than any honest node that got it from here could say.
  router.route(2, 5, { metric: 82 });
  router.linkDown(1);
  expect(router.next(5)).toBeUndefined();
  router.route(2, 5, { metric: 81 });
  expect(router.next(5)).toBe(2);
  // Of what leads through it the liar is told nothing more.
  router.pass(100);
  expect(inWords(router.told(2)).at(-1)).not.toMatch(/^route 5/);
});

test("a liar that keeps an old sequence alive does not keep a node with a new clock from being heard", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(5);
  router.route(5, 5, { sequence: 100, metric: 0, hops: 0 });
  router.pass(100);
  router.linkDown(5);
  router.route(1, 5, { sequence: 100, metric: 0 });
  expect(router.next(5)).toBe(1);
  router.linkUp(5);
  router.told(5);
  router.route(5, 5, { sequence: 50, metric: 0, hops: 0 });
  router.pass(100);
  expect(inWords(router.told(5))).toContain("remind 5 above 100");
});

test("the same announcement from many neighbours is verified once", () => {
  const router = new OneRouter();
  for (let peer = 1; peer <= 20; peer++) router.meet(peer);
  const before = crypto.verifications;
  for (let peer = 1; peer <= 20; peer++) router.route(peer, 100, { metric: 100 - peer });
  expect(crypto.verifications - before).toBe(1);
  expect(router.next(100)).toBe(20);
});

test("a flood of requests brings out few new sequences, and costs each link about one message", () => {
  const router = new OneRouter();
  for (let peer = 1; peer <= 5; peer++) router.meet(peer);
  router.pass(100);
  const startMs = router.time.nowMs;
  router.told(1);
  let sequence = 17_934_912_000;
  let renewals = 0;
  let passedOn = 0;
  while (router.time.nowMs < startMs + 10_000) {
    const own = announcementOf(0, sequence);
    for (let i = 0; i < 20; i++) {
      router.receive(2, (writer) => writer.request(64, own));
      router.receive(3, (writer) => writer.request(64, announcementOf(1, 1)));
    }
    router.pass(10);
    for (const record of router.told(1)) {
      if (record.type === "request") passedOn++;
      if (record.type !== "route") continue;
      renewals++;
      sequence = record.announcement.sequence;
    }
  }
  const { sequenceBurst, sequenceEveryMs, requestRepeatMs } = routingLimits;
  expect(renewals).toBeGreaterThan(sequenceBurst);
  expect(renewals).toBeLessThanOrEqual(sequenceBurst + 10_000 / sequenceEveryMs);
  expect(passedOn).toBeGreaterThan(1);
  expect(passedOn).toBeLessThanOrEqual(1 + 10_000 / requestRepeatMs);
});

test("a request that a liar swallows goes to all neighbours when it is repeated, not back, and ever more rarely", () => {
  const router = new OneRouter();
  for (const peer of [1, 2, 3, 4]) router.meet(peer);
  // The liar's way is the cheapest; 3 has told nothing, as it believes our lie by hearsay.
  router.route(1, 5, { metric: 0 });
  router.route(2, 5, { metric: 9000 });
  router.pass(100);
  router.told(1);
  const first = router.sent.length;
  for (let ms = 0; ms < 20_000; ms += 50) {
    router.receive(4, (writer) => writer.request(64, announcementOf(5, 1)));
    router.pass(50);
  }
  const requests = router.sent.slice(first).filter(({ message }) => message[0] === recordType.request);
  const times = (peer: number) => requests.filter((each) => each.peer === idOf(peer)).length;
  // After 0, 0.4, 1.2, 2.8, 6 and 12.4 s; the first went only where the way seemed to lead.
  expect([1, 2, 3, 4].map(times)).toEqual([6, 5, 5, 0]);
});

test("requests for what nobody knows are dropped", () => {
  const router = new OneRouter();
  router.meet(1);
  router.meet(2);
  router.pass(100);
  router.told(1);
  router.receive(2, (writer) => writer.request(64, announcementOf(9, 1)));
  router.pass(5000);
  expect(router.told(1)).toEqual([]);
  expect(router.routing.publicKey(idOf(9))).toBeUndefined();
});

test("an announcement in a suite of the future is passed over, and ends no link", () => {
  const router = new OneRouter();
  router.meet(1);
  const key = concatBytes([encodeVarint(0x30_0001), new Uint8Array(48)]) as PublicKey;
  router.receive(1, (writer) => writer.route(1, 1, composed(1, 0, key, new Uint8Array(99))));
  router.route(1, 5);
  expect(router.next(5)).toBe(1);
});

test("garbage ends the link, or does nothing", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (messages) => {
      const router = new OneRouter();
      router.meet(1);
      for (const message of messages) {
        expect(["none", "protocol"]).toContain(kindOf(() => router.receiveBytes(1, message)));
      }
      router.pass(1000);
      expect([...router.routing.routes()].length).toBe(1);
    }),
    { numRuns: 200 },
  );
});

test("a genuine message with bytes changed ends the link, or says less", () => {
  const message = messageOf((writer) => {
    for (const number of [5, 6, 7]) writer.route(10, 1, announcementOf(number, 10));
    writer.retract(identityOf(1).idBytes);
    writer.sync(1);
  });
  const changes = fc.array(fc.tuple(fc.nat(message.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(changes, (drawn) => {
      const changed = message.slice();
      for (const [at, byte] of drawn) changed[at] = byte;
      const router = new OneRouter();
      router.meet(1);
      expect(["none", "protocol"]).toContain(kindOf(() => router.receiveBytes(1, changed)));
      router.pass(100);
      const known = new Set([1, 5, 6, 7].map(idOf));
      for (const [id] of router.routing.routes()) expect(known.has(id)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

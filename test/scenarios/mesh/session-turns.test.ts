// Who goes first: between streams of one priority, between priorities, and how few packets it all takes.

import { expect, test } from "vitest";
import { meshSessionLimits } from "#base/limits.ts";
import type { Stream } from "#glow";
import { RecordingReceiver } from "../../compliance/recording-receiver.ts";
import { patterned } from "../../compliance/subject.ts";
import { SessionPair, type SessionPairOptions } from "./session-pair.ts";

/** A pair whose far side records each stream by its protocol. */
async function recordedPair(
  options: SessionPairOptions,
): Promise<{ pair: SessionPair; far: Map<string, RecordingReceiver>; streams: Map<string, Stream> }> {
  const pair = await SessionPair.start(options);
  const far = new Map<string, RecordingReceiver>();
  const streams = new Map<string, Stream>();
  pair.far.onStream = (stream, protocol) => {
    const receiver = new RecordingReceiver();
    stream.attach(receiver);
    far.set(protocol, receiver);
    streams.set(protocol, stream);
    return true;
  };
  return { pair, far, streams };
}

for (const direct of [true, false]) {
  test(`an interactive message passes a backlog of bulk, ${direct ? "direct" : "relayed"}: it is in the next packet`, async () => {
    const { pair, far } = await recordedPair({ direct, conditions: { delayMs: 5, bytesPerMs: 1000 } });
    const bulk = pair.near.open("bulk", "bulk");
    bulk.attach(new RecordingReceiver());
    const urgent = pair.near.open("urgent", "interactive");
    urgent.attach(new RecordingReceiver());
    urgent.send([patterned(0, 10)]);
    for (let i = 0; i < 100; i++) bulk.send([new Uint8Array(60_000)]);
    // Bulk alone fills the window meanwhile, and waits for room.
    await pair.run(400);
    expect(bulk.bufferedBytes).toBeGreaterThan(1_000_000);
    const flushes = pair.near.line.flushes;
    urgent.send([patterned(1, 100)]);
    const heard = far.get("urgent") as RecordingReceiver;
    await pair.world.finish(heard.until(() => heard.packets.length === 2));
    expect(pair.near.line.flushes - flushes).toBeLessThanOrEqual(2);
  });
}

test("an interactive message leaves at once although bulk has filled the window", async () => {
  const { pair, far } = await recordedPair({ conditions: { delayMs: 500 } });
  const bulk = pair.near.open("bulk", "bulk");
  bulk.attach(new RecordingReceiver());
  const others = Array.from({ length: 8 }, (_, i) => pair.near.open(`bulk ${i}`, "bulk"));
  for (const stream of [bulk, ...others]) for (let i = 0; i < 10; i++) stream.send([new Uint8Array(30_000)]);
  await pair.run(100);
  expect(pair.near.session.sizes.bytesUnderWay).toBeGreaterThanOrEqual(meshSessionLimits.firstCongestionBytes);
  const urgent = pair.near.open("urgent", "interactive");
  urgent.send([patterned(1, 100)]);
  await pair.run(501);
  expect(far.get("urgent")?.packets.length).toBe(1);
});

test("streams of one priority take turns", async () => {
  const { pair, far } = await recordedPair({ conditions: { bytesPerMs: 1000, delayMs: 5 } });
  const names = ["a", "b", "c", "d"];
  for (const name of names) {
    const stream = pair.near.open(name, "bulk");
    stream.attach(new RecordingReceiver());
    for (let i = 0; i < 200; i++) stream.send([new Uint8Array(5_000)]);
  }
  await pair.run(2000);
  const counts = names.map((name) => far.get(name)?.packets.length ?? 0);
  expect(Math.min(...counts)).toBeGreaterThan(50);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(40);
});

test("a stream whose reader has stopped holds up no other", async () => {
  const { pair, far, streams } = await recordedPair({ conditions: { delayMs: 5 } });
  const stuck = pair.near.open("stuck", "bulk");
  const free = pair.near.open("free", "bulk");
  for (const stream of [stuck, free]) stream.attach(new RecordingReceiver());
  stuck.send([new Uint8Array(1)]);
  await pair.run(50);
  streams.get("stuck")?.pause();
  for (let i = 0; i < 50; i++) {
    stuck.send([new Uint8Array(30_000)]);
    free.send([new Uint8Array(30_000)]);
  }
  await pair.run(2000);
  expect(far.get("free")?.packets.length).toBe(50);
  const before = far.get("stuck")?.packets.length ?? 0;
  expect(before).toBeLessThan(5);
  // It is not for want of a path: nobody is under suspicion, however long it takes.
  await pair.run(2 * meshSessionLimits.graceMs);
  expect([pair.near.suspicions, pair.near.ends.length]).toEqual([0, 0]);
  streams.get("stuck")?.resume();
  await pair.run(2000);
  expect(far.get("stuck")?.packets.length).toBe(51);
});

test("1024 streams at once, each whole", async () => {
  const { pair, far } = await recordedPair({ direct: false, conditions: { delayMs: 5, loss: 0.05 } });
  const count = meshSessionLimits.streams;
  const streams = Array.from({ length: count }, (_, i) => pair.near.open(`s${i}`, "interactive"));
  streams.forEach((stream, i) => {
    stream.attach(new RecordingReceiver());
    stream.send([patterned(i, i)]);
    stream.send([patterned(i, 10)]);
  });
  await pair.run(5_000);
  expect([...far.values()].map(({ packets }) => packets.length)).toEqual(Array.from({ length: count }, () => 2));
  for (let i = 0; i < count; i++) expect(far.get(`s${i}`)?.packets[0]).toEqual(patterned(i, i));
  for (const stream of streams) stream.close();
  await pair.run(5_000);
  expect(pair.sides.map(({ session }) => session.sizes.streams)).toEqual([0, 0]);
});

test("messages of one turn go in one packet, and an answer carries the acknowledgement", async () => {
  const { pair, far, streams } = await recordedPair({ conditions: { delayMs: 5 } });
  const stream = pair.near.open("talk", "interactive");
  const near = new RecordingReceiver();
  stream.attach(near);
  stream.send([patterned(0, 10)]);
  await pair.run(100);
  const before = pair.sides.map(({ session }) => session.counts.sent);
  for (let i = 0; i < 300; i++) stream.send([patterned(i, 100)]);
  const heard = far.get("talk") as RecordingReceiver;
  let answered = false;
  heard.onPacket = () => {
    if (answered) return;
    answered = true;
    streams.get("talk")?.send([patterned(1, 10)]);
  };
  await pair.run(15);
  expect([heard.packets.length, near.packets.length]).toEqual([301, 1]);
  await pair.run(1000);
  // The message, its answer, and a late acknowledgement of that.
  expect(pair.sides.map(({ session }, i) => session.counts.sent - (before[i] as number))).toEqual([2, 1]);
});

test("bulk is acknowledged seldom", async () => {
  const { pair, far } = await recordedPair({ conditions: { delayMs: 5, bytesPerMs: 20_000 } });
  const stream = pair.near.open("bulk", "bulk");
  let left = 400;
  const fill = () => {
    for (let room = true; room && left > 0; left--) room = stream.send([new Uint8Array(64_000)]);
  };
  const receiver = new RecordingReceiver();
  receiver.drained = fill;
  stream.attach(receiver);
  fill();
  await pair.run(5000);
  expect(far.get("bulk")?.packets.length).toBe(400);
  expect(pair.far.session.counts.sent).toBeLessThan(pair.near.session.counts.sent * 0.6);
  expect(pair.near.session.counts.lost).toBe(0);
});

test("what comes in order is acknowledged late, or when it is much", async () => {
  const { pair } = await recordedPair({ conditions: { delayMs: 5 } });
  const stream = pair.near.open("talk", "interactive");
  stream.attach(new RecordingReceiver());
  await pair.run(1000);
  const said = () => pair.far.session.counts.sent;
  let before = said();
  stream.send([patterned(1, 100)]);
  await pair.run(5 + meshSessionLimits.ackDelayMs - 0.5);
  expect(said() - before).toBe(0);
  await pair.run(1);
  expect(said() - before).toBe(1);
  // Streams enough that no credit has to be given, in which case an acknowledgement would go along.
  const streams = Array.from({ length: 5 }, (_, i) => pair.near.open(`bulk ${i}`, "bulk"));
  for (const each of streams) each.send([new Uint8Array(1)]);
  await pair.run(1000);
  before = said();
  for (const each of streams) each.send([new Uint8Array(meshSessionLimits.ackBytes / 5)]);
  await pair.run(6);
  expect(said() - before).toBe(1);
});

// How a session lives with its path: what it does when nothing gets through, when the path changes under it, and when it
// ends; and how little it says when there is little to say.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { meshSessionLimits, transportLimits } from "#base/limits.ts";
import type { Stream } from "#glow";
import { LinkPacket } from "#mesh/link/link-packet.ts";
import type { LinkSource } from "#mesh/link/link-source.ts";
import { RecordingReceiver } from "../../compliance/recording-receiver.ts";
import { patterned } from "../../compliance/subject.ts";
import { SessionPair, type SessionPairOptions } from "./session-pair.ts";
import { Checker, Sender } from "./session-traffic.ts";

const nothing = { streams: 0, packetsUnderWay: 0, bytesUnderWay: 0, heldBytes: 0, widenedBytes: 0 };

interface Ends {
  readonly pair: SessionPair;
  readonly opened: Stream;
  readonly near: RecordingReceiver;
  readonly far: RecordingReceiver;
  readonly accepted: Stream;
}

/** A pair with one stream, over which one packet has gone. */
async function connected(options: SessionPairOptions = {}): Promise<Ends> {
  const pair = await SessionPair.start(options);
  const near = new RecordingReceiver();
  const far = new RecordingReceiver();
  let accepted: Stream | undefined;
  pair.far.onStream = (stream) => {
    accepted = stream;
    stream.attach(far);
    return true;
  };
  const opened = pair.near.open("test", "interactive");
  opened.attach(near);
  opened.send([patterned(0, 10)]);
  await pair.world.finish(far.untilPackets(1));
  await pair.run(1000);
  return { pair, opened, near, far, accepted: accepted as Stream };
}

test("a path that swallows everything is under suspicion soon, and ends the session after the grace", async () => {
  const { pair, opened, near } = await connected({ conditions: { delayMs: 5 } });
  pair.near.line.watch = () => false;
  opened.send([patterned(1, 10)]);
  // The first waits are as short as possible, each twice as long as the one before.
  const waitsMs = meshSessionLimits.leastProbeMs * (2 ** meshSessionLimits.suspectProbes - 1);
  await pair.run(waitsMs - 1);
  expect(pair.near.suspicions).toBe(0);
  await pair.run(2);
  expect(pair.near.suspicions).toBe(1);
  expect(pair.near.ends).toEqual([]);
  const before = pair.near.suspicions;
  await pair.run(10_000);
  expect(pair.near.suspicions).toBeGreaterThanOrEqual(before + 8);
  await pair.run(meshSessionLimits.graceMs - 12_000);
  expect(pair.near.ends).toEqual([]);
  await pair.run(2_000);
  expect(pair.near.ends.map(({ kind }) => kind)).toEqual(["disconnected"]);
  expect(near.ends.map(({ kind }) => kind)).toEqual(["disconnected"]);
  expect(pair.near.session.sizes).toEqual(nothing);
});

test("a path on which acknowledgements alone are lost is under suspicion too", async () => {
  const { pair, opened, far } = await connected({ conditions: { delayMs: 5 } });
  pair.far.line.watch = () => false;
  opened.send([patterned(1, 10)]);
  await pair.run(1000);
  expect(far.packets.length).toBe(2);
  expect(pair.near.suspicions).toBeGreaterThanOrEqual(1);
  // Who is asked for a sign of life again and again sees that its own do not arrive: it is its path that is bad.
  expect(pair.far.suspicions).toBeGreaterThanOrEqual(1);
});

test("a path that is another again and again, and answers each time, is not under suspicion", async () => {
  const { pair } = await connected({ conditions: { delayMs: 5 } });
  for (let i = 0; i < 4 * meshSessionLimits.suspectProbes; i++) {
    pair.near.session.setPath({ output: pair.near.line, direct: i % 2 === 1 });
    await pair.run(50);
  }
  expect([pair.near.suspicions, pair.far.suspicions]).toEqual([0, 0]);
});

test("suspicion ends as soon as something gets through", async () => {
  const { pair, opened, far } = await connected({ conditions: { delayMs: 5 } });
  pair.near.line.watch = () => false;
  opened.send([patterned(1, 10)]);
  await pair.run(20_000);
  pair.near.line.watch = () => true;
  await pair.run(1100);
  expect(far.packets.length).toBe(2);
  const { suspicions } = pair.near;
  await pair.run(2 * meshSessionLimits.graceMs);
  expect(pair.near.suspicions).toBe(suspicions);
  expect(pair.near.ends).toEqual([]);
});

test("without a path a session waits for one, but not for ever", async () => {
  const { pair, opened, far } = await connected();
  pair.path(undefined);
  opened.send([patterned(1, 10)]);
  await pair.run(meshSessionLimits.graceMs - 1000);
  expect(pair.near.suspicions).toBe(0);
  pair.path(true);
  await pair.run(10);
  expect(far.packets.length).toBe(2);
  await pair.run(2 * meshSessionLimits.graceMs);
  pair.path(undefined);
  await pair.run(meshSessionLimits.graceMs + 1);
  expect(pair.sides.map(({ ends }) => ends.map(({ kind }) => kind))).toEqual([["disconnected"], ["disconnected"]]);
  expect(pair.world.timeline.pending).toBe(0);
});

test("a session that never gets a path ends too", async () => {
  const pair = await SessionPair.start({ direct: "none" });
  await pair.run(meshSessionLimits.graceMs + 1);
  expect(pair.near.ends.map(({ kind }) => kind)).toEqual(["disconnected"]);
});

test("an idle session says nothing, and sets no timer", async () => {
  const { pair } = await connected();
  const packets = pair.sides.map(({ session }) => session.counts.sent);
  expect(pair.world.timeline.pending).toBe(0);
  await pair.run(10 * meshSessionLimits.graceMs);
  expect(pair.sides.map(({ session }) => session.counts.sent)).toEqual(packets);
  expect(pair.sides.map(({ ends }) => ends)).toEqual([[], []]);
});

for (const [from, to] of [
  [true, false],
  [false, true],
  [false, false],
] as const) {
  test(`a transfer goes on over a new path within a round trip: ${word(from)} to ${word(to)}, the old one dead`, async () => {
    const { pair, opened, far } = await connected({ direct: from, conditions: { delayMs: 10, bytesPerMs: 2_000 } });
    const stream = pair.near.open("bulk", "bulk");
    const sizes = Array.from({ length: 400 }, () => 20_000);
    const checker = new Checker(1, sizes);
    pair.far.onStream = (accepted) => {
      accepted.attach(checker);
      return true;
    };
    const sender = new Sender(stream, 1, sizes);
    const receiver = new Checker(2, []);
    receiver.onDrained = sender.fill;
    stream.attach(receiver);
    sender.fill();
    await pair.run(300);
    expect(checker.received).toBeGreaterThan(5);
    // All that is on the old line is gone.
    const before = checker.received;
    const stale = pair.sides.map(({ line }) => line.target);
    for (const { line } of pair.sides) line.target = undefined;
    await pair.run(100);
    pair.sides.forEach(({ line }, i) => {
      line.target = stale[i];
    });
    pair.path(undefined);
    pair.path(to);
    await pair.run(200);
    expect(checker.received).toBeGreaterThan(before);
    await pair.run(30_000);
    expect([checker.complete, far.packets.length]).toEqual([true, 1]);
    opened.close();
  });
}

test("much that was under way on a dead path is sent again over the next one soon", async () => {
  const pair = await SessionPair.start({ conditions: { delayMs: 50 } });
  let received = 0;
  pair.far.onStream = (stream) => {
    const receiver = new RecordingReceiver();
    receiver.onPacket = (packet) => {
      received += packet.length;
      receiver.packets.length = 0;
    };
    stream.attach(receiver);
    return true;
  };
  const stream = pair.near.open("bulk", "bulk");
  const receiver = new RecordingReceiver();
  const fill = () => {
    while (stream.send([new Uint8Array(60_000)]));
  };
  receiver.drained = fill;
  stream.attach(receiver);
  fill();
  const { session } = pair.near;
  await pair.world.run({ untilMs: pair.world.nowMs + 5_000, stop: () => session.sizes.bytesUnderWay > 3_000_000 });
  expect(session.sizes.bytesUnderWay).toBeGreaterThan(3_000_000);
  const targets = pair.sides.map(({ line }) => line.target);
  for (const { line } of pair.sides) line.target = undefined;
  await pair.run(55);
  pair.sides.forEach(({ line }, i) => {
    line.target = targets[i];
  });
  const before = received;
  for (const side of pair.sides) side.session.setPath({ output: side.line, direct: false });
  // The answer to what is sent first has to show what was lost.
  await pair.run(155 + meshSessionLimits.ackDelayMs);
  expect(received).toBeGreaterThan(before);
  await pair.run(400);
  expect(received - before).toBeGreaterThan(1_000_000);
  expect(pair.near.suspicions).toBe(0);
});

test("a message that was lost with its path takes the next one at once", async () => {
  const { pair, opened, far } = await connected({ conditions: { delayMs: 5 } });
  pair.near.line.watch = () => false;
  opened.send([patterned(1, 10)]);
  await pair.run(1);
  pair.near.line.watch = () => true;
  pair.path(false);
  await pair.run(6);
  expect(far.packets.length).toBe(2);
});

test("a stream is opened on the other side although the first packet is lost, and nothing is sent into it", async () => {
  const pair = await SessionPair.start();
  await pair.run(100);
  const opened: string[] = [];
  pair.far.onStream = (stream, protocol) => {
    stream.attach(new RecordingReceiver());
    return opened.push(protocol) > 0;
  };
  pair.near.line.watch = () => false;
  pair.near.open("silent");
  await pair.run(10);
  pair.near.line.watch = () => true;
  await pair.run(1000);
  expect(opened).toEqual(["silent"]);
});

test("the last request of an old path adds nothing", async () => {
  const { pair, opened, far } = await connected();
  const asked: LinkSource[] = [];
  const { line, session } = pair.near;
  session.setPath({ output: { ready: (source) => asked.push(source) }, direct: true });
  session.setPath({ output: line, direct: true });
  opened.send([patterned(1, 10)]);
  const packet = new LinkPacket();
  for (const source of asked) {
    for (const priority of [0, 1, 2] as const) expect(source.fill(packet, priority)).toBe(false);
  }
  expect([asked.length > 0, packet.empty]).toEqual([true, true]);
  await pair.run(10);
  expect(far.packets.length).toBe(2);
});

test("what both sides say about the end of a session is heard, by its streams too", async () => {
  const { pair, near, far } = await connected();
  pair.near.session.close(new GlowError("unavailable", "test.close", { message: "going home" }));
  await pair.run(10);
  for (const ends of [pair.near.ends, pair.far.ends, near.ends, far.ends]) {
    expect(ends.map(({ kind, message }) => [kind, message])).toEqual([["unavailable", "going home"]]);
  }
  expect(pair.sides.map(({ session }) => session.sizes)).toEqual([nothing, nothing]);
  expect(pair.world.timeline.pending).toBe(0);
});

test("an abort is heard on the other side with its kind, even if the stream was never used", async () => {
  const pair = await SessionPair.start();
  const far = new RecordingReceiver();
  pair.far.onStream = (stream) => {
    stream.attach(far);
    return true;
  };
  const near = new RecordingReceiver();
  const stream = pair.near.open();
  stream.attach(near);
  stream.abort(new GlowError("denied", "test.abort", { message: "not for you" }));
  await pair.run(100);
  for (const { ends } of [near, far])
    expect(ends.map(({ kind, message }) => [kind, message])).toEqual([["denied", "not for you"]]);
  expect(pair.sides.map(({ session }) => session.sizes)).toEqual([nothing, nothing]);
});

test("a protocol that nobody takes ends as `not-found`", async () => {
  const pair = await SessionPair.start();
  const near = new RecordingReceiver();
  const stream = pair.near.open("nobody's");
  stream.attach(near);
  stream.send([patterned(1, 100)]);
  await pair.run(100);
  expect(near.ends.map(({ kind }) => kind)).toEqual(["not-found"]);
  expect(pair.sides.map(({ session }) => session.sizes)).toEqual([nothing, nothing]);
});

test("names of protocols are checked on this side", async () => {
  const pair = await SessionPair.start();
  for (const name of ["", "x".repeat(meshSessionLimits.protocolBytes + 1), "\ud800"]) {
    expect(() => pair.near.open(name)).toThrow(expect.objectContaining({ kind: "invalid" }));
  }
});

test("a closed stream whose reader takes nothing is waited for only so long", async () => {
  const { pair, opened, near, far, accepted } = await connected();
  accepted.pause();
  for (let i = 0; i < 20; i++) opened.send([new Uint8Array(20_000)]);
  opened.close();
  await pair.run(transportLimits.closeMs - 1);
  expect(near.ends).toEqual([]);
  await pair.run(transportLimits.closeMs + 1000);
  expect(near.ends.map(({ kind }) => kind)).toEqual(["disconnected"]);
  expect(far.ends.length).toBe(1);
  await pair.run(1000);
  expect(pair.sides.map(({ session }) => session.sizes)).toEqual([nothing, nothing]);
});

test("a closed stream outlives a path that is cut", async () => {
  const { pair, opened, near, far } = await connected();
  for (let i = 0; i < 20; i++) opened.send([patterned(i, 20_000)]);
  opened.close();
  pair.path(undefined);
  await pair.run(meshSessionLimits.graceMs - 1000);
  pair.path(false);
  await pair.run(1000);
  expect([far.packets.length, near.ends.length, far.ends.length]).toEqual([21, 1, 1]);
});

test("a stream whose user sends without end, and the peer takes nothing, ends as `exhausted`", async () => {
  const { pair, opened, near, accepted } = await connected();
  accepted.pause();
  const part = new Uint8Array(1024 * 1024);
  const parts = Array.from({ length: 16 }, () => part);
  for (let i = 0; i < 17; i++) opened.send(parts);
  await pair.run(100);
  expect(near.ends.map(({ kind }) => kind)).toEqual(["exhausted"]);
  expect(opened.bufferedBytes).toBe(0);
});

function word(direct: boolean): string {
  return direct ? "direct" : "relayed";
}

// A peer that is who it says, and breaks the rules: it ends its own session, or gains nothing, and never more memory than
// the limits say.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { linkLimits, meshSessionLimits } from "#base/limits.ts";
import { integerBelow, randomBytes, SeededRandom } from "#base/random.ts";
import type { FrameWriter } from "#mesh/session/frame-writer.ts";
import { SealedBody } from "#mesh/session/sealed-body.ts";
import { RawPeer } from "./session-raw-peer.ts";

const window = meshSessionLimits.firstWindowBytes;

/** The peer's streams are even, since it began the session. */
const crimes: Record<string, (peer: RawPeer) => void> = {
  "a frame of a type that does not exist": (peer) => peer.sayBytes([Uint8Array.of(99)]),
  "a frame that ends within its header": (peer) => peer.sayBytes([Uint8Array.of(3, 0, 0)]),
  "DATA longer than its packet": (peer) => {
    peer.open(0);
    peer.sayBytes([Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 1)]);
  },
  "bytes of a stream that was never opened": (peer) => peer.sayData(4, 0, new Uint8Array(1)),
  "bytes of a stream of ours that was never opened": (peer) => peer.sayData(1, 0, new Uint8Array(1)),
  "a stream with one of our ids": (peer) => peer.open(1),
  "a stream of a priority that does not exist": (peer) => peer.sayBytes([Uint8Array.of(2, 0, 0, 0, 0, 3, 1, 65)]),
  "a protocol without a name": (peer) => peer.open(0, ""),
  "a protocol whose name is too long": (peer) => peer.open(0, "x".repeat(meshSessionLimits.protocolBytes + 1)),
  "a protocol's name that is not UTF-8": (peer) => peer.sayBytes([Uint8Array.of(2, 0, 0, 0, 0, 2, 1, 0xff)]),
  "more bytes than there was credit for": (peer) => {
    peer.open(0);
    peer.sayData(0, window, new Uint8Array(1));
  },
  "bytes behind the end": (peer) => {
    peer.open(0);
    peer.say((writer) => writer.end(0, 10));
    peer.sayData(0, 10, new Uint8Array(1));
  },
  "an end before bytes that have come": (peer) => {
    peer.open(0);
    peer.sayData(0, 10, new Uint8Array(10));
    peer.say((writer) => writer.end(0, 15));
  },
  "an end at two places": (peer) => {
    peer.open(0);
    peer.say((writer) => writer.end(0, 10));
    peer.say((writer) => writer.end(0, 11));
  },
  "an end past the credit": (peer) => {
    peer.open(0);
    peer.say((writer) => writer.end(0, window + 1));
  },
  "an ACK of a packet that was never sent": (peer) => peer.acknowledge(5000, 5000),
  "an ACK of numbers below 0": (peer) => peer.sayBytes([ack(0, [1])]),
  "an ACK without ranges": (peer) => peer.sayBytes([ack(0, [])]),
  "an ACK of too many ranges": (peer) =>
    peer.sayBytes([
      ack(
        0,
        Array.from({ length: 2 * meshSessionLimits.ackRanges + 1 }, () => 0),
      ),
    ]),
  "an ACK with a number that has no end": (peer) =>
    peer.sayBytes([
      ack(
        0,
        Array.from({ length: 9 }, () => 255),
        1,
      ),
    ]),
  "a reason that is too long": (peer) => {
    const length = meshSessionLimits.reasonBytes + 1;
    const frame = new Uint8Array(4 + length);
    frame.set([8, 1, length & 255, length >>> 8]);
    peer.sayBytes([frame]);
  },
};

/** `rest`: a length, then gaps and lengths, each below 128 or raw. */
function ack(largest: number, rest: readonly number[], ranges = (rest.length + 1) >>> 1): Uint8Array {
  const header = [1, largest & 255, largest >>> 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ranges];
  return Uint8Array.from([...header, ...rest]);
}

for (const [crime, commit] of Object.entries(crimes)) {
  test(`${crime} ends the session, and the peer is told why`, async () => {
    const peer = await RawPeer.start();
    commit(peer);
    expect(peer.ends.map(({ kind }) => kind)).toEqual(["protocol"]);
    await peer.run(100);
    expect(peer.all("CLOSE")).toEqual([expect.stringMatching(/^CLOSE protocol ./)]);
    expect(peer.session.sizes).toMatchObject({ streams: 0, packetsUnderWay: 0, heldBytes: 0 });
    expect(peer.world.timeline.pending).toBe(0);
    expect(() => peer.session.open("late", "bulk")).toThrow(expect.objectContaining({ kind: "disconnected" }));
  });
}

test("bytes without any sense end the session or do nothing, but never fail otherwise", async () => {
  const random = new SeededRandom("nonsense");
  for (let run = 0; run < 300; run++) {
    const peer = await RawPeer.start();
    peer.open(0);
    for (let i = 0; i < 20; i++) {
      const bytes = randomBytes(random, 1 + integerBelow(random, 60));
      // Mostly frames that exist, so that what is in them is looked at.
      if (integerBelow(random, 4) > 0) bytes[0] = 1 + integerBelow(random, 8);
      if (integerBelow(random, 2) > 0) bytes.fill(0, 1, 5);
      peer.sayBytes([bytes]);
    }
    const kinds = new Set(peer.ends.map(({ kind }) => kind));
    kinds.delete("protocol");
    // A CLOSE may say whatever kind the peer likes.
    if (kinds.size > 0) expect(peer.all("CLOSE")).toEqual([]);
    expect(peer.ends.length).toBeLessThanOrEqual(1);
  }
});

test("past the limit of streams one more is refused, and a place is free again when one has ended", async () => {
  const peer = await RawPeer.start();
  peer.acknowledges = true;
  const limit = meshSessionLimits.streams;
  for (let i = 0; i < limit; i++) peer.open(2 * i);
  await peer.run(10);
  expect(peer.all("RESET")).toEqual([]);
  peer.open(2 * limit);
  await peer.run(10);
  expect(peer.all("RESET")).toEqual([expect.stringMatching(`^RESET ${2 * limit} exhausted`)]);
  peer.say((writer) => writer.reset(0, new GlowError("cancelled", "pipe.send"), new Uint8Array(0)));
  peer.open(2 * limit + 2);
  await peer.run(10);
  expect(peer.all("RESET").length).toBe(1);
  expect(peer.session.sizes.streams).toBe(limit);
});

test("ended streams that the peer does not confirm are so many at most; then its packets wait", async () => {
  const peer = await RawPeer.start();
  peer.onStream = () => false;
  const limit = meshSessionLimits.endingStreams;
  for (let i = 0; i < limit; i++) peer.open(2 * i);
  expect(peer.session.counts.deferred).toBe(0);
  for (let i = 0; i < 100; i++) peer.open(2 * (limit + i));
  expect(peer.session.counts.deferred).toBe(100);
  expect(peer.session.sizes.streams).toBe(limit);
  // What was deferred is not acknowledged.
  await peer.run(50);
  const newest = Math.max(...peer.all("ACK").map((text) => Number(text.split(" ")[2])));
  expect(newest).toBe(limit);
  expect(peer.ends).toEqual([]);
});

test("ids far ahead of one that is missing wait for it", async () => {
  const peer = await RawPeer.start();
  const ahead = meshSessionLimits.streamsAhead;
  peer.open(2 * ahead);
  expect(peer.session.counts.deferred).toBe(0);
  peer.open(2 * (ahead + 1));
  expect(peer.session.counts.deferred).toBe(1);
  peer.open(0);
  peer.open(2 * (ahead + 1));
  expect(peer.session.counts.deferred).toBe(1);
  expect(peer.ends).toEqual([]);
});

test("an id is never used again", async () => {
  const peer = await RawPeer.start();
  let opened = 0;
  const accept = peer.onStream;
  peer.onStream = (stream) => {
    opened++;
    return accept(stream);
  };
  peer.open(0);
  peer.say((writer) => writer.reset(0, new GlowError("cancelled", "pipe.send"), new Uint8Array(0)));
  expect(peer.session.sizes.streams).toBe(0);
  peer.open(0);
  peer.sayData(0, 0, new Uint8Array(100));
  peer.say((writer) => {
    writer.credit(0, 100);
    writer.end(0, 100);
  });
  expect([opened, peer.session.sizes.streams, peer.ends.length]).toEqual([1, 0, 0]);
});

test("pieces that come too early are kept up to a cost, however small they are", async () => {
  const peer = await RawPeer.start();
  peer.open(0);
  for (let offset = window - 2; offset > 1; offset -= 2) peer.sayData(0, offset, Uint8Array.of(1));
  expect(peer.session.counts.deferred).toBeGreaterThan(1000);
  expect(peer.session.sizes.heldBytes).toBeLessThanOrEqual(2 * window);
  // What is next is taken all the same, and makes room.
  peer.sayData(0, 0, new Uint8Array(window));
  expect(peer.session.sizes.heldBytes).toBe(0);
  expect(peer.ends).toEqual([]);
});

test("a small piece does not keep the memory of the packet that it came in", async () => {
  const peer = await RawPeer.start();
  peer.open(0);
  for (let i = 0; i < 10; i++) {
    const packet = new Uint8Array(60_001);
    packet.set([3, 0, 0, 0, 0, 10 * (i + 1), 0, 0, 0, 0, 0, 1, 0, 0, 42, 7]);
    packet.fill(7, 15);
    peer.sayBytes([packet]);
  }
  expect(peer.session.sizes.heldBytes).toBe(10 * (1 + meshSessionLimits.pieceCostBytes));
  expect(peer.ends).toEqual([]);
});

test("a reader that has stopped gives no more than the window", async () => {
  const peer = await RawPeer.start();
  peer.onStream = (stream) => {
    stream.attach({ packet: () => undefined, drained: () => undefined, closed: () => undefined });
    stream.pause();
    return true;
  };
  peer.open(0);
  peer.sayData(0, 0, new Uint8Array(window));
  await peer.run(1000);
  expect(peer.all("CREDIT")).toEqual([]);
  expect(peer.ends).toEqual([]);
});

test("windows grow to their limit, and all together to the session's", async () => {
  const peer = await RawPeer.start();
  peer.acknowledges = true;
  const windowBytes = meshSessionLimits.windowBytes;
  const sessionWindowBytes = meshSessionLimits.sessionWindowBytes;
  const streams = sessionWindowBytes / windowBytes + 4;
  const zeros = new Uint8Array(window);
  const widest: number[] = [];
  for (let i = 0; i < streams; i++) {
    peer.open(2 * i);
    let widestOfStream = 0;
    for (let offset = 0; offset < 3 * windowBytes; offset += zeros.length) {
      peer.sayData(2 * i, offset, zeros);
      await peer.run(0.01);
      const last = peer.heard.findLast(({ text }) => text.startsWith(`CREDIT ${2 * i} `));
      if (last !== undefined) {
        widestOfStream = Math.max(widestOfStream, Number(last.text.split(" ")[2]) - offset - zeros.length);
      }
    }
    widest.push(widestOfStream);
    peer.heard.length = 0;
  }
  expect(Math.max(...widest)).toBe(windowBytes);
  expect(widest.at(-1)).toBe(window);
  expect(peer.session.sizes.widenedBytes).toBe(sessionWindowBytes);
  expect(peer.ends).toEqual([]);
});

test("packets that are begun and not ended hold so much in all, then the stream that asks for more ends", async () => {
  const peer = await RawPeer.start();
  peer.acknowledges = true;
  const announced = 16 * 1024 * 1024;
  const chunk = new Uint8Array(window / 2);
  const header = new Uint8Array(window / 2);
  new DataView(header.buffer).setUint32(0, announced + 100, true);
  const streams = Math.floor(meshSessionLimits.unfinishedBytes / announced) + 1;
  for (let i = 0; i < streams; i++) {
    peer.open(2 * i);
    peer.sayData(2 * i, 0, header);
    for (let offset = header.length; offset < announced; offset += chunk.length) peer.sayData(2 * i, offset, chunk);
    await peer.run(1);
  }
  expect(peer.streamEnds.map(({ kind }) => kind)).toEqual(["exhausted"]);
  expect(peer.all("RESET")).toEqual([expect.stringMatching(`^RESET ${2 * (streams - 1)} exhausted`)]);
  expect(peer.ends).toEqual([]);
});

test("a packet announced as longer than packets may be ends its stream as too large, and no other", async () => {
  const peer = await RawPeer.start();
  peer.open(0);
  peer.open(2);
  peer.sayData(0, 0, Uint8Array.of(255, 255, 255, 255));
  await peer.run(10);
  expect(peer.streamEnds.map(({ kind }) => kind)).toEqual(["too-large"]);
  expect(peer.all("RESET")).toEqual([expect.stringMatching(/^RESET 0 too-large/)]);
  expect(peer.session.sizes.streams).toBe(2);
  expect(peer.ends).toEqual([]);
});

test("numbers with gaps are remembered up to a limit, and acknowledged up to another", async () => {
  const peer = await RawPeer.start();
  const probe = (writer: FrameWriter) => writer.probe(0);
  const { receivedRanges, ackRanges } = meshSessionLimits;
  for (let i = 0; i <= receivedRanges; i++) peer.sayBytes([Uint8Array.of(7, 0)], 2 * i);
  await peer.run(1);
  const last = (peer.all("ACK").at(-1) ?? "").split(" ").slice(1);
  expect(last.length).toBe(2 * ackRanges);
  // The oldest were given up: a packet that old counts as one that has come.
  const { duplicate } = peer.session.counts;
  peer.sayBytes([Uint8Array.of(7, 0)], 1);
  expect(peer.session.counts.duplicate).toBe(duplicate + 1);
  peer.say(probe);
  expect(peer.ends).toEqual([]);
});

test("a peer that acknowledges nothing is sent no more bytes than at first", async () => {
  const peer = await RawPeer.start();
  const stream = peer.session.open("p", "interactive");
  stream.attach({ packet: () => undefined, drained: () => undefined, closed: () => undefined });
  peer.say((writer) => writer.credit(1, 2 ** 30));
  for (let i = 0; i < 64; i++) stream.send([new Uint8Array(32 * 1024)]);
  await peer.run(50);
  const most = meshSessionLimits.firstCongestionBytes + 2 * meshSessionLimits.leastCongestionBytes;
  expect(peer.session.sizes.bytesUnderWay).toBeGreaterThan(meshSessionLimits.firstCongestionBytes);
  expect(peer.session.sizes.bytesUnderWay).toBeLessThan(most);
});

test("nor more packets than a limit, however small", async () => {
  const peer = await RawPeer.start();
  const stream = peer.session.open("p", "bulk");
  stream.attach({ packet: () => undefined, drained: () => undefined, closed: () => undefined });
  peer.say((writer) => writer.credit(1, 2 ** 30));
  // First the window grows.
  peer.acknowledges = true;
  for (let i = 0; i < 1000; i++) {
    for (let j = 0; j < 10; j++) stream.send([new Uint8Array(60_000)]);
    await peer.run(0.01);
  }
  peer.acknowledges = false;
  for (let i = 0; i < 1.2 * meshSessionLimits.packetsUnderWay; i++) {
    stream.send([]);
    await peer.run(0);
  }
  expect(peer.session.sizes.packetsUnderWay).toBe(meshSessionLimits.packetsUnderWay);
});

test("a reason is clipped to what a frame may have", async () => {
  const peer = await RawPeer.start();
  peer.onStream = (stream) => {
    stream.abort(new GlowError("denied", "test.abort", { message: "é".repeat(10_000) }));
    return true;
  };
  peer.open(0);
  await peer.run(10);
  const [reset] = peer.all("RESET");
  expect(reset).toMatch(/^RESET 0 denied éé.*…$/);
  expect(new TextEncoder().encode(reset as string).length).toBeLessThan(meshSessionLimits.reasonBytes + 40);
});

test("what the peer knows to have arrived is not acknowledged again and again", async () => {
  const peer = await RawPeer.start();
  for (let i = 0; i < 20; i++) peer.sayBytes([Uint8Array.of(7, 0)], 2 * i);
  const stream = peer.session.open("p", "interactive");
  const rangesOf = (text = "") => (text.split(" ").length - 1) / 2;
  await peer.run(1);
  // What is in order is acknowledged by whatever leaves; once that has arrived, older gaps are of no interest.
  stream.send([new Uint8Array(1)]);
  peer.sayBytes([Uint8Array.of(2, 0, 0, 0, 0, 0, 1, 65)], 39);
  await peer.run(1);
  expect(rangesOf(peer.all("ACK").at(-1))).toBe(20);
  const carrier = Math.max(...peer.heard.filter(({ text }) => text.startsWith("DATA")).map(({ packet }) => packet));
  peer.acknowledge(carrier, carrier);
  peer.sayBytes([Uint8Array.of(7, 0)], 60);
  await peer.run(1);
  expect(rangesOf(peer.all("ACK").at(-1))).toBeLessThanOrEqual(3);
});

test("what was lost makes the window smaller", async () => {
  const peer = await RawPeer.start();
  const stream = peer.session.open("p", "bulk");
  stream.attach({ packet: () => undefined, drained: () => undefined, closed: () => undefined });
  peer.say((writer) => writer.credit(1, 2 ** 30));
  for (let i = 0; i < 64; i++) stream.send([new Uint8Array(32 * 1024)]);
  await peer.run(1);
  const first = peer.session.sizes.bytesUnderWay;
  expect(first).toBeGreaterThanOrEqual(meshSessionLimits.firstCongestionBytes);
  const { packet } = peer.heard.findLast(({ text }) => text.startsWith("DATA")) as { packet: number };
  peer.acknowledge(packet, packet);
  await peer.run(1);
  expect(peer.session.counts.lost).toBeGreaterThan(0);
  // Without a loss the window would have grown by what has arrived.
  expect(peer.session.sizes.bytesUnderWay).toBeLessThanOrEqual(first);
});

test("streams of one priority share a packet", async () => {
  const peer = await RawPeer.start();
  for (let i = 0; i < 3; i++) peer.session.open("p", "bulk").send([new Uint8Array(60_000)]);
  await peer.run(1);
  const { packet } = peer.heard.find(({ text }) => text.startsWith("DATA")) as { packet: number };
  const inFirst = peer.heard.filter((heard) => heard.packet === packet && heard.text.startsWith("DATA"));
  expect(new Set(inFirst.map(({ text }) => text.split(" ")[1])).size).toBe(3);
});

test("keys follow the numbers of packets that came over a direct link", async () => {
  const peer = await RawPeer.start();
  const { session, platform } = peer;
  const [self, other] = [2, 1].map((byte) => new Uint8Array(33).fill(byte)) as [Uint8Array, Uint8Array];
  const keys = { sendKey: new Uint8Array(32), receiveKey: new Uint8Array(32) };
  const { crypto } = platform;
  const sealed = new SealedBody({
    crypto,
    suite: "aes-256-gcm",
    ...keys,
    self,
    peer: other,
    localTag: 8,
    remoteTag: 7,
  });
  for (let epoch = 1; epoch <= 3; epoch++) {
    peer.sayBytes([Uint8Array.of(7, 0)], epoch * linkLimits.messagesPerKey);
    sealed.sent(epoch * linkLimits.messagesPerKey);
  }
  const number = 3 * linkLimits.messagesPerKey + 1;
  const [, ...body] = sealed.seal(number, 0, [Uint8Array.of(7, 0)]);
  session.receivedSealed(number, 0, body, false);
  expect([session.counts.forged, session.counts.received]).toEqual([0, 4]);
  session.receivedSealed(number + 1, 0, body, false);
  expect([session.counts.forged, peer.ends.length]).toEqual([1, 0]);
});

// A link between two neighbours: what it carries, when it counts as dead, and what a neighbour can do to it.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { linkLimits, routerLimits } from "#base/limits.ts";
import type { Address, Pipe, Timers } from "#glow";
import { frameType, LinkPacket } from "#mesh/link/link-packet.ts";
import { EpochKey } from "#mesh/wire/epoch-key.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { Handshake, type HandshakeResult } from "#mesh/handshake/handshake.ts";
import { HandshakeKeys } from "#mesh/handshake/handshake-keys.ts";
import { RecordingReceiver } from "../../compliance/recording-receiver.ts";
import { address, joined, LinkPair, OneTimeSource } from "./link-pair.ts";

const oncePerMinute = (timers: Timers): Timers => ({
  after: (delayMs, task) => timers.after(Math.max(delayMs, 60_000), task),
  endOfTurn: (task) => timers.endOfTurn(task),
});

const ids = (to: number, from: number) => [new Uint8Array(33).fill(to), new Uint8Array(33).fill(from)] as const;

describe("a link carries", () => {
  test("control messages, session packets and relayed packets, in their order", async () => {
    const { near, far, wait } = await linked();
    const payload = Uint8Array.from({ length: 30_000 }, (_, at) => at);
    const [to, from] = ids(1, 2);
    near.link.ready(new OneTimeSource((packet) => packet.session(7, 2 ** 40, [payload], 30_000)), 2);
    near.link.ready(new OneTimeSource((packet) => packet.relayed(to, from, 0b101, 9, [payload], 30_000)), 1);
    near.link.ready(new OneTimeSource((packet) => packet.relayed(from, to, 0, 1, [], 0)), 1);
    near.link.sendControl(1, new Uint8Array(16_000));
    await wait(500);
    expect(far.control).toEqual(["1:16000"]);
    expect(far.sessions.map(({ tag, number, bytes }) => [tag, number, bytes.length])).toEqual([[7, 2 ** 40, 30_000]]);
    expect(far.relayed.map(({ header }) => [header.priority, header.congested, header.hopsLeft])).toEqual([
      [1, true, 9],
      [0, false, 1],
    ]);
    expect(far.relayed[0]?.body).toEqual(payload);
    expect(far.relayed[0]?.header.ids).toEqual(new Uint8Array([...to, ...from]));
  });

  test("whatever is put into packets, by property", async () => {
    const frame = fc.oneof(
      fc.record({ kind: fc.constant("session" as const), sizeBytes: fc.integer({ min: 0, max: 40_000 }) }),
      fc.record({ kind: fc.constant("relayed" as const), sizeBytes: fc.integer({ min: 0, max: 40_000 }) }),
      fc.record({ kind: fc.constant("control" as const), sizeBytes: fc.integer({ min: 0, max: 16_000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 12 }), fc.integer(), async (frames, seed) => {
        const { near, far, wait } = await linked(seed);
        for (const [at, { kind, sizeBytes }] of frames.entries()) {
          const bytes = new Uint8Array(sizeBytes).fill(at);
          if (kind === "control") near.link.sendControl(at, bytes);
          else near.link.ready(source(kind, at, bytes), 1);
        }
        await wait(2000);
        expect(far.control).toEqual(
          frames.flatMap(({ kind, sizeBytes }, at) => (kind === "control" ? [`${at}:${sizeBytes}`] : [])),
        );
        const sent = (wanted: string) =>
          frames.flatMap(({ kind, sizeBytes }, at) => (kind === wanted ? [`${at}:${sizeBytes}`] : []));
        expect(far.sessions.map(({ number, bytes }) => `${number}:${filled(bytes, number)}`)).toEqual(sent("session"));
        expect(far.relayed.map(({ header, body }) => `${header.hopsLeft}:${filled(body, header.hopsLeft)}`)).toEqual(
          sent("relayed"),
        );
        expect(far.closed).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test("what is urgent before what is not, however much of that waits", async () => {
    const { near, far, wait } = await linked();
    const bulk = { left: 40, fill: (packet: LinkPacket) => fillBulk(bulk, packet) };
    near.link.ready(bulk, 2);
    await wait(0.01);
    near.link.ready(new OneTimeSource((packet) => packet.session(1, 999, [], 0)), 0);
    await wait(5000);
    const at = far.sessions.findIndex(({ number }) => number === 999);
    expect(far.sessions.length).toBe(41);
    // What the pipe had taken already is ahead of it, and no more.
    expect(at).toBeLessThan(10);
  });
});

describe("a link dies", () => {
  test("within two seconds of silence, on both sides", async () => {
    const { pair, near, far, wait } = await linked();
    await wait(10_000);
    expect([near.closed, far.closed]).toEqual([[], []]);
    pair.world.network.partition(["near"], ["far"]);
    await wait(linkLimits.tickMs * (linkLimits.silentTicks + 2));
    expect(near.closed[0]?.kind).toBe("disconnected");
    expect(far.closed[0]?.kind).toBe("disconnected");
    expect(linkLimits.tickMs * (linkLimits.silentTicks + 2)).toBeLessThan(2000);
  });

  test("not of timers that come once a minute, as those of a page in the background", async () => {
    const pair = await LinkPair.start({ nearTimers: oncePerMinute });
    await pair.dial();
    await pair.wait(200_000);
    expect([pair.near.closed, pair.far.closed]).toEqual([[], []]);
  });

  test("sooner if something else speaks against it; one that lives is not harmed by doubts", async () => {
    const { pair, near, far, wait } = await linked();
    near.link.doubt();
    await wait(5_000);
    expect([near.closed, far.closed]).toEqual([[], []]);
    pair.world.network.partition(["near"], ["far"]);
    near.link.doubt();
    await wait(linkLimits.doubtMs + 1);
    expect(near.closed[0]?.message).toContain(`${linkLimits.doubtMs} ms when in doubt`);
    expect(far.closed).toEqual([]);
    expect(linkLimits.doubtMs).toBeGreaterThan(linkLimits.tickMs);
  });

  test("at once when it is closed, and nothing of it goes on", async () => {
    const { near, far, wait } = await linked();
    near.link.close(new GlowError("cancelled", "test.close", { message: "enough" }));
    expect(near.closed[0]?.kind).toBe("cancelled");
    near.link.sendControl(1, new Uint8Array(1));
    near.link.ready(new OneTimeSource(() => expect.fail("asked after the end")), 0);
    await wait(1000);
    expect(far.closed[0]?.kind).toBe("disconnected");
    expect(far.control).toEqual([]);
  });

  test("with the error that its owner throws at a message, and no other link does", async () => {
    const { near, far, wait } = await linked();
    far.throwNext = new GlowError("protocol", "test.control", { message: "nonsense" });
    near.link.sendControl(1, new Uint8Array(1));
    await wait(1000);
    expect(far.closed[0]).toBe(far.throwNext);
    expect(near.closed[0]?.kind).toBe("disconnected");
  });

  test("when the neighbour takes nothing while the mesh has more and more to tell it", async () => {
    const { pair, near } = await linked();
    pair.world.network.partition(["near"], ["far"]);
    const message = new Uint8Array(64_000);
    for (let sent = 0; sent <= linkLimits.controlQueueBytes; sent += message.length) near.link.sendControl(1, message);
    expect(near.closed[0]?.kind).toBe("exhausted");
  });
});

describe("a hostile neighbour", () => {
  test("gets nowhere with a packet that was changed, cut short, made longer, repeated or left out", async () => {
    const damages: ((packets: Uint8Array[]) => Uint8Array[])[] = [
      ([first, second]) => [changed(first, 10), second] as Uint8Array[],
      ([first, second]) => [(first as Uint8Array).subarray(0, -1), second] as Uint8Array[],
      ([first, second]) => [new Uint8Array([...(first as Uint8Array), 0]), second] as Uint8Array[],
      ([first, second]) => [first, first, second] as Uint8Array[],
      ([, second]) => [second] as Uint8Array[],
      ([first, second]) => [second, first] as Uint8Array[],
      ([first]) => [changed(first, 0), new Uint8Array(70_000)] as Uint8Array[],
      ([first]) => [(first as Uint8Array).subarray(0, 3)] as Uint8Array[],
      () => [Uint8Array.of(255, 255, 255, 255)],
      () => [Uint8Array.of(15, 0, 0, 0, ...new Uint8Array(15))],
    ];
    for (const damage of damages) {
      const { pair, enemy, seal } = await hostile();
      const packets = [
        seal((packet) => packet.control(1, new Uint8Array(50))),
        seal((packet) => packet.control(2, one)),
      ];
      for (const packet of damage(packets)) enemy.send([packet]);
      await pair.wait(100);
      expect(pair.far.closed.map(({ kind }) => kind)[0], damage.toString()).toMatch(/^(corrupt|protocol|too-large)$/);
    }
  });

  test("gets nowhere with frames that make no sense", async () => {
    const [to, from] = ids(1, 2);
    const frames: ((packet: LinkPacket) => void)[] = [
      (packet) => packet.ping(99 as never, 1),
      (packet) => packet.relayed(to, from, 3, 1, [], 0),
      (packet) => packet.relayed(to, from, 8, 1, [], 0),
      (packet) => {
        for (let at = 0; at <= linkLimits.pongs; at++) packet.ping(frameType.ping, at);
      },
    ];
    for (const frame of frames) {
      const { pair, enemy, seal } = await hostile();
      enemy.send([seal(frame)]);
      await pair.wait(100);
      expect(pair.far.closed.map(({ kind }) => kind)[0], frame.toString()).toMatch(/^(protocol|exhausted)$/);
    }
  });

  test("cannot announce a block that is longer than one may be", async () => {
    for (const [sizeBytes, kind] of [
      [linkLimits.blockBytes + 17, "too-large"],
      [linkLimits.blockBytes + 16, undefined],
    ] as const) {
      const { pair, enemy } = await hostile();
      enemy.send([new Uint8Array(Uint32Array.of(sizeBytes).buffer), new Uint8Array(0)]);
      await pair.wait(200);
      // A packet that ends within its block is another matter.
      expect(pair.far.closed[0]?.kind).toBe(kind ?? "protocol");
    }
  });

  test("cannot announce more relayed bytes than a packet has", async () => {
    const { pair, enemy, sealBlock } = await hostile();
    const [to, from] = ids(1, 2);
    const twice = new LinkPacket();
    twice.relayed(to, from, 0, 1, [], linkLimits.bodiesBytes);
    const block = twice.block()[0] as Uint8Array;
    enemy.send([sealBlock(new Uint8Array([...block, ...block]))]);
    await pair.wait(100);
    expect(pair.far.closed[0]?.kind).toBe("too-large");
  });

  test("is refused as somebody else", async () => {
    const pair = await LinkPair.start();
    const other = pair.near.identity.id;
    await expect(pair.world.finish(pair.near.setup.dial(address, { expected: other }))).rejects.toMatchObject({
      kind: "denied",
    });
    await pair.wait(1000);
    expect(pair.far.links).toEqual([]);
  });

  test("cannot hold handshakes open, neither many nor long", async () => {
    const pair = await LinkPair.start();
    const pipes: { pipe: Pipe; end: RecordingReceiver }[] = [];
    for (let at = 0; at < linkLimits.handshakesPerSecond + 50; at++) {
      const end = new RecordingReceiver();
      const pipe = await pair.raw();
      pipe.attach(end);
      pipes.push({ pipe, end });
    }
    expect(linkLimits.handshakes).toBeGreaterThan(linkLimits.handshakesPerSecond);
    await pair.wait(linkLimits.handshakeMs + 1000);
    expect(pipes.every(({ end }) => end.ends.length > 0)).toBe(true);
    // Who comes afterwards is served.
    await pair.dial();
    await pair.wait(100);
    expect(pair.far.links.length).toBe(1);
  });

  test("sends a handshake that is too long, and is not listened to any longer", async () => {
    const pair = await LinkPair.start();
    const pipe = await pair.raw();
    const end = new RecordingReceiver();
    pipe.attach(end);
    pipe.send([new Uint8Array(100_000)]);
    await pair.wait(100);
    expect(end.ends[0]?.kind).toBe("disconnected");
  });
});

test("an answer that never comes ends a dial", async () => {
  const pair = await LinkPair.start();
  const mute = "sim://far:2" as Address;
  await pair.world.finish(pair.far.platform.network.listen(mute, (pipe) => pipe.attach(new RecordingReceiver())));
  await expect(pair.world.finish(pair.near.setup.dial(mute))).rejects.toMatchObject({ kind: "unavailable" });
  expect(linkLimits.handshakeMs).toBeLessThanOrEqual(5000);
});

test("the key changes after so many messages, on both sides, and old ones can't be had back", () => {
  const crypto = new NodeCrypto();
  const sender = new EpochKey(crypto, "aes-256-gcm", new Uint8Array(32).fill(7));
  const receiver = new EpochKey(crypto, "aes-256-gcm", new Uint8Array(32).fill(7));
  const seal = (number: number) => {
    const parts = sender.key(number).sealParts(sender.nonce(number), one, [one]);
    sender.accept(number);
    return parts;
  };
  const open = (number: number, parts: Uint8Array[]) => {
    const sealed = joined(parts);
    const opening = receiver.key(number).opening(receiver.nonce(number), one, 1);
    opening.update(sealed.subarray(0, 1));
    return opening.finish(sealed.subarray(1));
  };
  const last = seal(linkLimits.messagesPerKey - 1);
  const next = seal(linkLimits.messagesPerKey);
  expect(open(linkLimits.messagesPerKey, next)).toEqual([one]);
  // Not accepted yet: a forged number alone changes nothing.
  expect(open(linkLimits.messagesPerKey - 1, last)).toEqual([one]);
  receiver.accept(linkLimits.messagesPerKey);
  expect(open(linkLimits.messagesPerKey - 1, last)).toEqual([one]);
  receiver.key(2 * linkLimits.messagesPerKey);
  receiver.accept(2 * linkLimits.messagesPerKey);
  expect(() => open(linkLimits.messagesPerKey - 1, last)).toThrow(/not in use/);
  expect(() => receiver.key(9 * linkLimits.messagesPerKey)).toThrow(/not in use/);
});

const one = Uint8Array.of(1);

async function linked(seed = 1) {
  const pair = await LinkPair.linked(seed);
  return { pair, near: pair.near, far: pair.far, wait: (forMs: number) => pair.wait(forMs) };
}

/** A neighbour that has proved who it is, and from then on sends what it likes. */
async function hostile() {
  const pair = await LinkPair.start();
  const enemy = await pair.raw();
  const { crypto, random } = pair.near.platform;
  const keys = new HandshakeKeys(pair.near.identity, crypto, random);
  const handshake = Handshake.initiate(keys, { purpose: "link", hello: new Uint8Array(), crypto, random });
  enemy.attach({
    packet: (bytes, start, end) => {
      if (handshake.result !== undefined) return;
      enemy.send([handshake.receive(bytes.slice(start, end)) as Uint8Array]);
    },
    drained() {},
    closed() {},
  });
  enemy.send([handshake.start()]);
  await pair.wait(500);
  const result = handshake.result as HandshakeResult;
  const key = new EpochKey(crypto, result.suite, result.sendKey);
  let number = 0;
  const sealBlock = (block: Uint8Array) => {
    const parts = key.key(number).sealParts(key.nonce(number++), new Uint8Array(), [block]);
    const sealed = parts.flatMap((part) => [...part]);
    return new Uint8Array([...new Uint8Array(Uint32Array.of(sealed.length).buffer), ...sealed]);
  };
  const seal = (write: (packet: LinkPacket) => void) => {
    const packet = new LinkPacket();
    write(packet);
    return sealBlock(Uint8Array.from(packet.block().flatMap((part) => [...part])));
  };
  expect(pair.far.links.length).toBe(1);
  return { pair, enemy, seal, sealBlock };
}

function changed(packet: Uint8Array | undefined, at: number): Uint8Array {
  const copy = Uint8Array.from(packet as Uint8Array);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

function source(kind: "session" | "relayed", at: number, bytes: Uint8Array) {
  let left = true;
  return {
    fill(packet: LinkPacket): boolean {
      if (!left) return false;
      const room = kind === "session" ? packet.sessionRoomBytes : packet.bodyRoomBytes;
      if (bytes.length > room) return true;
      left = false;
      const [to, from] = ids(1, 2);
      if (kind === "session") packet.session(1, at, [bytes], bytes.length);
      else packet.relayed(to, from, 1, at, [bytes], bytes.length);
      return false;
    },
  };
}

function fillBulk(bulk: { left: number }, packet: LinkPacket): boolean {
  if (packet.sessionRoomBytes < 60_000) return true;
  packet.session(1, bulk.left--, [new Uint8Array(60_000)], 60_000);
  return bulk.left > 0;
}

/** How many bytes there are, if all have this value. */
function filled(bytes: Uint8Array, value: number): number {
  return bytes.every((byte) => byte === value % 256) ? bytes.length : -1;
}

test("hops are counted in a byte", () => expect(routerLimits.hops).toBeLessThan(256));

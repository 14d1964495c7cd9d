// How much is under way: windows, producers that are not read ahead of their readers, streams that stall, and calls that
// do not wait behind bulk.

import { describe, expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import type { Stream } from "#firefly/runtime.ts";
import { op } from "#firefly/session/frame.ts";
import { FireflySession } from "#firefly/session/session.ts";
import type { Address, Pipe } from "#glow";
import { World } from "#platform/simulated/world.ts";
import { EchoInterface, EchoStub } from "../../interfaces/generated/sample.ts";
import { SampleEcho } from "../../interfaces/sample-echo.ts";
import { nodeHost } from "../../swarm/node-host.ts";
import { call, carrying, hello, mention, method, varints } from "./frames.ts";
import { RawPeer } from "./raw-peer.ts";
import { echoOffer, SessionPair, settled } from "./session-pair.ts";

/** Pieces of bytes, counted as they are taken. */
class Meter {
  taken = 0;
  readonly #pieceBytes: number;

  constructor(pieceBytes: number) {
    this.#pieceBytes = pieceBytes;
  }

  get takenBytes(): number {
    return this.taken * this.#pieceBytes;
  }

  *now(): Generator<Uint8Array> {
    for (;;) {
      this.taken++;
      yield new Uint8Array(this.#pieceBytes);
    }
  }

  async *later(): AsyncGenerator<Uint8Array> {
    yield* this.now();
  }
}

/** What a stream may hold beyond its window: one overdrawing frame, and what was read ahead of it. */
const slackBytes = fireflyLimits.dataFrameBytes + fireflyLimits.streamFirstWindowBytes;

describe("a producer is not read ahead of its reader by more than the window", () => {
  const pieces = [100, 4096, 65_536, 1_000_000];
  const kinds = ["now", "later"] as const;
  for (const kind of kinds) {
    for (const pieceBytes of pieces) {
      test(`pieces of ${pieceBytes} bytes, produced ${kind}`, async () => {
        const meter = new Meter(pieceBytes);
        await using pair = new SessionPair({ host: echoOffer({ bytes: () => meter[kind]() }) });
        const stream = await pair.echo.bytes(0n);
        await settled();
        expect(meter.takenBytes).toBeGreaterThan(0);
        expect(meter.takenBytes).toBeLessThanOrEqual(
          fireflyLimits.streamFirstWindowBytes + slackBytes + 2 * pieceBytes,
        );
        let readBytes = 0;
        for (let batch = 0; batch < 200; batch++) {
          for (const piece of (await stream.readBatch()) ?? []) readBytes += piece.length;
          const most = readBytes + fireflyLimits.streamWindowBytes + slackBytes + 2 * pieceBytes;
          expect(meter.takenBytes).toBeLessThanOrEqual(most);
        }
        stream[Symbol.dispose]();
        await pair.emptied();
      });
    }
  }
});

test("the first window is fireflyLimits.streamFirstWindowBytes, and a reader widens it to streamWindowBytes", async () => {
  // Pieces of a frame each, so that nothing is cut and little overdrawn.
  const meter = new Meter(fireflyLimits.dataFrameBytes);
  await using pair = new SessionPair({ host: echoOffer({ bytes: () => meter.now() }) });
  const stream = await pair.echo.bytes(0n);
  await settled();
  const first = meter.takenBytes;
  expect(first).toBeGreaterThanOrEqual(fireflyLimits.streamFirstWindowBytes);
  await stream.readBatch();
  await settled();
  expect(meter.takenBytes - first).toBeGreaterThanOrEqual(
    fireflyLimits.streamWindowBytes - fireflyLimits.streamFirstWindowBytes,
  );
  expect(meter.takenBytes).toBeLessThanOrEqual(
    fireflyLimits.streamWindowBytes + slackBytes + fireflyLimits.dataFrameBytes,
  );
  stream[Symbol.dispose]();
  await pair.emptied();
});

test("fireflyLimits.sessionWindowBytes is what all windows together grow by; streams past it keep the first", async () => {
  const meters: Meter[] = [];
  await using pair = new SessionPair({
    host: echoOffer({
      increment: (value) => value,
      bytes: () => {
        const meter = new Meter(fireflyLimits.dataFrameBytes);
        meters.push(meter);
        return meter.now();
      },
    }),
  });
  await pair.echo.increment(0);
  const grown = fireflyLimits.streamWindowBytes - fireflyLimits.streamFirstWindowBytes;
  const many = Math.ceil(fireflyLimits.sessionWindowBytes / grown) + 1;
  const streams = await Promise.all(Array.from({ length: many }, () => pair.echo.bytes(0n)));
  for (const stream of streams) await stream.readBatch();
  await settled();
  const last = meters.at(-1) as Meter;
  expect(last.takenBytes).toBeLessThan(fireflyLimits.streamFirstWindowBytes * 2 + slackBytes);
  expect((meters[0] as Meter).takenBytes).toBeGreaterThanOrEqual(fireflyLimits.streamWindowBytes);
  // Those that end give theirs back.
  streams[0]?.[Symbol.dispose]();
  await settled();
  const late = await pair.echo.bytes(0n);
  await late.readBatch();
  await settled();
  expect((meters.at(-1) as Meter).takenBytes).toBeGreaterThanOrEqual(fireflyLimits.streamWindowBytes);
  for (const stream of [...streams, late]) stream[Symbol.dispose]();
  await pair.emptied();
});

test("a stream that nobody reads holds up no other, and no call", async () => {
  await using pair = new SessionPair();
  await pair.echo.increment(0);
  const stalled = await Promise.all(Array.from({ length: 100 }, () => pair.echo.bytes(10_000_000n)));
  let sizeBytes = 0;
  for await (const piece of await pair.echo.bytes(5_000_000n)) sizeBytes += piece.length;
  expect(sizeBytes).toBe(5_000_000);
  expect(await pair.echo.increment(1)).toBe(2);
  for (const stream of stalled) stream[Symbol.dispose]();
  await pair.emptied();
});

test("streams take turns: a short one is done long before a long one that began earlier", async () => {
  await using pair = new SessionPair();
  let longBytes = 0;
  let shortAt = 0;
  const long = (async () => {
    for await (const piece of await pair.echo.bytes(20_000_000n)) longBytes += piece.length;
  })();
  const short = (async () => {
    for await (const _ of await pair.echo.bytes(200_000n));
    shortAt = longBytes;
  })();
  await Promise.all([long, short]);
  expect(shortAt).toBeLessThan(2_000_000);
  await pair.emptied();
});

test("what nobody reads takes little more than its bytes, though each byte came in a frame of its own", async () => {
  const peer = new RawPeer({ root: echoOffer({ upload: () => new Promise(() => undefined) }) });
  const streams = 16;
  const uploads = Array.from({ length: streams }, (_, id) =>
    call({
      id,
      type: id === 0 ? mention(0, EchoInterface) : { number: 0 },
      method: method.upload,
      payload: varints(0),
      table: [{ stream: id }],
    }),
  );
  await peer.answers(hello(), ...uploads);
  const tiny = Array.from({ length: streams }, (_, id) => carrying(op.data, id, Uint8Array.of(7)));
  globalThis.gc?.();
  const before = process.memoryUsage();
  for (let sent = 0; sent < fireflyLimits.streamFirstWindowBytes; sent += 1024) {
    peer.send(...tiny.flatMap((frame) => Array.from({ length: 1024 }, () => frame)));
    await settled();
  }
  globalThis.gc?.();
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  expect(grown).toBeLessThan(3 * streams * fireflyLimits.streamFirstWindowBytes);
  expect(peer.session.sizes.incomingStreams).toBe(streams);
  // And there is no credit left.
  peer.send(tiny[0] as Uint8Array);
  await peer.ends("protocol", "without credit");
});

describe("on a slow line", () => {
  const bytesPerMs = 1000;
  const weather = {
    latencyMs: [10, 10],
    jitterMs: [0, 0],
    bytesPerMs: [bytesPerMs, bytesPerMs],
    lossChance: [0, 0],
    dialFailChance: [0, 0],
    dialDelayMs: [0, 0],
  } as const;

  async function slowLine(): Promise<{ world: World; session: FireflySession }> {
    const world = new World(nodeHost, { seed: "slow line", network: { weather } });
    const address = "sim://host:1" as Address;
    world.addNode("host", {
      boot: async (platform) => {
        const { clock, timers } = platform;
        const root = { type: EchoInterface, object: new SampleEcho(timers) };
        await platform.network.listen(address, (pipe: Pipe) => void new FireflySession(pipe, { clock, timers, root }));
      },
    });
    const caller = world.addNode("caller", {
      boot: async (platform) => {
        const { clock, timers } = platform;
        return new FireflySession(await platform.network.dial(address), { clock, timers });
      },
    });
    await world.run({ untilMs: 100 });
    return { world, session: caller.handle as FireflySession };
  }

  test("calls made while bulk is under way wait for no more than what the pipe has taken already", async () => {
    const { world, session } = await slowLine();
    const echo = session.root(EchoStub);
    const stream = await world.finish(echo.bytes(100_000_000n));
    let readBytes = 0;
    const read = async (from: Stream<Uint8Array>): Promise<void> => {
      for (let batch = await from.readBatch(); batch !== undefined; batch = await from.readBatch()) {
        for (const piece of batch) readBytes += piece.length;
      }
    };
    void read(stream).catch(() => undefined);
    await world.run({ untilMs: 3000 });
    const worstMs: number[] = [];
    for (let round = 0; round < 20; round++) {
      const startMs = world.nowMs;
      await world.finish(echo.increment(round));
      worstMs.push(world.nowMs - startMs);
      await world.run({ untilMs: world.nowMs + 37 });
    }
    const aheadBytes = fireflyLimits.sendHighWaterBytes + 65_536 + fireflyLimits.dataFrameBytes;
    expect(Math.max(...worstMs)).toBeLessThan(20 + aheadBytes / bytesPerMs + 5);
    // And the line was not idle meanwhile.
    expect(readBytes / (world.nowMs - 100)).toBeGreaterThan(0.9 * bytesPerMs);
    stream[Symbol.dispose]();
    await world.run({ untilMs: world.nowMs + 2000 });
    expect(session.sizes.incomingStreams).toBe(0);
  });
});

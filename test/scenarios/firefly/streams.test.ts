// Streams as arguments and results: what goes in comes out, and whoever leaves first, both sides learn of it.

import { describe, expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import type { ByteStream, Stream } from "#firefly/runtime.ts";
import { DepotStub, type WagonStub } from "../../interfaces/generated/depot.ts";
import type { Message } from "../../interfaces/generated/sample.ts";
import { depotOffer, echoOffer, eventually, nothing, SessionPair, settled } from "./session-pair.ts";
import { Yard } from "./wagons.ts";

/** A producer that notes whether it was ended. */
class Source<Item> {
  isClosed = false;
  produced = 0;
  readonly #items: Iterable<Item> | AsyncIterable<Item>;

  constructor(items: Iterable<Item> | AsyncIterable<Item>) {
    this.#items = items;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    try {
      for await (const item of this.#items) {
        this.produced++;
        yield item;
      }
    } finally {
      this.isClosed = true;
    }
  }
}

function* endless<Item>(item: Item): Generator<Item> {
  for (;;) yield item;
}

async function collected<Item>(stream: Stream<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** For promises that may be none. */
async function next(stream: Stream<unknown>): Promise<readonly unknown[] | undefined> {
  return stream.readBatch();
}

const message: Message = { id: 1, name: "one" };

describe("producers", () => {
  test("arrays, generators, asynchronous generators and iterators, empty and long ones", async () => {
    await using pair = new SessionPair();
    const numbers = Array.from({ length: 10_000 }, (_, index) => index);
    const sum = BigInt((9999 * 10_000) / 2);
    expect(await pair.echo.sum(numbers)).toBe(sum);
    expect(await pair.echo.sum(new Set(numbers))).toBe(sum);
    expect(await pair.echo.sum(new Source(numbers))).toBe(sum);
    expect(await pair.echo.sum([])).toBe(0n);
    expect(await pair.echo.sum(new Source([]))).toBe(0n);
    const handMade = { next: () => ({ done: true as const, value: undefined }), [Symbol.iterator]: () => handMade };
    expect(await pair.echo.sum(handMade)).toBe(0n);
    await pair.emptied();
  });

  test("bytes in pieces of every size, and none", async () => {
    await using pair = new SessionPair({ host: depotOffer({ pass: (data) => data }) });
    const sizes = [0, 1, 4095, 4096, 0, 16_384, 16_385, 1_000_000, 0, 3];
    const pieces = sizes.map((size, index) => new Uint8Array(size).fill(index));
    const whole = Buffer.concat(await collected(await pair.near.root(DepotStub).pass(pieces)));
    expect(whole.equals(Buffer.concat(pieces))).toBe(true);
    await pair.emptied();
  });

  test("byte strings as items stay as they are, many and large ones too", async () => {
    const sizes = [0, 1, 5000, 200_000, 0, 70_000];
    await using pair = new SessionPair({
      host: depotOffer({
        *crates(count) {
          for (let i = 0; i < count; i++) yield new Uint8Array(sizes[i % sizes.length] as number).fill(i);
        },
      }),
    });
    let seen = 0;
    for await (const crate of await pair.near.root(DepotStub).crates(300)) {
      expect(crate.length).toBe(sizes[seen % sizes.length]);
      expect(crate.every((byte) => byte === (seen & 255))).toBe(true);
      seen++;
    }
    expect(seen).toBe(300);
    await pair.emptied();
  });

  test("one that fails: what came before arrives, then the error", async () => {
    async function* failing(): AsyncGenerator<Message> {
      yield message;
      await Promise.resolve();
      yield message;
      throw new RangeError("out of messages");
    }
    function* failingNow(): Generator<Message> {
      yield message;
      throw new RangeError("out of messages");
    }
    await using pair = new SessionPair({
      host: echoOffer({ items: (count) => (count === 0 ? failing() : failingNow()) }),
    });
    for (const [kind, length] of [
      [0, 2],
      [1, 1],
    ] as const) {
      const stream = await pair.echo.items(kind);
      const items: Message[] = [];
      const reading = (async () => {
        for await (const item of stream) items.push(item);
      })();
      await expect(reading).rejects.toMatchObject({ kind: "internal", message: "RangeError: out of messages" });
      expect(items).toHaveLength(length);
      await expect(next(stream)).rejects.toMatchObject({ message: "RangeError: out of messages" });
    }
    await pair.emptied();
  });

  test("an item that is not of its type ends the stream with an error, behind those before it", async () => {
    const source = new Source([message, message, { id: 0.5, name: "" }, message]);
    await using pair = new SessionPair({ host: echoOffer({ items: () => source }) });
    const stream = await pair.echo.items(0);
    expect(await next(stream)).toHaveLength(2);
    await expect(next(stream)).rejects.toMatchObject({
      kind: "invalid",
      message: expect.stringMatching(/expected i32/),
    });
    await pair.emptied();
    expect(source.isClosed).toBe(true);
  });

  test("an item above fireflyLimits.streamItemBytes ends its stream, behind those before it, and nothing else", async () => {
    const longest = fireflyLimits.streamItemBytes - 4;
    const source = new Source([
      message,
      { id: 1, name: "x".repeat(longest) },
      message,
      { id: 1, name: "x".repeat(longest + 1) },
      message,
    ]);
    await using pair = new SessionPair({ host: echoOffer({ items: () => source, increment: (value) => value }) });
    const stream = await pair.echo.items(0);
    const items: Message[] = [];
    const reading = (async () => {
      for await (const item of stream) items.push(item);
    })();
    await expect(reading).rejects.toMatchObject({
      kind: "too-large",
      message: expect.stringMatching(/send large data as bytes/),
    });
    expect(items.map((item) => item.name.length)).toEqual([3, longest, 3]);
    expect(await pair.echo.increment(1)).toBe(1);
    await pair.emptied();
  });

  test("a piece that is no bytes ends its stream", async () => {
    await using pair = new SessionPair({ host: echoOffer({ bytes: () => ["text"] as unknown as Uint8Array[] }) });
    await expect(next(await pair.echo.bytes(0n))).rejects.toMatchObject({
      kind: "invalid",
      message: expect.stringMatching(/Uint8Array/),
    });
    await pair.emptied();
  });

  test("a source that cannot be read, or is none, fails the call, and takes no stream", async () => {
    await using pair = new SessionPair();
    const locked = {
      [Symbol.iterator]: () => {
        throw new Error("locked");
      },
    };
    expect(await pair.echo.sum([1])).toBe(1n);
    for (let round = 0; round < 3; round++) {
      await expect(pair.echo.sum(locked)).rejects.toMatchObject({ kind: "internal", message: "locked" });
      await expect(pair.echo.sum(5 as unknown as number[])).rejects.toMatchObject({ kind: "invalid" });
    }
    await pair.emptied();
    expect(await pair.echo.sum([1])).toBe(1n);
  });

  test("one whose steps are no steps ends its stream with an error", async () => {
    const broken = { next: () => Promise.resolve(undefined), [Symbol.asyncIterator]: () => broken };
    await using pair = new SessionPair({ host: echoOffer({ items: () => broken as unknown as Message[] }) });
    await expect(next(await pair.echo.items(0))).rejects.toMatchObject({
      message: expect.stringMatching(/a step of an iterator/),
    });
    await pair.emptied();
  });

  test("one that makes calls while it is read", async () => {
    await using pair = new SessionPair();
    const answers: Promise<number>[] = [];
    function* calling(): Generator<number> {
      for (let i = 0; i < 500; i++) {
        answers.push(pair.echo.increment(i));
        yield i;
      }
    }
    expect(await pair.echo.sum(calling())).toBe(BigInt((499 * 500) / 2));
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    await pair.emptied();
  });
});

describe("readers", () => {
  test("leaving a loop ends the producer, so does releasing the stream unread", async () => {
    const sources = [new Source(endless(message)), new Source(endless(message))];
    await using pair = new SessionPair({ host: echoOffer({ items: (index) => sources[index] as Source<Message> }) });
    let count = 0;
    for await (const _ of await pair.echo.items(0)) if (++count === 1000) break;
    const unread = await pair.echo.items(1);
    unread[Symbol.dispose]();
    unread[Symbol.dispose]();
    await pair.emptied();
    await eventually(() => sources.every((source) => source.isClosed));
    expect(sources.map((source) => source.isClosed)).toEqual([true, true]);
    await expect(next(unread)).rejects.toMatchObject({ kind: "released" });
  });

  test("a loop that throws ends the producer", async () => {
    const source = new Source(endless(message));
    await using pair = new SessionPair({ host: echoOffer({ items: () => source }) });
    const reading = (async () => {
      for await (const _ of await pair.echo.items(0)) throw new Error("enough");
    })();
    await expect(reading).rejects.toThrow("enough");
    await pair.emptied();
    await eventually(() => source.isClosed);
    expect(source.isClosed).toBe(true);
  });

  test("what was lent to a handler ends with it, read or not", async () => {
    let kept: Stream<number> | undefined;
    await using pair = new SessionPair({
      host: echoOffer({
        sum: async (values) => {
          kept = values;
          return BigInt((await next(values))?.length ?? 0);
        },
        upload: () => 0n,
      }),
    });
    const sources = [new Source(endless(1)), new Source(endless(new Uint8Array(10)))] as const;
    expect(await pair.echo.sum(sources[0])).toBeGreaterThan(0n);
    expect(await pair.echo.upload(sources[1])).toBe(0n);
    await pair.emptied();
    await eventually(() => sources.every((source) => source.isClosed));
    expect(sources.map((source) => source.isClosed)).toEqual([true, true]);
    if (kept !== undefined) await expect(next(kept)).rejects.toMatchObject({ kind: "released" });
  });

  test("a stream has one reader", async () => {
    await using pair = new SessionPair({ host: echoOffer({ items: () => new Source(waiting()) }) });
    const gate = Promise.withResolvers<void>();
    async function* waiting(): AsyncGenerator<Message> {
      await gate.promise;
      yield message;
    }
    const stream = await pair.echo.items(0);
    const first = next(stream);
    await expect(next(stream)).rejects.toMatchObject({ kind: "invalid", message: expect.stringMatching(/one reader/) });
    gate.resolve();
    expect(await first).toEqual([message]);
    expect(await next(stream)).toBeUndefined();
    expect(await next(stream)).toBeUndefined();
    await pair.emptied();
  });

  test("a stream that ended is held until it is read or released, as its items take room", async () => {
    await using pair = new SessionPair();
    const read = await pair.echo.items(10);
    const released = await pair.echo.items(10);
    await settled();
    expect(pair.near.sizes.incomingStreams).toBe(2);
    expect(pair.far.sizes.outgoingStreams).toBe(2);
    released[Symbol.dispose]();
    await settled();
    expect(pair.far.sizes.outgoingStreams).toBe(1);
    expect(await collected(read)).toHaveLength(10);
    await pair.emptied();
  });

  test("STOP and END that cross each other, again and again under the same id", async () => {
    await using pair = new SessionPair();
    for (let round = 0; round < 100; round++) {
      const stream = await pair.echo.items(3);
      pair.there.hold();
      stream[Symbol.dispose]();
      await settled();
      pair.there.open();
    }
    await pair.emptied();
    expect(await collected(await pair.echo.items(5))).toHaveLength(5);
  });
});

describe("objects in items", () => {
  test("are given with their item, and released by whoever read it", async () => {
    const yard = new Yard();
    await using pair = new SessionPair({
      host: depotOffer({
        *train(count) {
          for (let i = 0; i < count; i++) yield yard.wagon();
        },
      }),
    });
    const stubs: WagonStub[] = [];
    for await (const wagon of await pair.near.root(DepotStub).train(300)) stubs.push(wagon);
    expect(await Promise.all(stubs.map((stub) => stub.load()))).toEqual(yard.wagons.map((_, index) => index));
    for (const stub of stubs) stub[Symbol.dispose]();
    await pair.emptied();
    expect(yard.disposals).toEqual(yard.wagons.map(() => 1));
  });

  test("that are not read are released with the stream, those under way and those not yet sent too", async () => {
    const yard = new Yard();
    await using pair = new SessionPair({
      host: depotOffer({
        *train() {
          for (;;) yield yard.wagon();
        },
      }),
    });
    let read = 0;
    for await (const wagon of await pair.near.root(DepotStub).train(0)) {
      wagon[Symbol.dispose]();
      if (++read === 100) break;
    }
    await pair.emptied();
    expect(yard.wagons.length).toBeGreaterThan(100);
    expect(yard.disposals).toEqual(yard.wagons.map(() => 1));
  });

  test("before an item that cannot be sent arrive, and the others are disposed of", async () => {
    const yard = new Yard();
    const items = [yard.wagon(), yard.wagon(), 7, yard.wagon()] as never[];
    await using pair = new SessionPair({ host: depotOffer({ train: () => items }) });
    const stream = await pair.near.root(DepotStub).train(0);
    const stubs = [...((await next(stream)) ?? []), ...((await next(stream)) ?? [])] as WagonStub[];
    await expect(next(stream)).rejects.toMatchObject({
      kind: "invalid",
      message: expect.stringMatching(/expected Wagon/),
    });
    expect(await Promise.all(stubs.map((stub) => stub.load()))).toEqual([0, 1]);
    expect(yard.disposals).toEqual([0, 0, 1]);
    for (const stub of stubs) stub[Symbol.dispose]();
    await pair.emptied();
    expect(yard.disposals).toEqual([1, 1, 1]);
  });

  test("of a lent stream are lent", async () => {
    const yard = new Yard();
    await using pair = new SessionPair({
      host: depotOffer({
        unload: async (wagons) => {
          let sum = 0;
          for await (const wagon of wagons) {
            sum += await wagon.load();
            wagon[Symbol.dispose]();
          }
          return sum;
        },
      }),
    });
    const wagons = Array.from({ length: 10 }, () => yard.wagon());
    expect(await pair.near.root(DepotStub).unload(wagons)).toBe(45);
    await pair.emptied();
    expect(yard.disposals).toEqual(wagons.map(() => 0));
  });
});

describe("the session ends", () => {
  test("what has come can be read, then the reason; producers are told", async () => {
    const source = new Source(endless(message));
    const pair = new SessionPair({ host: echoOffer({ items: () => source }) });
    const stream = await pair.echo.items(0);
    const idle = await pair.echo.items(0);
    await settled();
    pair.far.close();
    await pair.near.closed;
    expect((await next(stream))?.length).toBeGreaterThan(0);
    await expect(collected(stream)).rejects.toMatchObject({ kind: "disconnected" });
    idle[Symbol.dispose]();
    await settled();
    expect(source.isClosed).toBe(true);
    expect(pair.near.sizes).toEqual(nothing);
    expect(pair.far.sizes).toEqual(nothing);
  });
});

test("a call with several streams, each at its own pace", async () => {
  await using pair = new SessionPair({
    host: depotOffer({
      join: async (parts) => {
        const sizes = await Promise.all(
          parts.map(async (part: ByteStream) => {
            let size = 0n;
            for await (const piece of part) size += BigInt(piece.length);
            return size;
          }),
        );
        return sizes.reduce((sum, size) => sum + size, 0n);
      },
    }),
  });
  const parts = [1, 100, 10_000, 1_000_000].map((size) => new Source([new Uint8Array(size), new Uint8Array(size)]));
  expect(await pair.near.root(DepotStub).join(parts)).toBe(2_020_202n);
  await pair.emptied();
});

test("a thousand streams at once, and one more than the peer allows", async () => {
  const gate = Promise.withResolvers<void>();
  async function* slow(count: number): AsyncGenerator<Message> {
    for (let id = 0; id < count; id++) {
      yield { id, name: "" };
      if (id === 0) await gate.promise;
    }
  }
  await using pair = new SessionPair({ host: echoOffer({ items: slow, increment: (value) => value }) });
  await pair.echo.increment(0);
  const most = fireflyLimits.streams;
  const streams = await Promise.all(Array.from({ length: most }, () => pair.echo.items(100)));
  await expect(pair.echo.items(1)).rejects.toMatchObject({
    kind: "exhausted",
    message: expect.stringMatching(/1024 streams/),
  });
  const reading = Promise.all(streams.map(collected));
  gate.resolve();
  for (const items of await reading)
    expect(items.map((item) => item.id)).toEqual(Array.from({ length: 100 }, (_, id) => id));
  await pair.emptied();
  expect(await collected(await pair.echo.items(2))).toHaveLength(2);
});

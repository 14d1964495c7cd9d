// Calls on an object of this process cross no wire, and mean the same as if they did.

import { describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Clock, Timers } from "#glow";
import { type Depot, DepotStub, type Wagon, type WagonStub } from "../../../test/interfaces/generated/depot.ts";
import { type Echo, EchoStub, type Message } from "../../../test/interfaces/generated/sample.ts";
import { realTime, settled } from "../../../test/scenarios/firefly/session-pair.ts";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import { Yard } from "../../../test/scenarios/firefly/wagons.ts";
import { duplicate, localObject } from "../codec/stub.ts";
import type { ByteStream, CallContext, Stream } from "../runtime.ts";
import { ExportTable } from "./export-table.ts";
import { LocalObjects } from "./local-objects.ts";

function locals(time: { clock: Clock; timers: Timers } = realTime): LocalObjects {
  const dispose = (object: Partial<Disposable>): void => object[Symbol.dispose]?.();
  return new LocalObjects(time, undefined, new ExportTable(() => undefined), dispose);
}

function depotStub(own: Partial<Depot>, of = locals()): DepotStub {
  return new DepotStub(of.reference(own));
}

function echoStub(own: Partial<Echo>, of = locals()): EchoStub {
  return new EchoStub(of.reference(own));
}

describe("values", () => {
  test("are copied both ways, and the method runs in a later turn", async () => {
    const messages: Message[] = [];
    const echo = echoStub({
      echo: (message) => {
        messages.push(message);
        return message;
      },
    });
    const sent = { id: 1, name: "one" };
    const call = echo.echo(sent);
    sent.name = "changed";
    expect(messages).toEqual([]);
    const result = await call;
    expect(result).toEqual({ id: 1, name: "one" });
    expect(result).not.toBe(messages[0]);
  });

  test("that are not of their type fail the call", async () => {
    const echo = echoStub({ increment: () => 0.5 });
    await expect(echo.increment("1" as unknown as number)).rejects.toMatchObject({ kind: "invalid" });
    await expect(echo.increment(1)).rejects.toMatchObject({
      kind: "invalid",
      message: expect.stringMatching(/expected i32/),
    });
  });

  test("with a getter that makes another such call", async () => {
    const echo = echoStub({ echo: (message) => message, increment: (value) => value + 1 });
    let inner: Promise<number> | undefined;
    const outer = await echo.echo({
      id: 1,
      get name() {
        inner = echo.increment(1);
        return "outer";
      },
    });
    expect(outer).toEqual({ id: 1, name: "outer" });
    expect(await inner).toBe(2);
  });
});

describe("errors", () => {
  test("are what a peer would get", async () => {
    const echo = echoStub({
      fail: (kind) => {
        throw kind === "own" ? new GlowError("conflict", "sample.fail", { message: "own" }) : new TypeError("other");
      },
    });
    await expect(echo.fail("own")).rejects.toMatchObject({ kind: "conflict", message: "own" });
    await expect(echo.fail("other")).rejects.toMatchObject({ kind: "internal", message: "TypeError: other" });
    await expect(echo.increment(1)).rejects.toMatchObject({ kind: "unsupported" });
  });
});

describe("objects", () => {
  test("as arguments are lent, and known to be one's own", async () => {
    let kept: WagonStub | undefined;
    const own = new Yard().wagon(3);
    const depot = depotStub({
      count: async ([wagon]) => {
        kept = wagon;
        expect(wagon && localObject(wagon)).toBe(own);
        return (await wagon?.load()) ?? 0;
      },
    });
    expect(await depot.count([own])).toBe(3);
    await expect(kept?.load()).rejects.toMatchObject({ kind: "released" });
    expect(own.disposals).toBe(0);
  });

  test("as results are given, and disposed of when nobody holds them", async () => {
    const yard = new Yard();
    const depot = depotStub({ pair: () => ({ near: yard.wagon(), far: yard.wagon(), note: "" }) });
    const { near, far } = await depot.pair();
    using another = duplicate(near);
    near[Symbol.dispose]();
    far[Symbol.dispose]();
    expect(yard.disposals).toEqual([0, 1]);
    expect(await another.load()).toBe(0);
    another[Symbol.dispose]();
    expect(yard.disposals).toEqual([1, 1]);
  });

  test("can be called before they are there, and nobody has to await them", async () => {
    const yard = new Yard();
    const depot = depotStub({ pair: () => ({ near: yard.wagon(), far: yard.wagon(), note: "" }) });
    const pair = depot.pair();
    const coupled = pair.far.couple();
    const load = coupled.load();
    pair[Symbol.dispose]();
    coupled[Symbol.dispose]();
    expect(await load).toBe(2);
    await settled();
    expect(yard.disposals).toEqual([1, 1, 1]);
  });

  test("calls on them keep their order, before and after they are there", async () => {
    const order: number[] = [];
    const wagon: Wagon = { load: () => order.push(order.length), couple: () => wagon };
    const depot = depotStub({ pair: () => ({ near: wagon, far: wagon, note: "" }) });
    const pair = depot.pair();
    const calls = [pair.near.load(), pair.near.load()];
    await pair;
    calls.push(pair.near.load());
    expect(await Promise.all(calls)).toEqual([1, 2, 3]);
  });

  test("of a result that cannot be copied are disposed of", async () => {
    const yard = new Yard();
    const depot = depotStub({ pair: () => ({ near: yard.wagon(), far: yard.wagon(), note: 1 as unknown as string }) });
    const pair = depot.pair();
    const load = pair.near.load();
    await expect(pair).rejects.toMatchObject({ kind: "invalid" });
    await expect(load).rejects.toMatchObject({ kind: "invalid" });
    expect(yard.disposals).toEqual([1, 1]);
  });

  test("live until the calls on them are over", async () => {
    const yard = new Yard();
    const gate = Promise.withResolvers<void>();
    const wagon = Object.assign(yard.wagon(), { load: () => gate.promise.then(() => 7) });
    const depot = depotStub({ pair: () => ({ near: wagon, far: yard.wagon(), note: "" }) });
    const { near, far } = await depot.pair();
    const load = near.load();
    near[Symbol.dispose]();
    far[Symbol.dispose]();
    await settled();
    expect(yard.disposals).toEqual([0, 1]);
    gate.resolve();
    expect(await load).toBe(7);
    expect(yard.disposals).toEqual([1, 1]);
  });
});

describe("giving up", () => {
  const slow = (contexts: CallContext[]) =>
    echoStub(
      {
        sleep: (_ms, context) =>
          new Promise((_, reject) => {
            if (context === undefined) return;
            contexts.push(context);
            context.signal.addEventListener("abort", () => reject(context.signal.reason));
          }),
      },
      locals(time),
    );
  const time = new VirtualTime();

  test("before the call is made", async () => {
    const contexts: CallContext[] = [];
    const signal = AbortSignal.abort();
    await expect(slow(contexts).sleep(1, { signal })).rejects.toMatchObject({ kind: "cancelled" });
    await expect(slow(contexts).sleep(1, { deadlineMs: 0 })).rejects.toMatchObject({ kind: "deadline" });
    await expect(slow(contexts).sleep(1, { deadlineMs: fireflyLimits.deadlineMs + 1 })).rejects.toMatchObject({
      kind: "invalid",
    });
    expect(contexts).toEqual([]);
  });

  test("while it runs: by its signal, and by its deadline", async () => {
    const contexts: CallContext[] = [];
    const controller = new AbortController();
    const given = slow(contexts).sleep(1, { signal: controller.signal });
    const late = slow(contexts).sleep(1, { deadlineMs: 100 });
    await settled();
    expect(contexts.map((context) => context.deadlineMs)).toEqual([undefined, 100]);
    const outcomes = Promise.allSettled([given, late]);
    controller.abort();
    expect(await time.play(outcomes)).toMatchObject([
      { reason: { kind: "cancelled" } },
      { reason: { kind: "deadline" } },
    ]);
    expect(contexts.map((context) => context.signal.aborted)).toEqual([true, true]);
    expect(time.nowMs).toBe(100);
    expect(time.pending).toBe(0);
  });

  test("a result that comes too late is disposed of", async () => {
    const yard = new Yard();
    const gate = Promise.withResolvers<void>();
    const depot = depotStub({
      pair: async () => {
        await gate.promise;
        return { near: yard.wagon(), far: yard.wagon(), note: "" };
      },
    });
    const controller = new AbortController();
    const pair = depot.pair({ signal: controller.signal });
    await settled();
    controller.abort();
    await expect(pair).rejects.toMatchObject({ kind: "cancelled" });
    gate.resolve();
    await settled();
    expect(yard.disposals).toEqual([1, 1]);
  });
});

describe("streams", () => {
  test("of items and of bytes, both ways", async () => {
    const depot = depotStub({
      pass: (data) => data,
      join: async (parts) => {
        let sum = 0n;
        for (const part of parts) for await (const piece of part) sum += BigInt(piece.length);
        return sum;
      },
    });
    const pieces: number[] = [];
    for await (const piece of await depot.pass([Uint8Array.of(1), Uint8Array.of(2, 3)])) pieces.push(...piece);
    expect(pieces).toEqual([1, 2, 3]);
    expect(await depot.join([[new Uint8Array(5)], [new Uint8Array(6), new Uint8Array(7)]])).toBe(18n);
  });

  test("items are copied, and objects in them become stubs that are their reader's", async () => {
    const yard = new Yard();
    const depot = depotStub({
      *train(count) {
        for (let i = 0; i < count; i++) yield yard.wagon();
      },
      unload: async (wagons) => {
        let sum = 0;
        for await (const wagon of wagons) {
          sum += await wagon.load();
          wagon[Symbol.dispose]();
        }
        return sum;
      },
    });
    const stubs: WagonStub[] = [];
    for await (const wagon of await depot.train(3)) stubs.push(wagon);
    expect(await Promise.all(stubs.map((stub) => stub.load()))).toEqual([0, 1, 2]);
    expect(await depot.unload(stubs)).toBe(3);
    expect(yard.disposals).toEqual([0, 0, 0]);
    for (const stub of stubs) stub[Symbol.dispose]();
    expect(yard.disposals).toEqual([1, 1, 1]);
  });

  test("an item that is not of its type, and a producer that fails, end the stream with an error", async () => {
    let isClosed = false;
    const echo = echoStub({
      *items(count) {
        try {
          yield { id: 1, name: "one" };
          if (count === 0) throw new Error("broken");
          yield { id: 2.5, name: "two" };
        } finally {
          isClosed = true;
        }
      },
    });
    for (const [count, message] of [
      [0, /broken/],
      [1, /expected i32/],
    ] as const) {
      const stream = await echo.items(count);
      expect(await stream.readBatch()).toEqual([{ id: 1, name: "one" }]);
      await expect((async () => stream.readBatch())()).rejects.toThrow(message);
      expect(isClosed).toBe(true);
      isClosed = false;
    }
  });

  test("what is lent can be read until the handler is done", async () => {
    let kept: Stream<number> | undefined;
    let isClosed = false;
    const echo = echoStub({
      sum: (values) => {
        kept = values;
        return 0n;
      },
    });
    const numbers = (function* () {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        isClosed = true;
      }
    })();
    numbers.next();
    expect(await echo.sum(numbers)).toBe(0n);
    await settled();
    expect(isClosed).toBe(true);
    await expect((async () => kept?.readBatch())()).rejects.toMatchObject({ kind: "released" });
  });

  test("leaving early ends the producer, and its failure to end bothers nobody", async () => {
    const depot = depotStub({
      *train() {
        try {
          for (;;) yield new Yard().wagon();
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- a producer that does this is what is tested
          throw new Error("cannot stop");
        }
      },
    });
    for await (const wagon of await depot.train(1)) {
      wagon[Symbol.dispose]();
      break;
    }
    await settled();
  });

  test("a stream of another session goes through", async () => {
    const inner = depotStub({ pass: (data) => data });
    const outer = depotStub({ pass: (data: ByteStream) => inner.pass(data) });
    const sizes: number[] = [];
    for await (const piece of await outer.pass([new Uint8Array(3), new Uint8Array(4)])) sizes.push(piece.length);
    expect(sizes).toEqual([3, 4]);
  });
});

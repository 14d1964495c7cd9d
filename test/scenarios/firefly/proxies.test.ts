// Objects of one session passed on into another: a middle stands between two sides that do not know of each other.

import { expect, test } from "vitest";
import { duplicate, localObject } from "#firefly/codec/stub.ts";
import type { CallContext } from "#firefly/runtime.ts";
import { type Depot, DepotInterface, DepotStub, type WagonStub } from "../../interfaces/generated/depot.ts";
import { type Echo, EchoInterface, EchoStub } from "../../interfaces/generated/sample.ts";
import { SampleEcho } from "../../interfaces/sample-echo.ts";
import { depotOffer, echoOffer, emptied, nothing, type Offer, realTime, SessionPair, settled } from "./session-pair.ts";
import { VirtualTime } from "./virtual-time.ts";
import { Yard } from "./wagons.ts";

/** Near, middle and far: the middle's root is a stub for the far one's. */
class Relay implements AsyncDisposable {
  readonly inner: SessionPair;
  readonly outer: SessionPair;

  constructor(far: Offer, time = realTime) {
    this.inner = new SessionPair({ host: far, time });
    const stub = far.type === EchoInterface ? this.inner.near.root(EchoStub) : this.inner.near.root(DepotStub);
    this.outer = new SessionPair({ host: { type: far.type, object: stub }, time });
  }

  get echo(): EchoStub {
    return this.outer.near.root(EchoStub);
  }

  get depot(): DepotStub {
    return this.outer.near.root(DepotStub);
  }

  async emptied(): Promise<void> {
    await emptied(this.outer.near, this.outer.far, this.inner.near, this.inner.far);
    expect([...this.inner.defects, ...this.outer.defects]).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.outer[Symbol.asyncDispose]();
    await this.inner[Symbol.asyncDispose]();
  }
}

function relayedEcho(own: Partial<Echo>): Relay {
  return new Relay(echoOffer(own));
}

function relayedDepot(own: Partial<Depot>): Relay {
  return new Relay(depotOffer(own));
}

test("calls, results and errors go through", async () => {
  await using relay = new Relay({ type: EchoInterface, object: new SampleEcho(realTime.timers) });
  expect(await relay.echo.increment(1)).toBe(2);
  await expect(relay.echo.fail("conflict")).rejects.toMatchObject({ kind: "conflict", op: "sample.fail" });
  await expect(relay.echo.fail("none")).rejects.toMatchObject({ kind: "internal", message: "TypeError: no GlowError" });
  expect(relay.inner.defects).toHaveLength(1);
});

test("objects of the far side are called through the middle, chained and released", async () => {
  const yard = new Yard();
  await using relay = relayedDepot({
    pair: () => ({ near: yard.wagon(), far: yard.wagon(), note: "" }),
    loads: (wagons) => Promise.all(wagons.map((wagon) => wagon.load())),
  });
  using pair = relay.depot.pair();
  using coupled = pair.far.couple();
  expect(await coupled.load()).toBe(2);
  expect(await relay.depot.loads([coupled, pair.near, pair.far])).toEqual([2, 0, 1]);
  coupled[Symbol.dispose]();
  pair[Symbol.dispose]();
  await relay.emptied();
  expect(yard.disposals).toEqual([1, 1, 1]);
});

test("objects of the near side are lent to the far one through the middle", async () => {
  let kept: WagonStub | undefined;
  await using relay = relayedDepot({
    count: ([wagon]) => {
      kept = wagon && duplicate(wagon);
      return 1;
    },
  });
  const yard = new Yard();
  await relay.depot.count([yard.wagon(5)]);
  expect(await kept?.load()).toBe(5);
  kept?.[Symbol.dispose]();
  await relay.emptied();
  expect(yard.disposals).toEqual([0]);
});

test("an object that has gone both hops and comes back is the object itself, on either end", async () => {
  const yard = new Yard();
  const own = yard.wagon();
  const seen: unknown[] = [];
  await using relay = relayedDepot({
    pair: () => ({ near: own, far: own, note: "" }),
    count: (wagons) => {
      seen.push(...wagons.map(localObject));
      return 0;
    },
    same: (wagon) => wagon,
  });
  const { near, far } = await relay.depot.pair();
  await relay.depot.count([near, far]);
  expect(seen).toEqual([own, own]);
  near[Symbol.dispose]();
  far[Symbol.dispose]();
  const mine = yard.wagon();
  using same = relay.depot.same(mine);
  expect(await same.load()).toBe(1);
  expect(localObject(await same)).toBe(mine);
  same[Symbol.dispose]();
  await relay.emptied();
  expect(yard.disposals).toEqual([1, 0]);
});

test("calls that are under way when a stub is released arrive, also where the middle has to wait", async () => {
  const yard = new Yard();
  await using relay = relayedDepot({
    pair: () => ({ near: yard.wagon(3), far: yard.wagon(4), note: "" }),
    count: () => 0,
  });
  const { near, far } = await relay.depot.pair();
  relay.outer.back.shut();
  const calls = [relay.depot.count([])];
  await settled();
  calls.push(near.load(), far.load());
  near[Symbol.dispose]();
  far[Symbol.dispose]();
  await settled();
  relay.outer.back.open();
  expect(await Promise.all(calls)).toEqual([0, 3, 4]);
  await relay.emptied();
  expect(yard.disposals).toEqual([1, 1]);
});

test("streams go through both ways, with what they hold", async () => {
  const yard = new Yard();
  await using relay = relayedDepot({
    pass: (data) => data,
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
  let sizeBytes = 0;
  for await (const piece of await relay.depot.pass(Array.from({ length: 100 }, () => new Uint8Array(20_000)))) {
    sizeBytes += piece.length;
  }
  expect(sizeBytes).toBe(2_000_000);

  const stubs: WagonStub[] = [];
  for await (const wagon of await relay.depot.train(300)) stubs.push(wagon);
  expect(await relay.depot.unload(stubs)).toBe((299 * 300) / 2);
  for (const stub of stubs) stub[Symbol.dispose]();
  await relay.emptied();
  expect(yard.disposals).toEqual(stubs.map(() => 1));
});

test("a stream of objects that its reader leaves early leaves nothing, here or in the middle", async () => {
  const yard = new Yard();
  await using relay = relayedDepot({
    *train() {
      for (;;) yield yard.wagon();
    },
  });
  for await (const wagon of await relay.depot.train(0)) {
    wagon[Symbol.dispose]();
    if (yard.wagons.length > 500) break;
  }
  await relay.emptied();
  expect(yard.disposals).toEqual(yard.wagons.map(() => 1));
});

test("a producer that fails, and a reader that leaves, are heard of at the other end", async () => {
  const closed = Promise.withResolvers<void>();
  await using relay = relayedEcho({
    async *items(count) {
      try {
        yield { id: 0, name: "" };
        if (count === 0) throw new TypeError("broken");
        for (;;) yield { id: 0, name: "" };
      } finally {
        if (count > 0) closed.resolve();
      }
    },
  });
  const broken = await relay.echo.items(0);
  expect(await broken.readBatch()).toHaveLength(1);
  await expect((async () => broken.readBatch())()).rejects.toMatchObject({ message: "TypeError: broken" });
  for await (const _ of await relay.echo.items(1)) break;
  await closed.promise;
  await relay.emptied();
});

test("giving up reaches the far handler", async () => {
  const contexts: CallContext[] = [];
  await using relay = relayedEcho({
    sleep: (_ms, context) =>
      new Promise((_resolve, reject) => {
        if (context === undefined) return;
        contexts.push(context);
        context.signal.addEventListener("abort", () => reject(context.signal.reason));
      }),
  });
  const controller = new AbortController();
  const sleep = relay.echo.sleep(1, { signal: controller.signal });
  await settled();
  controller.abort();
  await expect(sleep).rejects.toMatchObject({ kind: "cancelled" });
  await relay.emptied();
  expect(contexts.map((context) => context.signal.aborted)).toEqual([true]);
});

test("a deadline shrinks on its way by the time that a middle takes", async () => {
  const time = new VirtualTime();
  const left: (number | undefined)[] = [];
  const relay = new Relay(
    echoOffer({
      increment: (value, context) => {
        left.push(context?.deadlineMs);
        return value;
      },
      sleep: () => new Promise(() => undefined),
    }),
    time,
  );
  expect(await time.play(relay.echo.increment(1, { deadlineMs: 1000 }))).toBe(1);
  // The middle finds that it cannot send, and lets the next call wait.
  relay.outer.back.shut();
  const calls = [relay.echo.increment(2)];
  await time.until(10);
  calls.push(relay.echo.increment(3, { deadlineMs: 1000 }));
  await time.until(310);
  relay.outer.back.open();
  expect(await time.play(Promise.all(calls))).toEqual([2, 3]);
  expect(left).toEqual([1000, undefined, 700]);

  expect(await time.play(Promise.allSettled([relay.echo.sleep(1, { deadlineMs: 250 })]))).toMatchObject([
    { reason: { kind: "deadline" } },
  ]);
  expect(time.nowMs).toBe(560);
  await time.until(570);
  expect(relay.inner.far.sizes).toEqual(nothing);
  expect(relay.outer.near.sizes).toEqual(nothing);
  expect(time.pending).toBe(0);
});

test("a handler that makes calls passes on what is left of its deadline", async () => {
  const time = new VirtualTime();
  const left: (number | undefined)[] = [];
  const inner = new SessionPair({
    time,
    host: echoOffer({
      increment: (value, context) => {
        left.push(context?.deadlineMs);
        return value + 1;
      },
    }),
  });
  const outer = new SessionPair({
    time,
    host: echoOffer({
      increment: async (value, context) => {
        await new Promise<void>((resolve) => time.timers.after(300, resolve));
        return inner.echo.increment(value, context);
      },
    }),
  });
  expect(await time.play(outer.echo.increment(1, { deadlineMs: 1000 }))).toBe(2);
  expect(left).toEqual([700]);
});

test("when the far session ends, calls through the middle fail by name, and the near session lives", async () => {
  await using relay = new Relay({ type: EchoInterface, object: new SampleEcho(realTime.timers) });
  using chain = await relay.echo.first();
  const sleep = relay.echo.sleep(60_000).then(undefined, (thrown: unknown) => thrown);
  await settled();
  relay.inner.far.close();
  expect(await sleep).toMatchObject({ kind: "disconnected" });
  await expect(chain.value()).rejects.toMatchObject({ kind: "disconnected" });
  await expect(relay.echo.increment(1)).rejects.toMatchObject({ kind: "disconnected" });
  chain[Symbol.dispose]();
  await emptied(relay.outer.near, relay.outer.far);
});

test("when the near session ends, what it held of the far one is released", async () => {
  const yard = new Yard();
  await using relay = relayedDepot({ pair: () => ({ near: yard.wagon(), far: yard.wagon(), note: "" }) });
  await relay.depot.pair();
  void relay.depot.pair().near.couple();
  await settled();
  relay.outer.near.close();
  await relay.outer.far.closed;
  await emptied(relay.inner.near, relay.inner.far);
  expect(yard.disposals).toEqual(yard.wagons.map(() => 1));
});

test("ten middles in a row", async () => {
  const pairs = [new SessionPair({ host: { type: DepotInterface, object: new Passing() } })];
  for (let i = 0; i < 10; i++) {
    pairs.push(
      new SessionPair({ host: { type: DepotInterface, object: (pairs.at(-1) as SessionPair).near.root(DepotStub) } }),
    );
  }
  const depot = (pairs.at(-1) as SessionPair).near.root(DepotStub);
  const own = new Yard().wagon(9);
  using same = depot.same(own);
  expect(await same.load()).toBe(9);
  expect(localObject(await same)).toBe(own);
  let sizeBytes = 0;
  for await (const piece of await depot.pass([new Uint8Array(100_000)])) sizeBytes += piece.length;
  expect(sizeBytes).toBe(100_000);
  same[Symbol.dispose]();
  await emptied(...pairs.flatMap((pair) => [pair.near, pair.far]));
});

class Passing implements Pick<Depot, "same" | "pass"> {
  same(wagon: WagonStub): WagonStub {
    return wagon;
  }

  pass: Depot["pass"] = (data) => data;
}

// Calls on results that have not come: chains, records, failures, and what becomes of those whose ground is taken away.

import { expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import { duplicate } from "#firefly/codec/stub.ts";
import { DepotStub } from "../../interfaces/generated/depot.ts";
import type { Chain, ChainStub, Inspection } from "../../interfaces/generated/sample.ts";
import { depotOffer, echoOffer, SessionPair, settled } from "./session-pair.ts";
import { Yard } from "./wagons.ts";

test("a chain of 20,000 calls behind a slow first one runs in order, and does not run out of stack", async () => {
  const length = 20_000;
  const gate = Promise.withResolvers<void>();
  const order: number[] = [];
  class Link implements Chain {
    readonly at: number;
    constructor(at: number) {
      this.at = at;
    }
    next(): Chain {
      order.push(this.at);
      return new Link(this.at + 1);
    }
    value(): number {
      return this.at;
    }
    itself(): never {
      throw new Error("not asked for here");
    }
  }
  await using pair = new SessionPair({
    host: echoOffer({
      increment: (value) => value + 1,
      first: async () => {
        await gate.promise;
        return new Link(0);
      },
    }),
  });
  await pair.echo.increment(1);
  const stubs: ChainStub[] = [pair.echo.first()];
  for (let i = 0; i < length; i++) stubs.push((stubs[i] as ChainStub).next());
  const value = (stubs.at(-1) as ChainStub).value();
  await settled();
  expect(order).toEqual([]);
  gate.resolve();
  expect(await value).toBe(length);
  expect(order).toEqual(Array.from({ length }, (_, index) => index));
  for (const stub of stubs) stub[Symbol.dispose]();
  await pair.emptied();
});

test("calls on objects in a record, and in a record inside it", async () => {
  await using pair = new SessionPair();
  using inspection = pair.echo.inspect();
  const values = [inspection.chain.value(), inspection.nested.chain.value(), inspection.nested.chain.next().value()];
  expect(await Promise.all(values)).toEqual([1, 10, 11]);
  const whole = await inspection;
  expect(whole).toMatchObject({ label: "two chains", nested: { listener: null } });
  expect(await whole.nested.chain.value()).toBe(10);
  whole.chain[Symbol.dispose]();
  whole.nested.chain[Symbol.dispose]();
  inspection[Symbol.dispose]();
  // The stub of `next` was never named: the session still holds it.
  expect(pair.near.sizes.imports).toBe(1);
});

test("a part of a result can be awaited by itself", async () => {
  await using pair = new SessionPair();
  using inspection = pair.echo.inspect();
  using chain = await inspection.nested.chain;
  expect(await chain.value()).toBe(10);
  const nested = await inspection.nested;
  expect(nested.listener).toBeNull();
  nested.chain[Symbol.dispose]();
});

test("a result that nobody awaits is released when its pipeline is", async () => {
  await using pair = new SessionPair();
  const inspection = pair.echo.inspect();
  const value = inspection.nested.chain.value();
  inspection[Symbol.dispose]();
  expect(await value).toBe(10);
  await pair.emptied();
  expect(pair.sample.counts).toEqual({ chainsMade: 2, chainsDisposed: 2 });
});

test("a part that was duplicated outlives the pipeline", async () => {
  await using pair = new SessionPair();
  const inspection = pair.echo.inspect();
  using chain = duplicate(inspection.chain);
  inspection[Symbol.dispose]();
  expect(await chain.value()).toBe(1);
  chain[Symbol.dispose]();
  await pair.emptied();
});

test("an error reaches every call that stands on the one that failed, as it was", async () => {
  await using pair = new SessionPair({
    host: echoOffer({
      first: () => {
        throw new TypeError("no first");
      },
    }),
  });
  using first = pair.echo.first();
  const second = first.next();
  const third = second.next();
  const calls = [first.value(), second.value(), third.value(), third.next().value(), first];
  for (const result of await Promise.allSettled(calls)) {
    expect(result).toMatchObject({ status: "rejected", reason: { kind: "internal", message: "TypeError: no first" } });
  }
  // So it does when the failure is known already.
  await expect(first.value()).rejects.toMatchObject({ message: "TypeError: no first" });
  await expect(first.next().value()).rejects.toMatchObject({ message: "TypeError: no first" });
  await expect(third).rejects.toMatchObject({ message: "TypeError: no first" });
  await pair.emptied();
});

test("a result without an object that it should have fails, and calls on that object with it", async () => {
  await using pair = new SessionPair({
    host: echoOffer({
      inspect: () => ({ label: "x", nested: { chain: null, listener: null } }) as unknown as Inspection,
    }),
  });
  using inspection = pair.echo.inspect();
  const before = inspection.nested.chain.value();
  await expect(before).rejects.toMatchObject({ kind: "invalid" });
  await expect(inspection.nested.chain.value()).rejects.toMatchObject({ kind: "invalid" });
  await pair.emptied();
});

test("giving up a call aborts its handler, and those that stand on it fail", async () => {
  const aborted: unknown[] = [];
  let ran = 0;
  const chain: Chain = {
    next: () => chain,
    value: () => ++ran,
    itself: () => {
      throw new Error("not asked for here");
    },
  };
  await using pair = new SessionPair({
    host: echoOffer({
      first: (context) =>
        new Promise((resolve) => {
          context?.signal.addEventListener("abort", () => {
            aborted.push(context.signal.reason);
            resolve(chain);
          });
        }),
    }),
  });
  const controller = new AbortController();
  using first = pair.echo.first({ signal: controller.signal });
  const second = first.next();
  const value = second.value();
  await settled();
  controller.abort();
  await expect(first).rejects.toMatchObject({ kind: "cancelled", message: "the call was given up" });
  await expect(value).rejects.toMatchObject({ kind: "cancelled" });
  await expect(second).rejects.toMatchObject({ kind: "cancelled" });
  expect(aborted).toMatchObject([{ kind: "cancelled" }]);
  expect(ran).toBe(0);
  await pair.emptied();
});

test("giving up a call with an answer leaves the answers of others alone", async () => {
  await using pair = new SessionPair();
  const controller = new AbortController();
  using first = pair.echo.first({ signal: controller.signal });
  using listener = first.itself({ heard: (text) => text });
  controller.abort();
  expect(await listener.heard("still here")).toBe("still here");
  await expect(first).rejects.toMatchObject({ kind: "cancelled" });
  listener[Symbol.dispose]();
  await pair.emptied();
});

test("an answer that has not come can be an argument", async () => {
  const yard = new Yard();
  const gate = Promise.withResolvers<void>();
  await using pair = new SessionPair({
    host: depotOffer({
      pair: async () => {
        await gate.promise;
        return { near: yard.wagon(3), far: yard.wagon(4), note: "" };
      },
      loads: (wagons) => Promise.all(wagons.map((wagon) => wagon.load())),
      same: (wagon) => duplicate(wagon),
    }),
  });
  const depot = pair.near.root(DepotStub);
  using both = depot.pair();
  using same = depot.same(both.far);
  const loads = depot.loads([both.near, both.far, same, both.near]);
  await settled();
  gate.resolve();
  expect(await loads).toEqual([3, 4, 4, 3]);
  same[Symbol.dispose]();
  both[Symbol.dispose]();
  await pair.emptied();
  expect(yard.disposals).toEqual([1, 1]);
});

test("an answer as an argument is used, though it is finished with and released before anything else happens", async () => {
  const yard = new Yard();
  await using pair = new SessionPair({
    host: depotOffer({
      pair: () => ({ near: yard.wagon(3), far: yard.wagon(4), note: "" }),
      loads: (wagons) => Promise.all(wagons.map((wagon) => wagon.load())),
    }),
  });
  const depot = pair.near.root(DepotStub);
  pair.back.hold();
  const both = depot.pair();
  await settled();
  pair.there.hold();
  const loads = depot.loads([both.near, both.far]);
  both[Symbol.dispose]();
  await settled();
  // Now the result comes, FINISH and RELEASE follow, and all of it reaches the host in one go.
  pair.back.open();
  await settled();
  expect(pair.near.sizes.imports).toBe(0);
  pair.there.open();
  expect(await loads).toEqual([3, 4]);
  await pair.emptied();
  expect(yard.disposals).toEqual([1, 1]);
});

test("a failed answer as an argument fails the call before it is sent, with the same error", async () => {
  await using pair = new SessionPair({
    host: depotOffer({
      pair: () => {
        throw new Error("no pair today");
      },
      count: (wagons) => wagons.length,
    }),
  });
  const depot = pair.near.root(DepotStub);
  using both = depot.pair();
  await expect(both).rejects.toMatchObject({ message: "Error: no pair today" });
  await expect(depot.count([both.near])).rejects.toMatchObject({ message: "Error: no pair today" });
  await pair.emptied();
});

test("a path of more than fireflyLimits.pathSteps is refused where it would be sent", async () => {
  await using pair = new SessionPair();
  using inspection = pair.echo.inspect();
  const { ChainStub: Stub } = await import("../../interfaces/generated/sample.ts");
  const path = Array.from({ length: fireflyLimits.pathSteps + 1 }, () => 2);
  using deep = new Stub(inspection.$answer.at(path));
  await expect(deep.value()).rejects.toMatchObject({ kind: "too-large", message: expect.stringMatching(/await it/) });
});

test("a call on a pipelined stub that is released goes on, a later one is refused", async () => {
  await using pair = new SessionPair();
  const first = pair.echo.first();
  const value = first.value();
  first[Symbol.dispose]();
  await expect(first.value()).rejects.toMatchObject({ kind: "released" });
  expect(await value).toBe(0);
  await pair.emptied();
  expect(pair.sample.counts).toEqual({ chainsMade: 1, chainsDisposed: 1 });
});

test("a call that waits because the host cannot send goes on, though its object was released meanwhile", async () => {
  const yard = new Yard();
  await using pair = new SessionPair({
    host: depotOffer({ pair: () => ({ near: yard.wagon(3), far: yard.wagon(4), note: "" }), count: () => 0 }),
  });
  const depot = pair.near.root(DepotStub);
  await depot.count([]);
  const both = depot.pair();
  const direct = (await depot.pair()).near;
  pair.back.shut();
  // The host notices that it cannot send, and lets the calls wait that come from now on.
  const calls = [depot.count([])];
  await settled();
  calls.push(direct.load(), both.far.load());
  direct[Symbol.dispose]();
  both[Symbol.dispose]();
  await settled();
  pair.back.open();
  expect(await Promise.all(calls)).toEqual([0, 3, 4]);
});

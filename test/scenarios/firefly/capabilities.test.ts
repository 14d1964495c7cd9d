// Objects as arguments and results: lent, given, released, recognised, and never left behind.

import { expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import { duplicate, localObject } from "#firefly/codec/stub.ts";
import type { LeakWatch } from "#glow";
import { RegistryLeakWatch } from "#platform/leak-watch.ts";
import { DepotInterface, DepotStub, type WagonStub } from "../../interfaces/generated/depot.ts";
import { type ChainStub, EchoStub, type ListenerStub } from "../../interfaces/generated/sample.ts";
import { depotOffer, echoOffer, nothing, SessionPair, settled } from "./session-pair.ts";
import { Yard } from "./wagons.ts";

const listener = { heard: (text: string) => text.toUpperCase() };

test("an argument is lent: it can be called until the handler is done, and is released then", async () => {
  let kept: ListenerStub | undefined;
  await using pair = new SessionPair({
    host: echoOffer({
      call: async (stub, text) => {
        kept = stub;
        return `${await stub.heard(text)}, ${await stub.heard("again")}`;
      },
    }),
  });
  expect(await pair.echo.call(listener, "hello")).toBe("HELLO, AGAIN");
  await pair.emptied();
  await expect(kept?.heard("late")).rejects.toMatchObject({ kind: "released", target: "Listener.heard" });
});

test("a duplicate outlives the handler, and each is released on its own", async () => {
  await using pair = new SessionPair();
  await pair.echo.keep(listener);
  await pair.echo.keep(listener);
  // The same object, sent twice, has one id.
  expect(pair.near.sizes.exports).toBe(1);
  expect(pair.far.sizes.imports).toBe(1);
  pair.sample[Symbol.dispose]();
  await pair.emptied();
});

test("the same object under two interfaces is two exports, and is disposed of once", async () => {
  const yard = new Yard();
  const both = Object.assign(yard.wagon(), { heard: (text: string) => text });
  await using pair = new SessionPair({ host: depotOffer({ pair: () => ({ near: both, far: both, note: "" }) }) });
  const { near, far } = await pair.near.root(DepotStub).pair();
  expect(pair.far.sizes.exports).toBe(1);
  near[Symbol.dispose]();
  far[Symbol.dispose]();
  await pair.emptied();
  expect(yard.disposals).toEqual([1]);
});

test("a result is given: it is disposed of by its host when the caller has released it, once", async () => {
  const yard = new Yard();
  await using pair = new SessionPair({
    host: depotOffer({
      train: () => [yard.wagon()],
      pair: () => ({ near: yard.wagon(), far: yard.wagon(), note: "" }),
    }),
  });
  const { near, far } = await pair.near.root(DepotStub).pair();
  using another = duplicate(near);
  near[Symbol.dispose]();
  near[Symbol.dispose]();
  await settled();
  expect(yard.disposals).toEqual([0, 0]);
  far[Symbol.dispose]();
  await settled();
  expect(yard.disposals).toEqual([0, 1]);
  expect(await another.load()).toBe(0);
  another[Symbol.dispose]();
  await pair.emptied();
  expect(yard.disposals).toEqual([1, 1]);
});

test("given objects are disposed of when the session ends, each once", async () => {
  const yard = new Yard();
  const pair = new SessionPair({
    host: depotOffer({ pair: () => ({ near: yard.wagon(), far: yard.wagon(), note: "" }) }),
  });
  const { near } = await pair.near.root(DepotStub).pair();
  near[Symbol.dispose]();
  pair.near.close();
  await pair.far.closed;
  expect(yard.disposals).toEqual([1, 1]);
  expect(pair.far.sizes).toEqual(nothing);
});

test("lent objects and the root are never disposed of", async () => {
  const root = {
    self: 0,
    disposals: 0,
    same: (wagon: WagonStub) => duplicate(wagon),
    [Symbol.dispose]: () => root.disposals++,
  };
  const yard = new Yard();
  const pair = new SessionPair({ host: { type: DepotInterface, object: root } });
  const lent = yard.wagon();
  using same = await pair.near.root(DepotStub).same(lent);
  expect(await same.load()).toBe(0);
  same[Symbol.dispose]();
  await pair.emptied();
  pair.near.close();
  await pair.far.closed;
  expect(yard.disposals).toEqual([0]);
  expect(root.disposals).toBe(0);
});

test("an asynchronous disposal is awaited by nobody, and its failure is reported", async () => {
  const chain = {
    next: () => chain,
    value: () => 1,
    itself: () => listener,
    [Symbol.asyncDispose]: () => Promise.reject(new Error("stuck")),
  };
  await using pair = new SessionPair({ host: echoOffer({ first: () => chain }) });
  const first = await pair.echo.first();
  first[Symbol.dispose]();
  await pair.emptied();
  expect(pair.defects).toMatchObject([{ message: "stuck" }]);
});

test("an object that comes back is recognised, whatever way it took", async () => {
  await using pair = new SessionPair({
    host: echoOffer({
      first: () => ({
        next: () => {
          throw new Error();
        },
        value: () => 0,
        itself: (stub) => duplicate(stub),
      }),
    }),
  });
  using chain = pair.echo.first();
  using pipelined = chain.itself(listener);
  expect(localObject(pipelined)).toBeUndefined();
  expect(localObject(await pipelined)).toBe(listener);
  using settledStub = await chain.itself(listener);
  expect(localObject(settledStub)).toBe(listener);
  expect(localObject(chain)).toBeUndefined();
});

test("the host knows its own objects when they come as arguments", async () => {
  const yard = new Yard();
  const own = yard.wagon();
  const seen: unknown[] = [];
  await using pair = new SessionPair({
    host: depotOffer({
      pair: () => ({ near: own, far: yard.wagon(), note: "" }),
      count: (wagons) => {
        seen.push(...wagons.map(localObject));
        return wagons.length;
      },
    }),
  });
  const depot = pair.near.root(DepotStub);
  const { near, far } = await depot.pair();
  expect(await depot.count([near, far, near, new Yard().wagon()])).toBe(4);
  expect(seen).toEqual([own, yard.wagons[1], own, undefined]);
  near[Symbol.dispose]();
  far[Symbol.dispose]();
  await pair.emptied();
});

test("an object that its host holds when the peer has released it lives until the host is done with it", async () => {
  const yard = new Yard();
  const gate = Promise.withResolvers<void>();
  let kept: WagonStub | undefined;
  await using pair = new SessionPair({
    host: depotOffer({
      pair: () => ({ near: yard.wagon(), far: yard.wagon(), note: "" }),
      loads: async (wagons) => {
        kept = duplicate(wagons[0] as WagonStub);
        await gate.promise;
        return Promise.all(wagons.map((wagon) => wagon.load()));
      },
    }),
  });
  const depot = pair.near.root(DepotStub);
  const { near, far } = await depot.pair();
  const loads = depot.loads([near, far]);
  near[Symbol.dispose]();
  far[Symbol.dispose]();
  await settled();
  gate.resolve();
  expect(await loads).toEqual([0, 1]);
  await pair.emptied();
  expect(yard.disposals).toEqual([0, 1]);
  expect(await kept?.load()).toBe(0);
  kept?.[Symbol.dispose]();
  expect(yard.disposals).toEqual([1, 1]);
});

test("a handler may return what it was lent, and calls on the answer reach it", async () => {
  await using pair = new SessionPair({ host: depotOffer({ same: (wagon) => wagon }) });
  const yard = new Yard();
  using same = pair.near.root(DepotStub).same(yard.wagon(7));
  expect(await same.load()).toBe(7);
  expect(localObject(await same)).toBe(yard.wagons[0]);
  same[Symbol.dispose]();
  await pair.emptied();
  expect(yard.disposals).toEqual([0]);
});

test("an argument that cannot be sent leaves nothing of those before it", async () => {
  await using pair = new SessionPair({ host: depotOffer({ mixed: (_first, a, _second, b) => a + b }) });
  const depot = pair.near.root(DepotStub);
  const yard = new Yard();
  const wagons = [yard.wagon(), yard.wagon(), yard.wagon()] as const;
  await expect(depot.mixed(wagons[0], 1, wagons[1], 256, wagons[2])).rejects.toMatchObject({ kind: "invalid" });
  expect(pair.near.sizes).toEqual(nothing);
  // The interface of a wagon was not named by the frame that was not sent.
  expect(await depot.mixed(wagons[0], 1, wagons[1], 2, wagons[2])).toBe(3);
  await pair.emptied();
  expect(yard.disposals).toEqual([0, 0, 0]);
});

test("a result that cannot be sent is given up: what it gave is disposed of, once", async () => {
  const yard = new Yard();
  await using pair = new SessionPair({
    host: depotOffer({ pair: () => ({ near: yard.wagon(), far: yard.wagon(), note: 7 as unknown as string }) }),
  });
  const depot = pair.near.root(DepotStub);
  using pending = depot.pair();
  const load = pending.near.load();
  await expect(pending).rejects.toMatchObject({ kind: "invalid", message: expect.stringMatching(/expected string/) });
  await expect(load).rejects.toMatchObject({ kind: "invalid" });
  await pair.emptied();
  expect(yard.disposals).toEqual([1, 1]);
});

test("an object that is lent stays alive when a result that gives it cannot be sent", async () => {
  const yard = new Yard();
  const lent = yard.wagon();
  let kept: WagonStub | undefined;
  await using pair = new SessionPair({
    host: depotOffer({
      count: (wagons) => {
        kept = duplicate(wagons[0] as WagonStub);
        return 1;
      },
    }),
    caller: depotOffer({ pair: () => ({ near: lent, far: lent, note: 7 as unknown as string }) }),
  });
  await pair.near.root(DepotStub).count([lent]);
  await expect(pair.far.root(DepotStub).pair()).rejects.toMatchObject({ kind: "invalid" });
  kept?.[Symbol.dispose]();
  await pair.emptied();
  expect(yard.disposals).toEqual([0]);
});

test("a result that comes too late is given up, objects in records and lists included", async () => {
  const yard = new Yard();
  const gate = Promise.withResolvers<void>();
  await using pair = new SessionPair({
    host: depotOffer({
      pair: async () => {
        await gate.promise;
        return { near: yard.wagon(), far: yard.wagon(), note: "" };
      },
    }),
  });
  const controller = new AbortController();
  const pending = pair.near.root(DepotStub).pair({ signal: controller.signal });
  const outcome = pending.then(undefined, (thrown: unknown) => thrown);
  controller.abort();
  expect(await outcome).toMatchObject({ kind: "cancelled" });
  gate.resolve();
  await pair.emptied();
  expect(yard.disposals).toEqual([1, 1]);
});

test("a result that comes when the session is over is given up too", async () => {
  const yard = new Yard();
  const gate = Promise.withResolvers<void>();
  const pair = new SessionPair({
    host: depotOffer({
      pair: async () => {
        await gate.promise;
        return { near: yard.wagon(), far: yard.wagon(), note: "" };
      },
    }),
  });
  const outcome = pair.near
    .root(DepotStub)
    .pair()
    .then(undefined, (thrown: unknown) => thrown);
  await settled();
  pair.near.close();
  await pair.far.closed;
  expect(await outcome).toMatchObject({ kind: "disconnected" });
  gate.resolve();
  await settled();
  expect(yard.disposals).toEqual([1, 1]);
  expect(pair.far.sizes).toEqual(nothing);
});

test("a call that was made goes on when its stub is released at once", async () => {
  const yard = new Yard();
  await using pair = new SessionPair({
    host: depotOffer({ pair: () => ({ near: yard.wagon(5), far: yard.wagon(), note: "" }) }),
  });
  const { near, far } = await pair.near.root(DepotStub).pair();
  const load = near.load();
  near[Symbol.dispose]();
  far[Symbol.dispose]();
  expect(await load).toBe(5);
  await pair.emptied();
});

test("a stub of another interface cannot stand for this one", async () => {
  await using pair = new SessionPair({ host: depotOffer({ count: () => 1 }) });
  const depot = pair.near.root(DepotStub);
  using echo = pair.near.root(EchoStub);
  await expect(depot.count([echo as unknown as WagonStub])).rejects.toMatchObject({
    kind: "invalid",
    message: expect.stringMatching(/Wagon/),
  });
  await pair.emptied();
});

test("a released stub is not sent, and cannot be duplicated", async () => {
  await using pair = new SessionPair();
  const chain = await pair.echo.first();
  chain[Symbol.dispose]();
  await expect(chain.value()).rejects.toMatchObject({ kind: "released" });
  expect(() => chain.next()).toThrow(expect.objectContaining({ kind: "released" }));
  expect(() => duplicate(chain)).toThrow(expect.objectContaining({ kind: "released" }));
  await pair.emptied();
});

test("fireflyLimits.capabilitiesPerPayload objects in one value, and not one more", async () => {
  await using pair = new SessionPair({ host: depotOffer({ count: (wagons) => wagons.length }) });
  const depot = pair.near.root(DepotStub);
  const most = fireflyLimits.capabilitiesPerPayload;
  const yard = new Yard();
  const wagons = Array.from({ length: most + 1 }, () => yard.wagon());
  expect(await depot.count(wagons.slice(1))).toBe(most);
  await expect(depot.count(wagons)).rejects.toMatchObject({
    kind: "too-large",
    message: expect.stringMatching(/4096 objects/),
  });
  await pair.emptied();
});

test("objects in unanswered calls count fireflyLimits.entryCostBytes each", async () => {
  const gate = Promise.withResolvers<number>();
  await using pair = new SessionPair({ host: depotOffer({ count: () => gate.promise }) });
  const depot = pair.near.root(DepotStub);
  const wagon = new Yard().wagon();
  const wagons = Array.from({ length: fireflyLimits.capabilitiesPerPayload }, () => wagon);
  // A count of two bytes, and an index of one or two bytes for each.
  const callBytes = 2 + 128 + 2 * (wagons.length - 128) + wagons.length * fireflyLimits.entryCostBytes;
  const most = Math.floor(fireflyLimits.callBytes / callBytes);
  const calls = Array.from({ length: most }, () => depot.count(wagons));
  await expect(depot.count(wagons)).rejects.toMatchObject({
    kind: "exhausted",
    message: expect.stringMatching(/bytes/),
  });
  gate.resolve(1);
  await Promise.all(calls);
  await pair.emptied();
});

test("what a program drops without releasing it is released when the engine collects it", async () => {
  await using pair = new SessionPair({ leaks: new RegistryLeakWatch() });
  const { echo } = pair;
  // In a function of its own, whose variables are gone when it is done.
  const drop = async (): Promise<number> => {
    const chains = await echo.giveMany(20);
    const same = await (chains[0] as ChainStub).itself({ heard: (text) => text });
    await same.heard("x");
    return pair.near.sizes.imports;
  };
  expect(await drop()).toBe(20);
  for (let turn = 0; turn < 100 && pair.near.sizes.imports > 0; turn++) {
    globalThis.gc?.();
    await settled();
  }
  await pair.emptied();
  expect(pair.sample.counts).toEqual({ chainsMade: 20, chainsDisposed: 20 });
});

test("what a program drops without releasing it is released when the platform notices", async () => {
  const watched = new Map<object, () => void>();
  const leaks: LeakWatch = {
    watch: (object, dropped) => void watched.set(object, dropped),
    unwatch: (object) => void watched.delete(object),
  };
  const yard = new Yard();
  await using pair = new SessionPair({
    leaks,
    host: depotOffer({ pair: () => ({ near: yard.wagon(), far: yard.wagon(), note: "" }), same: (wagon) => wagon }),
  });
  const depot = pair.near.root(DepotStub);
  const { near } = await depot.pair();
  near[Symbol.dispose]();
  void depot.same(yard.wagon()).load();
  await settled();
  expect(pair.far.sizes.exports).toBe(1);
  for (const dropped of watched.values()) dropped();
  await pair.emptied();
  expect(yard.disposals).toEqual([1, 1, 0]);
});

// Giving up calls, by a signal or because their time is over, at every moment of their lives.

import { expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import type { CallContext } from "#firefly/runtime.ts";
import type { Echo } from "../../interfaces/generated/sample.ts";
import { echoOffer, nothing, SessionPair, settled } from "./session-pair.ts";
import { VirtualTime } from "./virtual-time.ts";

/** Handlers that wait until they are told to stop, and note how they were told. */
class Sleeper {
  readonly contexts: CallContext[] = [];
  readonly reasons: unknown[] = [];

  sleep: Echo["sleep"] = (_ms, context) =>
    new Promise((_resolve, reject) => {
      if (context === undefined) return;
      this.contexts.push(context);
      context.signal.addEventListener("abort", () => {
        this.reasons.push(context.signal.reason);
        reject(context.signal.reason);
      });
    });
}

test("before it is made: nothing is sent", async () => {
  const sleeper = new Sleeper();
  await using pair = new SessionPair({ host: echoOffer(sleeper) });
  const signal = AbortSignal.abort(new Error("mine"));
  await expect(pair.echo.sleep(1, { signal })).rejects.toMatchObject({ kind: "cancelled" });
  await settled();
  expect(sleeper.contexts).toEqual([]);
  await pair.emptied();
});

test("in the turn in which it is made: the handler is never run, or told at once", async () => {
  const sleeper = new Sleeper();
  await using pair = new SessionPair({ host: echoOffer(sleeper) });
  const controller = new AbortController();
  const sleep = pair.echo.sleep(1, { signal: controller.signal });
  controller.abort();
  await expect(sleep).rejects.toMatchObject({ kind: "cancelled", target: "Echo.sleep" });
  await pair.emptied();
  expect(sleeper.contexts.every((context) => context.signal.aborted)).toBe(true);
});

test("while its handler runs: that is told by its signal", async () => {
  const sleeper = new Sleeper();
  await using pair = new SessionPair({ host: echoOffer(sleeper) });
  const controller = new AbortController();
  const sleep = pair.echo.sleep(1, { signal: controller.signal });
  await settled();
  controller.abort();
  await expect(sleep).rejects.toMatchObject({ kind: "cancelled" });
  await pair.emptied();
  expect(sleeper.reasons).toMatchObject([{ kind: "cancelled", target: "Echo.sleep" }]);
});

test("while its result is on the way: the result is thrown away, and what it gave is released", async () => {
  await using pair = new SessionPair();
  const controller = new AbortController();
  pair.back.hold();
  const chains = pair.echo.giveMany(5, { signal: controller.signal });
  using first = pair.echo.first({ signal: controller.signal });
  const items = pair.echo.items(1000, { signal: controller.signal });
  await settled();
  expect(pair.far.sizes).toMatchObject({ exports: 6, outgoingStreams: 1 });
  controller.abort();
  expect(await Promise.allSettled([chains, first, items])).toMatchObject(
    Array.from({ length: 3 }, () => ({ reason: { kind: "cancelled" } })),
  );
  pair.back.open();
  await pair.emptied();
  expect(pair.sample.counts).toEqual({ chainsMade: 6, chainsDisposed: 6 });
});

test("after its result has come: nothing happens, and nothing listens to the signal any more", async () => {
  await using pair = new SessionPair();
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  expect(await pair.echo.increment(1, { signal })).toBe(2);
  using chain = await pair.echo.first({ signal });
  await expect(pair.echo.fail("conflict", { signal })).rejects.toMatchObject({ kind: "conflict" });
  expect(listeners).toBe(0);
  controller.abort();
  expect(await chain.value()).toBe(0);
});

test("many calls by one signal, some done, some not", async () => {
  const sleeper = new Sleeper();
  await using pair = new SessionPair({
    host: echoOffer({ ...sleeper, sleep: sleeper.sleep, increment: (value) => value }),
  });
  const controller = new AbortController();
  const { signal } = controller;
  const calls = Array.from({ length: 500 }, (_, index) =>
    index % 2 === 0 ? pair.echo.increment(index, { signal }) : pair.echo.sleep(index, { signal }),
  );
  await settled();
  controller.abort();
  for (const [index, outcome] of (await Promise.allSettled(calls)).entries()) {
    expect(outcome).toMatchObject(index % 2 === 0 ? { value: index } : { reason: { kind: "cancelled" } });
  }
  await pair.emptied();
  expect(sleeper.reasons).toHaveLength(250);
});

test("an id is used again only when both sides are done with it", async () => {
  await using pair = new SessionPair({
    host: echoOffer({ increment: (value) => value, sleep: () => new Promise(() => undefined) }),
  });
  for (let round = 0; round < 50; round++) {
    const controller = new AbortController();
    // RETURN and FINISH cross each other.
    pair.back.hold();
    const calls = [
      pair.echo.increment(round, { signal: controller.signal }),
      pair.echo.sleep(1, { signal: controller.signal }),
    ];
    await settled();
    controller.abort();
    await Promise.allSettled(calls);
    const next = pair.echo.increment(round + 1);
    await settled();
    pair.back.open();
    expect(await next).toBe(round + 1);
  }
  await pair.emptied();
});

test("a handler that ignores its signal does not hold the call up, and its result is thrown away", async () => {
  const gate = Promise.withResolvers<number>();
  await using pair = new SessionPair({ host: echoOffer({ increment: () => gate.promise }) });
  const controller = new AbortController();
  const call = pair.echo.increment(1, { signal: controller.signal });
  await settled();
  controller.abort();
  await expect(call).rejects.toMatchObject({ kind: "cancelled" });
  await pair.emptied();
  gate.resolve(7);
  await pair.emptied();
});

test("a handler that fails because it was told to stop is no defect", async () => {
  await using pair = new SessionPair({ host: echoOffer({ sleep: new Sleeper().sleep }) });
  const controller = new AbortController();
  const sleep = pair.echo.sleep(1, { signal: controller.signal });
  await settled();
  controller.abort();
  await expect(sleep).rejects.toMatchObject({ kind: "cancelled" });
  await pair.emptied();
  expect(pair.defects).toEqual([]);
});

test("deadlines end calls on both sides, at their time", async () => {
  const time = new VirtualTime();
  const sleeper = new Sleeper();
  const pair = new SessionPair({ host: echoOffer(sleeper), time });
  const sleep = pair.echo.sleep(1, { deadlineMs: 250.5 });
  const outcome = Promise.allSettled([sleep]);
  await time.until(100);
  expect(sleeper.contexts[0]?.deadlineMs).toBe(151);
  expect(await time.play(outcome)).toMatchObject([{ reason: { kind: "deadline", retry: true } }]);
  expect(time.nowMs).toBe(250.5);
  await time.until(300);
  // FINISH was there before the time was over at the host, where it is rounded up.
  expect(sleeper.reasons).toMatchObject([{ kind: "cancelled" }]);
  expect(pair.far.sizes).toEqual(nothing);
  expect(time.pending).toBe(0);
});

test("a host that is told a deadline keeps it, though its caller is not heard of any more", async () => {
  const time = new VirtualTime();
  const sleeper = new Sleeper();
  const pair = new SessionPair({ host: echoOffer(sleeper), time });
  const outcome = Promise.allSettled([pair.echo.sleep(1, { deadlineMs: 100 })]);
  await time.until(50);
  pair.there.hold();
  expect(await time.play(outcome)).toMatchObject([{ reason: { kind: "deadline" } }]);
  await time.until(150);
  expect(sleeper.reasons).toMatchObject([{ kind: "deadline", message: expect.stringMatching(/within 100 ms/) }]);
  pair.there.open();
  await time.until(200);
  expect(pair.far.sizes).toEqual(nothing);
  expect(pair.near.sizes).toEqual(nothing);
});

test("deadlines that are none: over already, above fireflyLimits.deadlineMs, not a number", async () => {
  await using pair = new SessionPair();
  const { echo } = pair;
  await expect(echo.increment(1, { deadlineMs: 0 })).rejects.toMatchObject({ kind: "deadline" });
  await expect(echo.increment(1, { deadlineMs: -5 })).rejects.toMatchObject({ kind: "deadline" });
  await expect(echo.increment(1, { deadlineMs: Number.NaN })).rejects.toMatchObject({ kind: "invalid" });
  await expect(echo.increment(1, { deadlineMs: fireflyLimits.deadlineMs + 1 })).rejects.toMatchObject({
    kind: "invalid",
  });
  expect(await echo.increment(1, { deadlineMs: fireflyLimits.deadlineMs })).toBe(2);
  await pair.emptied();
});

test("when the session ends, every handler that runs is told, and none that is done", async () => {
  const sleeper = new Sleeper();
  const done: CallContext[] = [];
  const pair = new SessionPair({
    host: echoOffer({
      sleep: sleeper.sleep,
      first: (context) => {
        if (context !== undefined) done.push(context);
        void context?.signal;
        return {
          next: () => {
            throw new Error();
          },
          value: () => 1,
          itself: () => {
            throw new Error();
          },
        };
      },
    }),
  });
  const sleeps = [pair.echo.sleep(1), pair.echo.sleep(1)].map((sleep) =>
    sleep.then(undefined, (thrown: unknown) => thrown),
  );
  // Its answer is kept, as FINISH does not come through.
  pair.back.hold();
  void pair.echo.first();
  await settled();
  pair.near.close();
  await pair.far.closed;
  expect(await Promise.all(sleeps)).toMatchObject([{ kind: "disconnected" }, { kind: "disconnected" }]);
  expect(sleeper.reasons).toMatchObject([{ kind: "disconnected" }, { kind: "disconnected" }]);
  expect(done.map((context) => context.signal.aborted)).toEqual([false]);
  await pair.emptied();
});

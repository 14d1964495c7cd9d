// Calls on one object arrive in the order in which they were made, whatever way each of them takes.

import { describe, expect, test } from "vitest";
import { duplicate } from "#firefly/codec/stub.ts";
import {
  type Chain,
  type ChainStub,
  EchoStub,
  type Listener,
  type ListenerStub,
} from "../../interfaces/generated/sample.ts";
import { echoOffer, SessionPair, settled } from "./session-pair.ts";
import { VirtualTime } from "./virtual-time.ts";

/** Notes what it hears. */
class Ear implements Listener {
  readonly heardTexts: string[] = [];

  heard(text: string): string {
    this.heardTexts.push(text);
    return text;
  }
}

/** Leads to itself, and notes the calls it gets. */
class Loop implements Chain {
  readonly calls: string[] = [];

  next(): Chain {
    this.calls.push("next");
    return this;
  }

  value(): number {
    this.calls.push("value");
    return this.calls.length;
  }

  itself(listener: ListenerStub): Listener {
    this.calls.push("itself");
    return duplicate(listener);
  }
}

describe("an object of the host", () => {
  test("calls made before its answer, and after, and by another stub for it", async () => {
    const gate = Promise.withResolvers<void>();
    const ear = new Ear();
    const chain = { next: () => chain, value: () => 0, itself: () => ear };
    await using pair = new SessionPair({
      host: echoOffer({
        first: async () => {
          await gate.promise;
          return chain;
        },
      }),
    });
    using first = pair.echo.first();
    using listener = first.itself({ heard: () => "" });
    const calls = [listener.heard("1"), listener.heard("2")];
    gate.resolve();
    await listener;
    calls.push(listener.heard("3"));
    using another = duplicate(listener);
    calls.push(another.heard("4"), listener.heard("5"));
    await Promise.all(calls);
    expect(ear.heardTexts).toEqual(["1", "2", "3", "4", "5"]);
  });

  test("also when the host cannot send, and lets calls wait", async () => {
    const ear = new Ear();
    const chain = { next: () => chain, value: () => 0, itself: () => ear };
    await using pair = new SessionPair({ host: echoOffer({ first: () => chain, increment: (value) => value }) });
    using direct = await pair.echo.first().itself({ heard: () => "" });
    pair.back.shut();
    const calls: Promise<unknown>[] = [pair.echo.increment(0)];
    await settled();
    using first = pair.echo.first();
    using listener = first.itself({ heard: () => "" });
    calls.push(listener.heard("1"), direct.heard("2"), listener.heard("3"), direct.heard("4"));
    await settled();
    expect(ear.heardTexts).toEqual([]);
    pair.back.open();
    await Promise.all(calls);
    // Of each stub in its order; between the two nothing is promised.
    expect(ear.heardTexts.filter((text) => "13".includes(text))).toEqual(["1", "3"]);
    expect(ear.heardTexts.filter((text) => "24".includes(text))).toEqual(["2", "4"]);
  });
});

describe("an object of the caller that comes back", () => {
  test("calls that go the long way are not overtaken by those that take the short one", async () => {
    const ear = new Ear();
    await using pair = new SessionPair();
    using chain = await pair.echo.first();
    pair.back.hold();
    const same = chain.itself(ear);
    await settled();
    pair.there.hold();
    const calls = [same.heard("1"), same.heard("2")];
    // The answer is here while these are still under way.
    pair.back.open();
    await settled();
    calls.push(same.heard("3"));
    let shown: ListenerStub | undefined;
    const showing = Promise.resolve(same).then((stub) => {
      shown = stub;
      calls.push(stub.heard("5"));
    });
    await settled();
    expect(shown).toBeUndefined();
    expect(ear.heardTexts).toEqual([]);
    calls.push(same.heard("4"));
    pair.there.open();
    await showing;
    expect(await Promise.all(calls)).toEqual(["1", "2", "3", "4", "5"]);
    expect(ear.heardTexts).toEqual(["1", "2", "3", "4", "5"]);
    same[Symbol.dispose]();
    chain[Symbol.dispose]();
    await pair.emptied();
  });

  test("also when the far side cannot send", async () => {
    const ear = new Ear();
    await using pair = new SessionPair();
    using chain = await pair.echo.first();
    pair.back.shut();
    const first = pair.echo.increment(0);
    await settled();
    const same = chain.itself(ear);
    const calls = [same.heard("1"), same.heard("2")];
    await settled();
    pair.back.open();
    calls.push(same.heard("3"));
    await first;
    await same;
    calls.push(same.heard("4"));
    await Promise.all(calls);
    expect(ear.heardTexts).toEqual(["1", "2", "3", "4"]);
    same[Symbol.dispose]();
    chain[Symbol.dispose]();
    await pair.emptied();
  });

  test("also when they are back, and have to wait because the near side cannot send", async () => {
    const ear = new Ear();
    await using pair = new SessionPair();
    using chain = await pair.echo.first();
    pair.back.hold();
    const same = chain.itself(ear);
    await settled();
    pair.there.hold();
    const calls: Promise<unknown>[] = [same.heard("1")];
    pair.back.open();
    await settled();
    pair.there.open();
    pair.there.shut();
    calls.push(pair.echo.increment(0), same.heard("2"));
    await settled();
    expect(ear.heardTexts).toEqual([]);
    pair.there.open();
    await Promise.all(calls);
    expect(ear.heardTexts).toEqual(["1", "2"]);
    same[Symbol.dispose]();
    chain[Symbol.dispose]();
    await pair.emptied();
  });

  test("an answer as an argument, finished with while the call waits because the host cannot send", async () => {
    await using pair = new SessionPair();
    using chain = await pair.echo.first();
    pair.back.hold();
    const same = chain.itself(new Ear());
    await settled();
    pair.there.hold();
    const again = chain.itself(same);
    // The host finds that it cannot send; then come the call with the answer, and FINISH for that.
    pair.back.open();
    pair.back.shut();
    await settled();
    pair.there.open();
    const increment = pair.echo.increment(0);
    await settled();
    pair.back.open();
    expect(await again.heard("1")).toBe("1");
    expect(await increment).toBe(1);
    same[Symbol.dispose]();
    again[Symbol.dispose]();
    chain[Symbol.dispose]();
    await pair.emptied();
  });

  test("beside an object of the peer in one record, which lives though the record was released", async () => {
    const ear = new Ear();
    const loop = new Loop();
    let kept: ListenerStub | undefined;
    await using pair = new SessionPair({
      host: echoOffer({
        keep: (listener) => {
          kept = duplicate(listener);
        },
        inspect: () => ({ chain: loop, label: "", nested: { chain: loop, listener: duplicate(kept as ListenerStub) } }),
      }),
    });
    await pair.echo.keep(ear);
    const record = pair.echo.inspect();
    const before = record.chain.value();
    using chain = duplicate(record.chain);
    record[Symbol.dispose]();
    expect(await before).toBe(1);
    await settled();
    expect(await chain.value()).toBe(2);
    chain[Symbol.dispose]();
    kept?.[Symbol.dispose]();
    await pair.emptied();
  });

  test("an answer that the caller itself owes", async () => {
    const loop = new Loop();
    const pair: SessionPair = new SessionPair({
      caller: echoOffer({ first: () => loop }),
      // What it returns is not there yet: two answers that its caller owes.
      host: echoOffer({
        increment: (value) => value,
        inspect: () => {
          const root = pair.far.root(EchoStub);
          const first = root.first();
          return { chain: first, label: "", nested: { chain: first.next(), listener: null } };
        },
      }),
    });
    await using _ = pair;
    await pair.echo.increment(1);
    pair.back.hold();
    const record = pair.echo.inspect();
    await settled();
    pair.there.hold();
    const calls: Promise<unknown>[] = [record.chain.value()];
    pair.back.open();
    await settled();
    expect(loop.calls).toEqual(["next"]);
    calls.push(record.chain.itself({ heard: (text) => text }).heard("x"));
    await settled();
    pair.there.open();
    await Promise.all(calls);
    expect(loop.calls).toEqual(["next", "value", "itself"]);
  });

  test("giving up, and time running out, while a call is held back", async () => {
    const time = new VirtualTime();
    const ear = new Ear();
    const pair = new SessionPair({ time });
    using chain = await time.play(Promise.resolve(pair.echo.first()));
    const controller = new AbortController();
    pair.back.hold();
    const same = chain.itself(ear, { deadlineMs: 1000 });
    await time.until(10);
    pair.there.hold();
    const long = same.heard("long");
    pair.back.open();
    await time.until(20);
    const given = same.heard("given up", { signal: controller.signal });
    const late = same.heard("late", { deadlineMs: 100 });
    const outcomes = Promise.allSettled([given, late]);
    controller.abort();
    expect(await time.play(outcomes)).toMatchObject([
      { reason: { kind: "cancelled" } },
      { reason: { kind: "deadline" } },
    ]);
    expect(time.nowMs).toBe(120);
    // The peer never lets go of the answer: its own deadline ends the wait.
    const waiting = same.heard("never");
    expect(await time.play(Promise.allSettled([same, waiting]))).toMatchObject([
      { reason: { kind: "deadline" } },
      { reason: { kind: "deadline" } },
    ]);
    expect(time.nowMs).toBe(1000);
    pair.there.open();
    expect(await time.play(long)).toBe("long");
    expect(ear.heardTexts).toEqual(["long"]);
    chain[Symbol.dispose]();
    same[Symbol.dispose]();
    await time.until(2000);
    expect(pair.near.sizes).toEqual(pair.far.sizes);
    expect(pair.near.sizes.exports).toBe(0);
  });

  test("when the session ends, those held back go on", async () => {
    const ear = new Ear();
    const pair = new SessionPair();
    using chain = await pair.echo.first();
    pair.back.hold();
    const same = chain.itself(ear);
    await settled();
    pair.there.hold();
    const long = Promise.allSettled([same.heard("long")]);
    pair.back.open();
    await settled();
    const short = same.heard("short");
    pair.near.close();
    expect(await long).toMatchObject([{ reason: { kind: "disconnected" } }]);
    expect(await short).toBe("short");
  });

  test("arguments of a call that is held back are taken when it is made", async () => {
    const loop = new Loop();
    const ear = new Ear();
    let kept: ChainStub | undefined;
    await using pair = new SessionPair({
      caller: echoOffer({ first: () => loop }),
      host: echoOffer({
        increment: (value) => value,
        inspect: async () => {
          kept = await pair.far.root(EchoStub).first();
          const chain = duplicate(kept);
          return { chain, label: "", nested: { chain: duplicate(kept), listener: null } };
        },
        first: () => ({ next: () => loop, value: () => 0, itself: () => ear }),
      }),
    });
    await pair.echo.increment(1);
    using remote = await pair.echo.first();
    const remoteEar = await remote.itself(ear);
    pair.back.hold();
    const record = pair.echo.inspect();
    await settled();
    pair.there.hold();
    const before = record.chain.value();
    pair.back.open();
    await settled();
    pair.there.open();
    pair.there.hold();
    const itself = record.chain.itself(remoteEar);
    remoteEar[Symbol.dispose]();
    pair.there.open();
    expect(await before).toBe(1);
    expect(await itself.heard("taken")).toBe("taken");
    kept?.[Symbol.dispose]();
  });
});

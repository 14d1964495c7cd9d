// What the stories show over pipes in memory, in short, over a MessagePort and over TCP: much at once, and an end in the
// middle of it.

import { MessageChannel } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { memoryPipes } from "#firefly/pipes/memory.ts";
import { MessagePortPipe } from "#firefly/pipes/message-port.ts";
import type { Address, Pipe } from "#glow";
import { NodeNetwork } from "#platform/nodejs/network.ts";
import type { ChainStub } from "../../interfaces/generated/sample.ts";
import { nothing, realTime, SessionPair } from "./session-pair.ts";

/** Both ends of a pipe, and what is to be closed afterwards. */
interface Carrier extends AsyncDisposable {
  readonly pipes: readonly [Pipe, Pipe];
}

async function memory(): Promise<Carrier> {
  return { pipes: memoryPipes(realTime.timers), [Symbol.asyncDispose]: async () => undefined };
}

async function messagePort(): Promise<Carrier> {
  const { port1, port2 } = new MessageChannel();
  return {
    pipes: [new MessagePortPipe(port1, realTime.timers), new MessagePortPipe(port2, realTime.timers)],
    [Symbol.asyncDispose]: async () => {
      port1.close();
      port2.close();
    },
  };
}

/** A pipe over TCP is received from in the turn in which it is there, so the far session is made by its listener. */
async function tcp(): Promise<Carrier> {
  const network = new NodeNetwork();
  const accepted = Promise.withResolvers<Pipe>();
  const listener = await network.listen("tcp://127.0.0.1:0" as Address, accepted.resolve);
  const near = await network.dial(listener.address);
  return { pipes: [near, await accepted.promise], [Symbol.asyncDispose]: () => listener.close() };
}

for (const carry of [memory, messagePort, tcp]) {
  describe(`over ${carry.name}`, () => {
    test("calls, objects and bulk in both directions at once", async () => {
      await using carrier = await carry();
      await using pair = new SessionPair({ pipes: carrier.pipes });
      const { echo } = pair;
      await echo.increment(0);
      const bulkBytes = 8_000_000;
      const download = (async () => {
        let sizeBytes = 0;
        for await (const piece of await echo.bytes(BigInt(bulkBytes))) sizeBytes += piece.length;
        return sizeBytes;
      })();
      const upload = echo.upload(Array.from({ length: bulkBytes / 100_000 }, () => new Uint8Array(100_000)));
      const items = (async () => {
        let next = 0;
        for await (const { id } of await echo.items(20_000)) if (id !== next++) throw new Error(`item ${id}`);
        return next;
      })();
      const calls = Array.from({ length: 1000 }, (_, value) => echo.increment(value));
      const chains = Array.from({ length: 100 }, async () => {
        let chain: ChainStub = echo.first();
        for (let step = 0; step < 5; step++) {
          const next = chain.next();
          chain[Symbol.dispose]();
          chain = next;
        }
        const value = await chain.value();
        chain[Symbol.dispose]();
        return value;
      });
      const heard = Array.from({ length: 100 }, (_, index) => echo.call({ heard: (text) => text }, String(index)));
      expect(await Promise.all(calls)).toEqual(calls.map((_, value) => value + 1));
      expect(await Promise.all(chains)).toEqual(chains.map(() => 5));
      expect(await Promise.all(heard)).toEqual(heard.map((_, index) => String(index)));
      expect(await items).toBe(20_000);
      expect(await download).toBe(bulkBytes);
      expect(await upload).toBe(BigInt(bulkBytes));
      await pair.emptied();
      expect(pair.sample.counts).toEqual({ chainsMade: 600, chainsDisposed: 600 });
    });

    test("the far side ends in the middle of it: all that is under way fails by name, and nothing is left", async () => {
      await using carrier = await carry();
      const pair = new SessionPair({ pipes: carrier.pipes });
      const { echo } = pair;
      await echo.increment(0);
      const stream = await echo.bytes(100_000_000n);
      await stream.readBatch();
      const sleeps = Array.from({ length: 100 }, () => echo.sleep(60_000));
      const upload = echo.upload(endless());
      const outcomes = Promise.allSettled([...sleeps, upload, drained(stream)]);
      await echo.increment(1);
      pair.far.close();
      for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { kind: "disconnected" } });
      await Promise.all([pair.near.closed, pair.far.closed]);
      expect([pair.near.sizes, pair.far.sizes]).toEqual([nothing, nothing]);
    });
  });
}

function* endless(): Generator<Uint8Array> {
  for (;;) yield new Uint8Array(50_000);
}

async function drained(stream: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of stream) if (piece.length === 0) throw new Error("an empty piece");
}

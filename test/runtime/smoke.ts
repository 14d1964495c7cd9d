// The smoke suite of Firefly: one of everything, on whatever carries it. It runs the same in Node and in a browser,
// and uses nothing that only one of them has.

import { describe, expect, test } from "vitest";
import { duplicate, localObject } from "#firefly/codec/stub.ts";
import type { FireflySession } from "#firefly/session/session.ts";
import { EchoStub } from "../interfaces/generated/sample.ts";

/** A session with a host of the sample interface at its far end. */
export interface SmokeSubject {
  readonly session: FireflySession;
  end(): Promise<void>;
}

export function smokeSuite(name: string, connect: () => Promise<SmokeSubject>): void {
  const smoke = (title: string, run: (echo: EchoStub, session: FireflySession) => Promise<void>): void => {
    test(title, async () => {
      const { session, end } = await connect();
      try {
        await run(session.root(EchoStub), session);
        await settled(session);
      } finally {
        await end();
      }
    });
  };

  describe(`Firefly over ${name}`, () => {
    smoke("a call and its result", async (echo) => {
      expect(await echo.echo({ id: -7, name: "Grüße, 世界 🌍" })).toEqual({ id: -7, name: "Grüße, 世界 🌍" });
    });

    smoke("values of every type", async (echo) => {
      const drawing = await echo.withoutCircles(
        [
          { kind: "circle", radius: 1.5 },
          { kind: "square", side: -0, color: "green" },
        ],
        "blue",
      );
      expect(drawing).toEqual({
        shapes: [{ kind: "square", side: -0, color: "green" }],
        byColor: new Map([["blue", 1]]),
        tags: new Set(["squares"]),
        made: new Date(0),
        extra: { removed: 1 },
      });
    });

    smoke("many calls at once", async (echo) => {
      const results = await Promise.all(Array.from({ length: 500 }, (_, value) => echo.increment(value)));
      expect(results).toEqual(Array.from({ length: 500 }, (_, value) => value + 1));
    });

    smoke("errors keep their kind, and fail one call only", async (echo) => {
      await expect(echo.fail("conflict")).rejects.toMatchObject({ kind: "conflict", target: "conflict", retry: true });
      await expect(echo.fail("nothing known")).rejects.toMatchObject({ kind: "internal" });
      expect(await echo.increment(1)).toBe(2);
    });

    smoke("a chain of calls on results that have not come", async (echo) => {
      using first = echo.first();
      using second = first.next();
      using third = second.next();
      expect(await third.value()).toBe(2);
      expect(await third).toBe(third);
      using inspection = echo.inspect();
      expect(await inspection.nested.chain.value()).toBe(10);
    });

    smoke("an object as an argument, called back and recognised", async (echo) => {
      const listener = { heard: (text: string) => text.toUpperCase() };
      expect(await echo.call(listener, "hello")).toBe("HELLO");
      using chain = echo.first();
      using same = await chain.itself(listener);
      expect(localObject(same)).toBe(listener);
      expect(await same.heard("again")).toBe("AGAIN");
    });

    smoke("a released object cannot be called, its duplicate can", async (echo) => {
      const chain = await echo.first();
      using copy = duplicate(chain);
      chain[Symbol.dispose]();
      await expect(chain.value()).rejects.toMatchObject({ kind: "released" });
      expect(await copy.value()).toBe(0);
    });

    smoke("a stream of items, and of a megabyte", async (echo) => {
      let next = 0;
      for await (const item of await echo.items(5000)) expect(item.id).toBe(next++);
      expect(next).toBe(5000);
      let sizeBytes = 0;
      for await (const piece of await echo.bytes(1_000_000n)) sizeBytes += piece.length;
      expect(sizeBytes).toBe(1_000_000);
    });

    smoke("streams as arguments", async (echo) => {
      expect(await echo.sum(numbers(1000))).toBe(499_500n);
      expect(await echo.upload([new Uint8Array(300_000), new Uint8Array(5)])).toBe(300_005n);
    });

    smoke("a stream left early ends at its source", async (echo) => {
      for await (const item of await echo.items(1_000_000)) if (item.id === 10) break;
      expect(await echo.increment(1)).toBe(2);
    });

    smoke("a call given up, and one whose time runs out", async (echo) => {
      const controller = new AbortController();
      const sleep = echo.sleep(60_000, { signal: controller.signal });
      controller.abort();
      await expect(sleep).rejects.toMatchObject({ kind: "cancelled" });
      await expect(echo.sleep(60_000, { deadlineMs: 20 })).rejects.toMatchObject({ kind: "deadline" });
    });

    smoke("a large value", async (echo) => {
      expect(await echo.put(new Uint8Array(5_000_000))).toBe(5_000_000);
    });

    test("when the session ends, calls under way fail by name", async () => {
      const { session, end } = await connect();
      const echo = session.root(EchoStub);
      await echo.increment(1);
      const sleep = echo.sleep(60_000);
      session.close();
      await expect(sleep).rejects.toMatchObject({ kind: "disconnected" });
      await expect(echo.increment(1)).rejects.toMatchObject({ kind: "disconnected" });
      await end();
    });
  });
}

async function* numbers(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i;
}

/** All tables empty: a call goes round after the releases, and by then the far side has taken them in. */
async function settled(session: FireflySession): Promise<void> {
  const nothing = {
    outgoingCalls: 0,
    incomingCalls: 0,
    exports: 0,
    imports: 0,
    outgoingStreams: 0,
    incomingStreams: 0,
  };
  for (let round = 0; round < 5; round++) await session.root(EchoStub).increment(0);
  expect(session.sizes).toEqual(nothing);
}

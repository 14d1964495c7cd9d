// The test vectors of the protocol: sessions as packets. What the implementation sends must be these bytes, and these
// bytes must mean what the vectors say, read from the documentation alone.
//
// After an intended change of the format: GLOW_WRITE_VECTORS=1 npx vitest run test/formats/firefly.test.ts

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FireflySession } from "#firefly/session/session.ts";
import type { PipeReceiver } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { EchoInterface, type EchoStub } from "../interfaces/generated/sample.ts";
import { SampleEcho } from "../interfaces/sample-echo.ts";
import { FrameText } from "./firefly/frame-text.ts";
import { type RecordedPacket, recordedSession } from "./firefly/recorded-session.ts";

interface Vector {
  readonly name: string;
  readonly packets: readonly RecordedPacket[];
}

const file = join(import.meta.dirname, "vectors", "firefly.json");
const isWriting = process.env["GLOW_WRITE_VECTORS"] === "1";
const known = isWriting ? [] : (JSON.parse(readFileSync(file, "utf8")) as Vector[]);
const written: Vector[] = [];

const sessions: Record<string, (echo: EchoStub) => Promise<unknown>> = {
  "a plain call, and the HELLO of both sides": (echo) => echo.echo({ id: -1, name: "é" }),
  "two calls of one turn in one packet": (echo) => Promise.all([echo.increment(1), echo.increment(2)]),
  "a call that fails": (echo) => echo.fail("not-found").catch(() => undefined),
  "a chain of dependent calls in one round trip, and the release of its objects": async (echo) => {
    using first = echo.first();
    using second = first.next();
    await second.value();
  },
  "a call on an object inside a result": async (echo) => {
    using inspection = echo.inspect();
    await inspection.nested.chain.value();
  },
  "an object of the caller as an argument, called back, and released when the call is done": (echo) =>
    echo.call({ heard: (text) => `${text}!` }, "hey"),
  "an object of the caller that comes back: calls on it are held back until the echo": async (echo) => {
    using chain = echo.first();
    using listener = chain.itself({ heard: (text) => text });
    await Promise.all([listener.heard("the long way"), listener.then((settled) => settled.heard("the short way"))]);
  },
  "a stream of items": async (echo) => {
    for await (const item of await echo.items(3)) expect(item.name).toBe("hello world");
  },
  "a stream as an argument": (echo) => echo.sum([1, -2, 3]),
  "a stream that its reader stops": async (echo) => {
    for await (const piece of await echo.bytes(200_000n)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
  },
  "a call with a deadline that its caller gives up": async (echo) => {
    const controller = new AbortController();
    const sleep = echo.sleep(60_000, { deadlineMs: 5_000, signal: controller.signal });
    await echo.increment(1);
    controller.abort();
    await sleep.catch(() => undefined);
    await echo.increment(2);
  },
};

describe("sessions", () => {
  for (const [name, run] of Object.entries(sessions)) {
    test(name, async () => {
      const session = recordedSession();
      await run(session.echo);
      await session.end();
      written.push({ name, packets: session.packets.map(shortened) });
      if (!isWriting) expect(session.packets.map(shortened)).toEqual(known.find((vector) => vector.name === name)?.packets);
    });
  }

  test.skipIf(isWriting)("are all there", () => {
    expect(known.map((vector) => vector.name)).toEqual(Object.keys(sessions));
  });
});

describe.skipIf(isWriting)("a host that is fed a vector's packets of the caller answers with the host's", () => {
  for (const { name, packets } of known) {
    if (packets.some(isShortened)) continue;
    test(name, async () => {
      expect(await replayed(packets)).toEqual(packets.filter((packet) => packet.from === "host").map(({ hex }) => hex));
    });
  }
});

describe.skipIf(isWriting)("the documentation explains the bytes", () => {
  for (const { name, packets } of known) {
    test(name, () => {
      for (const from of ["caller", "host"] as const) {
        const text = new FrameText();
        for (const packet of packets) {
          if (packet.from !== from || isShortened(packet)) continue;
          expect(text.packet(Uint8Array.fromHex(packet.hex))).toEqual(packet.frames);
        }
      }
    });
  }
});

/** What a host sends when the caller's packets come to it one by one. */
async function replayed(packets: readonly RecordedPacket[]): Promise<string[]> {
  const timers = new NodeTimers();
  const sent: string[] = [];
  let receiver: PipeReceiver | undefined;
  const pipe = {
    attach: (to: PipeReceiver) => void (receiver = to),
    send: (parts: readonly Uint8Array[]) => {
      sent.push(Buffer.concat(parts).toString("hex"));
      return true;
    },
    bufferedBytes: 0,
    close: () => undefined,
  };
  const root = { type: EchoInterface, object: new SampleEcho(timers) };
  const host = new FireflySession(pipe, { timers, clock: new NodeClock(), root });
  for (const packet of packets) {
    const answers = sent.length;
    if (packet.from === "host") {
      // The host's own turn: what it has to say comes by itself.
      while (sent.length === answers && sent.length < countFrom(packets, packet)) await new Promise(setImmediate);
      continue;
    }
    const bytes = Uint8Array.fromHex(packet.hex);
    receiver?.packet(bytes, 0, bytes.length);
  }
  await host.closed;
  return sent;
}

function countFrom(packets: readonly RecordedPacket[], until: RecordedPacket): number {
  return packets.slice(0, packets.indexOf(until) + 1).filter((packet) => packet.from === "host").length;
}

/** A long packet is shown by its frames; its bytes would fill pages. */
function shortened(packet: RecordedPacket): RecordedPacket {
  if (packet.hex.length <= 2048) return packet;
  const frames = packet.frames.map((frame) =>
    frame.replace(/payload=([0-9a-f]{16})[0-9a-f]{64,}/, (_all, begin: string) => `payload=${begin}...`),
  );
  return { from: packet.from, hex: `(${packet.hex.length / 2} bytes)`, frames };
}

function isShortened(packet: RecordedPacket): boolean {
  return packet.hex.startsWith("(");
}

afterAll(() => {
  if (isWriting) writeFileSync(file, `${JSON.stringify(written, undefined, 2)}\n`);
});

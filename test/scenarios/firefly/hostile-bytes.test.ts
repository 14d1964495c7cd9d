// Any bytes at all, and recorded sessions that were cut, bent and shuffled: nothing is thrown out of the receiver,
// nothing hangs, and a session that ends says why.

import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { flag, op } from "#firefly/session/frame.ts";
import { FireflySession } from "#firefly/session/session.ts";
import type { Pipe, PipeReceiver } from "#glow";
import vectors from "../../formats/vectors/firefly.json" with { type: "json" };
import { ChainInterface, EchoInterface, EchoStub, ListenerInterface } from "../../interfaces/generated/sample.ts";
import { SampleEcho } from "../../interfaces/sample-echo.ts";
import { ask, call, carrying, type Entry, hello, mention, plain, varints } from "./frames.ts";
import { nothing, realTime, settled } from "./session-pair.ts";
import { runs } from "../../arbitraries/runs.ts";

/** A host that is not asked for more than there is memory. */
class ModestEcho extends SampleEcho {
  override giveMany(count: number): ReturnType<SampleEcho["giveMany"]> {
    return super.giveMany(Math.min(count, 16));
  }

  override fail(kind: string): never {
    throw new GlowError("conflict", "sample.fail", { message: kind });
  }
}

/** The pipe's end in the test's own hands: what the session throws, the test gets. */
class BarePipe implements Pipe {
  receiver: PipeReceiver | undefined;
  readonly bufferedBytes = 0;

  attach(receiver: PipeReceiver): void {
    this.receiver = receiver;
  }

  send(): boolean {
    return true;
  }

  close(): void {}
}

/** A session with a bit of everything under way, which gets these packets; why it ended, if they ended it. */
async function outcome(packets: readonly Uint8Array[]): Promise<GlowError | undefined> {
  const pipe = new BarePipe();
  const sample = new ModestEcho(realTime.timers);
  const defects: GlowError[] = [];
  const root = { type: EchoInterface, object: sample };
  const session = new FireflySession(pipe, { ...realTime, root, onDefect: (error) => defects.push(error) });
  const work = makeCalls(session.root(EchoStub));
  let reason: GlowError | undefined;
  void session.closed.then((error) => {
    reason = error;
  });
  for (const packet of packets) pipe.receiver?.packet(packet, 0, packet.length);
  await settled();
  const end = reason;
  session.close();
  await Promise.all(work);
  await settled();
  expect(session.sizes).toEqual(nothing);
  expect(sample.counts.chainsDisposed).toBe(sample.counts.chainsMade);
  expect(defects).toEqual([]);
  return end;
}

/** Calls of every kind, each with what is done with its result; none of them rejects. */
function makeCalls(echo: EchoStub): readonly Promise<unknown>[] {
  const listener = { heard: (text: string) => text };
  const read = async (): Promise<void> => {
    for await (const _ of await echo.items(3)) continue;
  };
  const chain = echo.first();
  const inspection = echo.inspect();
  const work = [
    echo.increment(1),
    chain.next().next().value(),
    chain.then(),
    inspection.nested.chain.itself(listener).heard("early"),
    inspection.then(),
    echo.sum([1, 2, 3]),
    echo.keep(listener),
    echo.withoutCircles([]),
    read(),
  ];
  return work.map((each) => Promise.resolve<unknown>(each).catch(() => undefined));
}

/** What may end a session: the peer's mistake, named, or its own GOAWAY. Never a defect of this side. */
function isClean(end: GlowError | undefined): boolean {
  return end === undefined || end.op === "firefly.goaway" || end.kind === "protocol" || end.kind === "unsupported";
}

/** What each side sent; packets too long to be written down are left out. */
const recorded = vectors.flatMap(({ packets }) =>
  ["host", "caller"].map((side) =>
    packets.filter(({ from, hex }) => from === side && !hex.startsWith("(")).map(({ hex }) => Uint8Array.fromHex(hex)),
  ),
);

test("a recorded session that is cut at any byte ends cleanly", async () => {
  for (const packets of recorded) {
    for (const [index, packet] of packets.entries()) {
      for (let length = 0; length < packet.length; length++) {
        const end = await outcome([...packets.slice(0, index), packet.subarray(0, length)]);
        expect(end, `packet ${index} cut to ${length}: ${end}`).toSatisfy(isClean);
      }
    }
  }
});

/** One change to a list of packets. */
type Mutation = (packets: readonly Uint8Array[]) => readonly Uint8Array[];

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Changes one packet, at a place in it. */
const changed = (
  change: (packet: Uint8Array, at: number, value: number) => readonly Uint8Array[],
): fc.Arbitrary<Mutation> =>
  fc.tuple(place, place, fc.nat(255)).map(
    ([which, where, value]): Mutation =>
      (packets) => {
        const index = Math.floor(which * packets.length);
        const packet = packets[index];
        if (packet === undefined || packet.length === 0) return packets;
        return packets.toSpliced(index, 1, ...change(packet, Math.floor(where * packet.length), value));
      },
  );

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  changed((packet, at, value) => [packet.with(at, value)]),
  changed((packet, at, value) => [packet.with(at, (packet[at] as number) ^ (1 << (value & 7)))]),
  changed((packet, at, value) => [concatBytes([packet.subarray(0, at), Uint8Array.of(value), packet.subarray(at)])]),
  changed((packet, at, value) => [concatBytes([packet.subarray(0, at), packet.subarray(at + 1 + (value & 3))])]),
  changed((packet, at) => [packet.subarray(0, at)]),
  changed((packet, at) => [packet.subarray(0, at), packet.subarray(at)]),
  changed((packet) => [packet, packet]),
  fc.tuple(place, place).map(
    ([one, other]): Mutation =>
      (packets) => {
        const [left, right] = [Math.floor(one * packets.length), Math.floor(other * packets.length)];
        const [first, second] = [packets[left], packets[right]];
        return first === undefined || second === undefined ? packets : packets.with(left, second).with(right, first);
      },
  ),
);

test("recorded sessions with any changes end cleanly, or go on", async () => {
  let lived = 0;
  let ended = 0;
  const changes = fc.array(mutation, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...recorded), changes, async (packets, mutations) => {
      let bent: readonly Uint8Array[] = packets;
      for (const each of mutations) bent = each(bent);
      const end = await outcome(bent);
      if (end === undefined) lived++;
      else ended++;
      expect(end).toSatisfy(isClean);
    }),
    { numRuns: runs(300) },
  );
  // Both happen, or this says little.
  expect(lived).toBeGreaterThan(10);
  expect(ended).toBeGreaterThan(10);
});

test("any bytes behind a HELLO end the session cleanly, or are frames", async () => {
  const frame = fc.tuple(
    fc.nat(11),
    fc.constantFrom(0, 0x20, 0x40, 0x60, 0x80, 0xe0),
    fc.uint8Array({ maxLength: 24 }),
  );
  const likely = frame.map(([code, flags, rest]) => concatBytes([Uint8Array.of(code | flags), rest]));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.uint8Array({ maxLength: 64 }), likely), { maxLength: 5 }),
      async (packets) => {
        expect(await outcome([hello(), ...packets])).toSatisfy(isClean);
      },
    ),
    { numRuns: runs(300) },
  );
});

const small = fc.nat(5);
const type = fc.nat(2).map((number) => ({ number }));
const path = fc.array(fc.nat(3), { maxLength: 3 });
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ export: small, type }),
  fc.record({ import: small }),
  fc.record({ answer: small, path }),
  fc.record({ stream: small }),
);
const table = fc.array(entry, { maxLength: 3 });
const payload = fc.oneof(
  fc.array(fc.nat(3), { maxLength: 5 }).map((numbers) => varints(...numbers)),
  fc.uint8Array({ maxLength: 8 }),
);
const sentCall = fc
  .record(
    { id: small, type, method: fc.nat(17), payload, table, deadlineMs: fc.constantFrom(1, 100_000) },
    { requiredKeys: ["id", "type", "method"] },
  )
  .chain((each) =>
    fc.oneof(fc.record({ target: small }), fc.record({ answer: small, path })).map((to) => ({ ...each, ...to })),
  );
const carried = fc.constantFrom(op.return, op.data, op.return | flag.error, op.end | flag.error);

/** Frames as an implementation would write them, with ids that mean something now and then. */
const wellFormed = fc.oneof(
  { weight: 3, arbitrary: sentCall.map(call) },
  { weight: 4, arbitrary: sentCall.map(ask) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(carried, small, payload, table)
      .map(([code, id, bytes, entries]) =>
        carrying(code, id, bytes, code === op.return || code === op.data ? entries : undefined),
      ),
  },
  { weight: 2, arbitrary: small.map((id) => plain(op.finish, id)) },
  { weight: 1, arbitrary: small.map((id) => plain(op.release, id, 1)) },
  { weight: 1, arbitrary: small.map((number) => plain(op.disembargo, number)) },
  { weight: 1, arbitrary: small.map((id) => plain(op.stop, id)) },
  { weight: 1, arbitrary: small.map((id) => plain(op.end, id)) },
  { weight: 1, arbitrary: small.map((id) => plain(op.credit, id, 1000)) },
);

/** Names the interfaces 0 to 2, by a call that fails. */
const names = call({
  id: 99,
  type: mention(0, EchoInterface),
  method: 99,
  table: [
    { export: 50, type: mention(1, ChainInterface) },
    { export: 51, type: mention(2, ListenerInterface) },
  ],
});

test("well-formed frames in any order end the session cleanly, or are done", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(wellFormed, { maxLength: 12 }), fc.boolean(), async (frames, areApart) => {
      const packets = areApart ? frames : [concatBytes(frames)];
      expect(await outcome([hello(), names, ...packets])).toSatisfy(isClean);
    }),
    { numRuns: runs(500) },
  );
});

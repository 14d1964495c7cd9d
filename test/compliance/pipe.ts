// The contract of Pipe, run on both ends of a connected pair: for receivers of whole packets, and of pieces.

import { expect } from "vitest";
import { concatBytes, equalBytes } from "#base/bytes.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Pipe, Timers } from "#glow";
import { RecordingPieces } from "./recording-pieces.ts";
import { RecordingReceiver } from "./recording-receiver.ts";
import { patterned, type Subject, suite } from "./subject.ts";

export interface PipeWorld {
  readonly timers: Timers;
}

/** Connects two pipes, handing each to its function in the very turn in which it came to be. */
export type ConnectPipes = (near: (pipe: Pipe) => void, far: (pipe: Pipe) => void) => Promise<Subject<PipeWorld>>;

/** One end of the pair: the pipe with what its receiver was told. */
type End<Receiver extends RecordingReceiver = RecordingReceiver> = Receiver & { pipe: Pipe };

interface Pair<Receiver extends RecordingReceiver = RecordingReceiver> {
  readonly near: End<Receiver>;
  readonly far: End<Receiver>;
  readonly timers: Timers;
}

export function pipeCompliance(name: string, connect: ConnectPipes): void {
  whateverTheReceiver(`Pipe: ${name}`, connect, () => new RecordingReceiver());
  whateverTheReceiver(`Pipe, in pieces: ${name}`, connect, () => new RecordingPieces());
  inPieces(`Pipe, in pieces: ${name}, cut short`, connect);
}

/** A pair of pipes, each with a receiver; the far side sends the greeting at once. */
async function makePair<Receiver extends RecordingReceiver>(
  connect: ConnectPipes,
  makeReceiver: () => Receiver,
  greeting: readonly Uint8Array[] = [],
): Promise<Subject<Pair<Receiver>>> {
  let near: End<Receiver> | undefined;
  let far: End<Receiver> | undefined;
  const obtained = (pipe: Pipe) => {
    const end = Object.assign(makeReceiver(), { pipe });
    pipe.attach(end);
    return end;
  };
  const subject = await connect(
    (pipe) => {
      near = obtained(pipe);
    },
    (pipe) => {
      far = obtained(pipe);
      for (const packet of greeting) pipe.send([packet]);
    },
  );
  if (near === undefined || far === undefined) throw new Error("both ends must be handed over by now");
  return { ...subject, thing: { near, far, timers: subject.thing.timers } };
}

function whateverTheReceiver(name: string, connect: ConnectPipes, makeReceiver: () => RecordingReceiver): void {
  suite<Pair>(
    name,
    () => makePair(connect, makeReceiver),
    (check) => {
      check("carries packets whole and in order, both ways at once", async ({ near, far }) => {
        const sizes = Array.from({ length: 2000 }, (_, i) => (i * 7919) % 3001);
        sizes.forEach((size, i) => {
          near.pipe.send([patterned(i, size)]);
          far.pipe.send([patterned(i + 100_000, size)]);
        });
        await Promise.all([near.untilPackets(sizes.length), far.untilPackets(sizes.length)]);
        // The receivers kept views, so this also finds a pipe that wrote again to what it had given away.
        expectPackets(
          far,
          sizes.map((size, i) => patterned(i, size)),
        );
        expectPackets(
          near,
          sizes.map((size, i) => patterned(i + 100_000, size)),
        );
      });

      check("joins the parts of a packet in order", async ({ near, far }) => {
        const shapes = [
          [1, 2, 3],
          [0, 5, 0, 0, 7, 0],
          [20_000, 1, 20_000],
          [100, 70_000, 3, 70_000, 100],
          Array.from({ length: 300 }, (_, i) => i % 40),
          Array.from({ length: 40 }, () => 9000),
          [0, 0],
          [],
        ];
        const packets = shapes.map((shape, s) => shape.map((size, i) => patterned(s * 1000 + i, size)));
        const expected = packets.map((parts) => concatBytes(parts));
        for (const parts of packets) near.pipe.send(parts);
        await far.untilPackets(shapes.length);
        expectPackets(far, expected);
      });

      check("carries empty packets among others", async ({ near, far }) => {
        const sizes = [0, 0, 10, 0, 100_000, 0];
        sizes.forEach((size, i) => near.pipe.send([patterned(i, size)]));
        await far.untilPackets(sizes.length);
        expectPackets(
          far,
          sizes.map((size, i) => patterned(i, size)),
        );
      });

      check(
        "carries every size around the powers of two",
        async ({ near, far }) => {
          const sizes: number[] = [];
          for (let power = 1; power <= 2 ** 21; power *= 2) sizes.push(power - 1, power, power + 1);
          sizes.forEach((size, i) => near.pipe.send([patterned(i, size)]));
          await far.untilPackets(sizes.length);
          expectPackets(
            far,
            sizes.map((size, i) => patterned(i, size)),
          );
        },
        30_000,
      );

      check(
        "carries the largest packet, in one part and in many",
        async ({ near, far }) => {
          const whole = patterned(1, fireflyLimits.packetBytes);
          const expected = whole.slice();
          near.pipe.send([whole]);
          const again = expected.slice();
          near.pipe.send([again.subarray(0, 5), again.subarray(5, 5_000_000), again.subarray(5_000_000)]);
          await far.untilPackets(2);
          expectPackets(far, [expected, expected]);
        },
        30_000,
      );

      check("takes parts that are views of one buffer", async ({ near, far }) => {
        const buffer = patterned(5, 300_000);
        const expected = [buffer.slice(0, 10), buffer.slice(10, 100_000), buffer.slice(100_000), buffer.slice(7, 9)];
        near.pipe.send([buffer.subarray(0, 10)]);
        near.pipe.send([buffer.subarray(10, 100_000)]);
        await far.untilPackets(2);
        near.pipe.send([buffer.subarray(100_000)]);
        near.pipe.send([buffer.subarray(7, 9)]);
        await far.untilPackets(4);
        expectPackets(far, expected);
      });

      check("a packet above packetBytes is a defect of the sender, and harms nobody", async ({ near, far }) => {
        const half = new Uint8Array(fireflyLimits.packetBytes / 2);
        expect(() => near.pipe.send([half, half, new Uint8Array(1)])).toThrow(
          expect.objectContaining({ kind: "internal" }),
        );
        near.pipe.send([patterned(1, 10)]);
        await far.untilPackets(1);
        expectPackets(far, [patterned(1, 10)]);
        expect([...near.ends, ...far.ends]).toEqual([]);
      });

      check(
        "says false when bytes pile up, then `drained`; all packets arrive",
        async ({ near, far }) => {
          const partBytes = 256 * 1024;
          const most = 64;
          let sent = 0;
          for (let round = 0; round < 3; round++) {
            const drainsBefore = near.drains;
            let room = true;
            for (let i = 0; i < most && room; i++) room = near.pipe.send([patterned(sent++, partBytes)]);
            expect(room, "send never said false").toBe(false);
            expect(near.pipe.bufferedBytes).toBeGreaterThan(0);
            expect(near.drains, "`drained` while send was running").toBe(drainsBefore);
            // Refused bulk may still be sent: the packet is taken all the same.
            near.pipe.send([patterned(sent++, 10)]);
            await near.until(() => near.drains > drainsBefore);
            expect(near.pipe.bufferedBytes).toBeLessThanOrEqual(fireflyLimits.sendHighWaterBytes);
            expect(near.drains).toBe(drainsBefore + 1);
          }
          await far.untilPackets(sent);
          far.packets.forEach((packet, i) => {
            expect(equalBytes(packet, patterned(i, packet.length)), `packet ${i}`).toBe(true);
          });
          expect(far.drains).toBe(0);
        },
        30_000,
      );

      check("never says false for a few small packets, nor `drained` without a false", async ({ near, far }) => {
        for (let i = 0; i < 200; i++) {
          expect(near.pipe.send([patterned(i, 100)])).toBe(true);
          await far.untilPackets(i + 1);
        }
        expect(near.drains).toBe(0);
      });

      check("round trips work from inside `packet`", async ({ near, far }) => {
        far.onPacket = (packet) => far.pipe.send([packet]);
        let rounds = 0;
        near.onPacket = () => {
          if (++rounds < 500) near.pipe.send([patterned(rounds, rounds)]);
        };
        near.pipe.send([patterned(0, 0)]);
        await near.untilPackets(500);
        expectPackets(
          near,
          Array.from({ length: 500 }, (_, i) => patterned(i, i)),
        );
      });

      check(
        "close lets out what was sent; both sides hear `disconnected`, once and last",
        async ({ near, far, timers }) => {
          const sizes = [...Array.from({ length: 100 }, (_, i) => i), 3_000_000, 1, 2_000_000, 0];
          sizes.forEach((size, i) => near.pipe.send([patterned(i, size)]));
          near.pipe.close();
          const reasons = await Promise.all([near.untilClosed(), far.untilClosed()]);
          expectPackets(
            far,
            sizes.map((size, i) => patterned(i, size)),
          );
          for (const reason of reasons) {
            expect(reason.kind).toBe("disconnected");
            expect(reason.message.length).toBeGreaterThan(0);
          }
          await settle(timers);
          expect([near.ends.length, far.ends.length, near.late, far.late]).toEqual([1, 1, 0, 0]);
        },
        30_000,
      );

      check("either side may close; closing again, or both at once, changes nothing", async ({ near, far, timers }) => {
        far.pipe.close();
        near.pipe.close();
        far.pipe.close();
        await Promise.all([near.untilClosed(), far.untilClosed()]);
        near.pipe.close();
        await settle(timers);
        expect([near.ends.length, far.ends.length, near.late, far.late]).toEqual([1, 1, 0, 0]);
      });

      check("after close, send does nothing and says false", async ({ near, far, timers }) => {
        near.pipe.send([patterned(1, 10)]);
        near.pipe.close();
        expect(near.pipe.send([patterned(2, 10)])).toBe(false);
        await Promise.all([near.untilClosed(), far.untilClosed()]);
        expect(near.pipe.send([patterned(3, 10)])).toBe(false);
        expect(far.pipe.send([patterned(4, 10)])).toBe(false);
        await settle(timers);
        expectPackets(far, [patterned(1, 10)]);
        expect(near.packets).toEqual([]);
      });

      check(
        "close from inside `packet` is heard on both sides, and drops what comes after",
        async ({ near, far, timers }) => {
          far.onPacket = () => far.pipe.close();
          for (let i = 0; i < 10; i++) near.pipe.send([patterned(i, 10)]);
          await Promise.all([near.untilClosed(), far.untilClosed()]);
          await settle(timers);
          expectPackets(far, [patterned(0, 10)]);
          expect([near.ends.length, far.ends.length, near.late, far.late]).toEqual([1, 1, 0, 0]);
        },
      );

      check("a second receiver is a defect", async ({ near, far }) => {
        expect(() => near.pipe.attach(new RecordingReceiver())).toThrow(expect.objectContaining({ kind: "internal" }));
        far.pipe.send([patterned(1, 10)]);
        await near.untilPackets(1);
      });
    },
  );

  const greeting = [patterned(1, 10), patterned(2, 100_000), patterned(3, 0)];
  suite<Pair>(
    `${name}, greeted`,
    () => makePair(connect, makeReceiver, greeting),
    (check) => {
      check("what the other side sends at once waits for the receiver", async ({ near }) => {
        await near.untilPackets(3);
        expectPackets(near, greeting);
      });
    },
  );
}

function inPieces(name: string, connect: ConnectPipes): void {
  suite<Pair<RecordingPieces>>(
    name,
    () => makePair(connect, () => new RecordingPieces()),
    (check) => {
      check(
        "close from inside `piece` is heard on both sides, and drops what comes after",
        async ({ near, far, timers }) => {
          far.onPiece = () => far.pipe.close();
          near.pipe.send([patterned(1, 5_000_000), patterned(2, 5_000_000)]);
          near.pipe.send([patterned(3, 10)]);
          await Promise.all([near.untilClosed(), far.untilClosed()]);
          await settle(timers);
          expect(far.pieces.flat().length).toBe(1);
          const first = far.pieces[0]?.[0] as Uint8Array;
          const sent = concatBytes([patterned(1, 5_000_000), patterned(2, 5_000_000)]);
          expect(equalBytes(first, sent.subarray(0, first.length))).toBe(true);
          expect([near.ends.length, far.ends.length, near.late, far.late, far.wrong]).toEqual([1, 1, 0, 0, 0]);
        },
        30_000,
      );

      check("what came in pieces can be sent on from inside `piece`", async ({ near, far }) => {
        far.onPiece = (last) => void (last && far.pipe.send([far.pieces.at(-1)?.[0] as Uint8Array]));
        const packets = [0, 1, 100_000, 3_000_000, 2].map((size, i) => patterned(i, size));
        for (const packet of packets) near.pipe.send([packet]);
        await near.untilPackets(packets.length);
        expectPackets(far, packets);
        expectPackets(
          near,
          far.pieces.map(([first]) => first as Uint8Array),
        );
      });
    },
  );
}

function expectPackets(end: RecordingReceiver, expected: readonly Uint8Array[]): void {
  const packets = end.arrived;
  expect(packets.map((packet) => packet.length)).toEqual(expected.map((packet) => packet.length));
  // Node's Buffer is a Uint8Array whose `slice` does not copy; core code must never meet one.
  expect(packets.every((packet) => packet.constructor === Uint8Array)).toBe(true);
  const wrong = expected.findIndex((packet, i) => !equalBytes(packet, packets[i] as Uint8Array));
  expect(wrong, "index of the first packet whose bytes differ").toBe(-1);
}

/** Some turns in which a call that must not come could come. */
async function settle(timers: Timers): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => timers.after(0, resolve));
}

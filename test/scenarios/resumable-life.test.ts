// The life of a resumable pipe apart from its bytes: how it begins, what it does while it is cut, how it ends.

import { describe, expect, test } from "vitest";
import { resumableLimits, transportLimits } from "#base/limits.ts";
import { ResumableAcceptor } from "#firefly/resumable/resumable-acceptor.ts";
import { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
import type { ResumablePipe, ResumableState } from "#firefly/resumable/resumable-pipe.ts";
import type { Pipe } from "#glow";
import { Lines } from "./resumable-lines.ts";
import { RawPeer } from "./resumable-raw-peer.ts";
import { type Talker, talkers } from "./resumable-traffic.ts";

interface Pair {
  readonly lines: Lines;
  readonly nearPipe: ResumablePipe;
  readonly farPipe: ResumablePipe;
  readonly near: Talker;
  readonly far: Talker;
}

/** Plays a story with one pipe that stands. */
function withPipe(story: (pair: Pair) => Promise<void>, lines = new Lines()): Promise<void> {
  return lines.play(
    (async () => {
      const nearPipe = await lines.dialResumable();
      const farPipe = lines.accepted[0]!;
      await story({ lines, nearPipe, farPipe, ...talkers(nearPipe, farPipe) });
    })(),
  );
}

async function until(lines: Lines, condition: () => boolean, stepMs = 1): Promise<number> {
  const beganMs = lines.clock.monotonicMs();
  while (!condition()) await lines.wait(stepMs);
  return lines.clock.monotonicMs() - beganMs;
}

describe("beginning", () => {
  test("the promise rejects with what the first dial rejects with, and nothing is tried again", async () => {
    const lines = new Lines();
    lines.reachable = false;
    await expect(lines.play(lines.dialResumable())).rejects.toMatchObject({ kind: "unavailable", op: "network.dial" });
    await lines.timeline.run();
    expect(lines.all).toEqual([]);
  });

  test("a `dial` that throws rejects too", async () => {
    const lines = new Lines();
    const dial = () => {
      throw new Error("no route");
    };
    await expect(lines.play(dialResumable({ ...lines.powers, dial }))).rejects.toMatchObject({ kind: "internal" });
  });

  test("an abort before, during or after the dial", async () => {
    const lines = new Lines();
    const signals: AbortSignal[] = [];
    const dial = (signal: AbortSignal): Promise<Pipe> => {
      signals.push(signal);
      return lines.dial();
    };
    const start = (abort: AbortController) => dialResumable({ ...lines.powers, dial, signal: abort.signal });
    const before = new AbortController();
    before.abort();
    await expect(lines.play(start(before))).rejects.toMatchObject({ kind: "cancelled" });
    expect(signals).toEqual([]);

    const during = new AbortController();
    const dialling = start(during);
    during.abort();
    await expect(lines.play(dialling)).rejects.toMatchObject({ kind: "cancelled" });
    expect(signals[0]?.aborted).toBe(true);
    // The connection comes all the same, and is let go.
    await lines.play(lines.wait(100));
    expect(lines.all.length).toBe(1);
    expect(lines.acceptor.counts).toEqual({ pipes: 0, detached: 0, waiting: 0 });

    const after = new AbortController();
    const pipe = await lines.play(start(after));
    after.abort();
    expect([pipe.state, signals[1]?.aborted]).toEqual(["connected", false]);
  });

  test("packets that follow the WELCOME at once wait for the receiver", async () => {
    const lines = new Lines();
    lines.onAccept = (pipe) => {
      pipe.attach({ packet: () => undefined, drained: () => undefined, closed: () => undefined });
      pipe.send([Uint8Array.of(1)]);
      pipe.send([Uint8Array.of(2)]);
      pipe.close();
    };
    const heard: (number | string)[] = [];
    await lines.play(
      (async () => {
        const pipe = await lines.dialResumable();
        // Later than the contract of Pipe has it, so that all has arrived.
        await lines.wait(50);
        pipe.attach({
          packet: (bytes, start) => heard.push(bytes[start] as number),
          drained: () => heard.push("drained"),
          closed: ({ kind }) => heard.push(kind),
        });
        await lines.wait(1);
      })(),
    );
    expect(heard).toEqual([1, 2, "disconnected"]);
  });

  test("limits that contradict one another are `invalid`", async () => {
    const lines = new Lines();
    for (const limits of [
      { windowBytes: 65_536 },
      { queueBytes: 1 },
      { pingAfterMs: 10, deadAfterMs: 10 },
      { graceMs: -1 },
      { graceMs: 2 ** 31 },
      { pipes: Number.NaN },
    ]) {
      await expect(lines.play(lines.dialResumable(limits)), JSON.stringify(limits)).rejects.toMatchObject({
        kind: "invalid",
      });
      const accept = () => undefined;
      expect(() => new ResumableAcceptor({ ...lines.powers, limits, accept })).toThrow(/whole number|at least|above/);
    }
  });
});

describe("while it is cut", () => {
  test("`state` and `onState` tell", () =>
    withPipe(async ({ lines, nearPipe, farPipe }) => {
      const told: ResumableState[][] = [[], []];
      nearPipe.onState = (state) => told[0]?.push(state);
      farPipe.onState = (state) => told[1]?.push(state);
      lines.last.cut();
      await until(lines, () => nearPipe.state === "reconnecting");
      await until(lines, () => nearPipe.state === "connected");
      expect([nearPipe.reconnects, farPipe.reconnects]).toEqual([1, 1]);
      expect(lines.acceptor.counts).toEqual({ pipes: 1, detached: 0, waiting: 0 });
      nearPipe.close();
      await until(lines, () => farPipe.state === "closed" && nearPipe.state === "closed");
      const expected = ["reconnecting", "connected", "closed"];
      expect(told).toEqual([expected, expected]);
    }));

  test("what is sent waits, `send` says false, and `drained` comes when it has left", () =>
    withPipe(async ({ lines, nearPipe, near, far }) => {
      expect(near.send(10)).toBe(true);
      await until(lines, () => far.hasAll);
      lines.reachable = false;
      lines.last.cut();
      await until(lines, () => nearPipe.state === "reconnecting");
      expect(near.send(1000)).toBe(false);
      near.send(500_000);
      expect(nearPipe.bufferedBytes).toBeGreaterThanOrEqual(501_000);
      await lines.wait(10_000);
      expect([near.drains, far.received]).toEqual([0, 1]);
      lines.reachable = true;
      await until(lines, () => far.hasAll);
      await lines.wait(100);
      expect([near.drains, nearPipe.bufferedBytes]).toEqual([1, 0]);
    }));

  test("it is dialled at once, then ever later up to `resumableLimits.redialMaxMs`, with jitter", async () => {
    const lines = new Lines();
    const dialsMs: number[] = [];
    const dial = () => {
      dialsMs.push(lines.clock.monotonicMs());
      return lines.dial();
    };
    await lines.play(
      (async () => {
        const pipe = await dialResumable({ ...lines.powers, dial });
        lines.reachable = false;
        lines.last.cut();
        await until(lines, () => pipe.state === "reconnecting");
        dialsMs[0] = lines.clock.monotonicMs();
        await until(lines, () => pipe.state === "closed", 10);
      })(),
    );
    const gaps = dialsMs.slice(1).map((ms, i) => ms - (dialsMs[i] as number));
    gaps.forEach((gap, i) => {
      const waitMs = gap - (i === 0 ? 0 : 2 * lines.latencyMs);
      const fullMs = Math.min(resumableLimits.redialFirstMs * 2 ** i, resumableLimits.redialMaxMs);
      expect(waitMs, `gap ${i}`).toBeGreaterThanOrEqual(fullMs / 2 - 2);
      expect(waitMs, `gap ${i}`).toBeLessThanOrEqual(fullMs + 0.001);
    });
    expect(gaps.length).toBeGreaterThan(12);
    expect(new Set(gaps.slice(7).map((gap) => Math.round(gap))).size).toBeGreaterThan(4);
  });

  test("a dial that hangs is given up after `resumableLimits.redialAttemptMs`", async () => {
    const lines = new Lines();
    let hang = false;
    const dial = (): Promise<Pipe> => (hang ? new Promise(() => undefined) : lines.dial());
    await lines.play(
      (async () => {
        const pipe = await dialResumable({ ...lines.powers, dial });
        hang = true;
        lines.last.cut();
        await until(lines, () => pipe.state === "reconnecting");
        await lines.wait(100);
        hang = false;
        const waitedMs = await until(lines, () => pipe.state === "connected");
        expect(waitedMs).toBeGreaterThan(resumableLimits.redialAttemptMs - 100);
        expect(waitedMs).toBeLessThan(resumableLimits.redialAttemptMs + 200);
      })(),
    );
  });

  test("past `resumableLimits.graceMs` it ends on both sides, with `disconnected`", () =>
    withPipe(async ({ lines, near, far }) => {
      near.send(10);
      await until(lines, () => far.hasAll);
      lines.reachable = false;
      lines.last.cut();
      near.send(100_000);
      const waitedMs = await until(lines, () => near.end !== undefined && far.end !== undefined, 10);
      expect(waitedMs).toBeCloseTo(resumableLimits.graceMs, -2);
      expect([near.end?.kind, far.end?.kind]).toEqual(["disconnected", "disconnected"]);
      expect(lines.acceptor.counts).toEqual({ pipes: 0, detached: 0, waiting: 0 });
      expect(lines.acceptor.heldBytes).toBe(0);
    }));

  test("a user who sends too much from within `onState` ends it, and it is not dialled again", () =>
    withPipe(async ({ lines, nearPipe, farPipe, near, far }) => {
      for (const pipe of [nearPipe, farPipe]) {
        pipe.onState = () => {
          const packet = new Uint8Array(16 * 1024 * 1024);
          while (pipe.state !== "closed") pipe.send([packet]);
        };
      }
      lines.last.cut();
      await lines.wait(1);
      expect([near.end?.kind, far.end?.kind]).toEqual(["exhausted", "exhausted"]);
      expect(lines.acceptor.counts).toEqual({ pipes: 0, detached: 0, waiting: 0 });
      await lines.wait(10_000);
      expect(lines.all.length).toBe(1);
    }));

  test("the grace begins anew with each cut", () =>
    withPipe(async ({ lines, nearPipe, near, far }) => {
      for (let cuts = 1; cuts <= 5; cuts++) {
        lines.reachable = false;
        lines.last.cut();
        await lines.wait(resumableLimits.graceMs / 2);
        lines.reachable = true;
        await until(lines, () => nearPipe.reconnects === cuts);
      }
      await lines.wait(2 * resumableLimits.graceMs);
      near.send(1);
      await until(lines, () => far.hasAll);
      expect([near.end, far.end]).toEqual([undefined, undefined]);
    }));

  test.each(["deadline", "exhausted", "unavailable"] as const)("an ABORT with `%s` in answer does not end it", (kind) =>
    withPipe(async ({ lines, nearPipe, near, far }) => {
      const { acceptor } = lines;
      const take = acceptor.take.bind(acceptor);
      let refusals = 0;
      acceptor.take = (pipe) => {
        if (++refusals > 3) return take(pipe);
        const peer = new RawPeer(pipe);
        peer.onPacket = () => {
          peer.send({ type: "abort", kind });
          pipe.close();
        };
        return undefined;
      };
      lines.last.cut();
      near.send(1);
      await until(lines, () => far.hasAll);
      expect([nearPipe.reconnects, refusals]).toEqual([1, 4]);
    }),
  );

  test("an acceptor that has forgotten the pipe ends it", async () => {
    const lines = new Lines();
    let { acceptor } = lines;
    const dial = async () => {
      const pipe = await lines.dial();
      return pipe;
    };
    lines.acceptor.take = (pipe) => ResumableAcceptor.prototype.take.call(acceptor, pipe);
    await lines.play(
      (async () => {
        const pipe = await dialResumable({ ...lines.powers, dial });
        const { near } = talkers(pipe, lines.accepted[0]!);
        near.send(10);
        acceptor = new ResumableAcceptor({ ...lines.powers, accept: () => undefined });
        lines.last.cut();
        await until(lines, () => near.end !== undefined);
        expect(near.end).toMatchObject({
          kind: "disconnected",
          message: "the other side no longer knows this connection",
        });
      })(),
    );
  });

  test("one that is accepted and broken off again and again is dialled ever more slowly", () =>
    withPipe(async ({ lines, nearPipe }) => {
      let breaks = 0;
      lines.onSend = (line, from, packet) => {
        // Behind each WELCOME the line is cut, so that the pipe is resumed and nothing comes of it.
        if (from === "far" && packet[0] === 8 && ++breaks > 0) line.cut("near");
      };
      lines.last.cut();
      await lines.wait(20_000);
      expect(nearPipe.reconnects).toBeGreaterThan(3);
      expect(breaks).toBeLessThan(20);
    }));
});

describe("a connection that dies in silence", () => {
  test("is found dead after `resumableLimits.deadAfterMs`, by either side alone", async () => {
    for (const side of ["near", "far"] as const) {
      await withPipe(async ({ lines, nearPipe, farPipe }) => {
        const pipe = side === "near" ? nearPipe : farPipe;
        await lines.wait(500);
        const beganMs = lines.clock.monotonicMs();
        lines.last.lose(side);
        lines.reachable = false;
        await until(lines, () => pipe.state === "reconnecting");
        const tookMs = lines.clock.monotonicMs() - beganMs;
        expect(tookMs).toBeLessThanOrEqual(resumableLimits.deadAfterMs + 1);
        expect(tookMs).toBeGreaterThan(resumableLimits.deadAfterMs - resumableLimits.pingAfterMs);
      });
    }
  });

  test("is replaced by the next, while the other side still believes in it", () =>
    withPipe(async ({ lines, nearPipe, farPipe, near, far }) => {
      const old = lines.last;
      old.lose("far");
      old.end("near");
      far.send(50_000);
      near.send(50_000);
      await until(lines, () => near.hasAll && far.hasAll);
      expect([nearPipe.reconnects, farPipe.reconnects, farPipe.state]).toEqual([1, 1, "connected"]);
      // Its end, when it is told at last, is nobody's business any more.
      old.end("far");
      await lines.wait(100);
      expect([farPipe.state, farPipe.reconnects, far.end]).toEqual(["connected", 1, undefined]);
    }));

  test("an idle pipe costs a PING and a PONG every `resumableLimits.pingAfterMs`, and nothing else", () =>
    withPipe(async ({ lines, nearPipe, farPipe }) => {
      await lines.wait(100);
      let messages = 0;
      lines.onSend = () => messages++;
      await lines.wait(60_000);
      expect(messages).toBeGreaterThanOrEqual(100);
      expect(messages).toBeLessThanOrEqual(122);
      expect([nearPipe.reconnects, farPipe.reconnects]).toEqual([0, 0]);
      expect(nearPipe.roundTripMs ?? farPipe.roundTripMs).toBeCloseTo(2 * lines.latencyMs, 5);
    }));

  test("a process that stood still does not take its own silence for the other side's", async () => {
    const lines = new Lines();
    let offsetMs = 0;
    const clock = { ...lines.clock, monotonicMs: () => lines.clock.monotonicMs() + offsetMs };
    await lines.play(
      (async () => {
        const pipe = await dialResumable({ ...lines.powers, clock, dial: lines.dial });
        talkers(pipe, lines.accepted[0]!);
        for (let i = 0; i < 100; i++) {
          await lines.wait(resumableLimits.pingAfterMs / 7);
          offsetMs += i % 5 === 0 ? 30_000 : 0;
        }
        expect([pipe.state, pipe.reconnects]).toEqual(["connected", 0]);
      })(),
    );
  });

  test("a slow line that carries something is not dead", async () => {
    const lines = new Lines();
    await withPipe(async ({ nearPipe, near, far }) => {
      near.send(20 * resumableLimits.segmentBytes);
      lines.onSend = (line, from, packet) => {
        if (from === "near" && packet.length > 1000) line.stall("far", resumableLimits.deadAfterMs - 100);
      };
      near.send(20 * resumableLimits.segmentBytes);
      await until(lines, () => far.hasAll, 100);
      expect(nearPipe.reconnects).toBe(0);
    }, lines);
  });
});

describe("closing", () => {
  test("lets out what was sent, over a cut", () =>
    withPipe(async ({ lines, near, far }) => {
      near.send(3_000_000);
      near.pipe.close();
      expect(near.send(1)).toBe(false);
      near.sentSizes.pop();
      lines.last.cut();
      await until(lines, () => near.end !== undefined && far.end !== undefined);
      expect([far.hasAll, near.end?.kind, far.end?.kind]).toEqual([true, "disconnected", "disconnected"]);
    }));

  test("while it is cut waits for the other side, so that it need not wait for the grace to end", () =>
    withPipe(async ({ lines, near, far }) => {
      lines.last.cut();
      await lines.wait(1);
      near.send(1000);
      near.pipe.close();
      const waitedMs = await until(lines, () => far.end !== undefined);
      expect(far.hasAll).toBe(true);
      expect(waitedMs).toBeLessThan(1000);
    }));

  test("ends after `transportLimits.closeMs` if the other side takes nothing", () =>
    withPipe(async ({ lines, near, far }) => {
      lines.reachable = false;
      lines.last.cut();
      near.pipe.close();
      const waitedMs = await until(lines, () => near.end !== undefined);
      expect(waitedMs).toBeCloseTo(transportLimits.closeMs, -2);
      await until(lines, () => far.end !== undefined, 100);
    }));

  test("goes on past that while the other side takes what was sent, up to the grace", async () => {
    const lines = new Lines();
    await withPipe(async ({ near, far }) => {
      lines.onSend = (line, from, packet) => {
        if (from === "near" && packet.length > 1000) line.stall("far", 500);
      };
      near.send(40 * resumableLimits.segmentBytes);
      near.pipe.close();
      const waitedMs = await until(lines, () => near.end !== undefined, 10);
      expect(waitedMs).toBeGreaterThan(1.5 * transportLimits.closeMs);
      expect(far.hasAll).toBe(true);
    }, lines);
  });

  test("by both sides at once, and twice", () =>
    withPipe(async ({ lines, near, far }) => {
      near.send(100);
      far.send(100);
      near.pipe.close();
      far.pipe.close();
      near.pipe.close();
      await until(lines, () => near.end !== undefined && far.end !== undefined);
      far.pipe.close();
      expect(lines.acceptor.counts).toEqual({ pipes: 0, detached: 0, waiting: 0 });
    }));

  test("by the acceptor as a whole ends all pipes and refuses new ones", () =>
    withPipe(async ({ lines, near, far }) => {
      far.send(100_000);
      lines.acceptor.close();
      await until(lines, () => near.end !== undefined);
      expect(near.hasAll).toBe(true);
      await expect(lines.dialResumable()).rejects.toMatchObject({ kind: "unavailable" });
    }));

  test("leaves nothing that still waits to happen", async () => {
    const lines = new Lines();
    await withPipe(async ({ near, far }) => {
      near.pipe.close();
      await until(lines, () => near.end !== undefined && far.end !== undefined);
    }, lines);
    expect(lines.timeline.pending).toBeLessThanOrEqual(4);
    const endedMs = lines.clock.monotonicMs();
    await lines.timeline.run();
    expect(lines.clock.monotonicMs() - endedMs).toBeLessThan(100);
  });
});

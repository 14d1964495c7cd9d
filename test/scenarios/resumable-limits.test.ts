// What a resumable pipe and its acceptor may hold: each limit is exceeded, and what happens is named and bounded.

import { expect, test } from "vitest";
import { resumableLimits } from "#base/limits.ts";
import { decodeMessage } from "#firefly/resumable/message.ts";
import { leastWindowBytes } from "#firefly/resumable/resumable-pipe.ts";
import { Lines } from "./resumable-lines.ts";
import { hello, RawPeer } from "./resumable-raw-peer.ts";
import { Talker, talkers } from "./resumable-traffic.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

test("what is under way stays within `resumableLimits.windowBytes`, whatever is sent", async () => {
  const lines = new Lines({ windowBytes: leastWindowBytes });
  lines.latencyMs = 200;
  lines.roomBytes = Number.POSITIVE_INFINITY;
  /** Of the segments not yet acknowledged, as the sender knows it, in their order. */
  const underWay: number[] = [];
  let acknowledged = 0;
  let most = 0;
  const sumOf = (costs: readonly number[]) => costs.reduce((sum, cost) => sum + cost, 0);
  await lines.play(
    (async () => {
      const pipe = await lines.dialResumable();
      const { near, far } = talkers(pipe, lines.accepted[0]!);
      lines.onSend = (_line, from, packet) => {
        if (from === "near" && (packet[0] === 4 || packet[0] === 5)) {
          underWay.push(packet.length - 1 + resumableLimits.segmentCostBytes);
          most = Math.max(most, sumOf(underWay));
        }
        if (from === "near" || packet[0] !== 7) return;
        const { received } = decodeMessage(packet) as { received: number };
        lines.timers.after(lines.latencyMs, () => {
          underWay.splice(0, received - acknowledged);
          acknowledged = received;
        });
      };
      for (let i = 0; i < 100; i++) near.send((i * 7919) % 60_000);
      for (let i = 0; i < 5000; i++) near.send(i % 3);
      while (!far.hasAll) await lines.wait(10);
    })(),
  );
  expect(most).toBeGreaterThan(0.9 * leastWindowBytes);
  expect(most).toBeLessThanOrEqual(leastWindowBytes);
});

test("a cut sends at most `resumableLimits.windowBytes` again", async () => {
  const lines = new Lines();
  lines.latencyMs = 200;
  lines.roomBytes = Number.POSITIVE_INFINITY;
  await lines.play(
    (async () => {
      const pipe = await lines.dialResumable();
      const { near, far } = talkers(pipe, lines.accepted[0]!);
      for (let i = 0; i < 200; i++) near.send(100 * KiB);
      let resentBytes = 0;
      for (let cuts = 1; cuts <= 3; cuts++) {
        // Before anything arrives, so that all that is under way is lost.
        await lines.wait(lines.latencyMs / 4);
        lines.last.cut();
        while (pipe.reconnects < cuts) await lines.wait(10);
        await lines.wait(1);
        expect(pipe.resentBytes - resentBytes).toBeLessThanOrEqual(resumableLimits.windowBytes);
        expect(pipe.resentBytes - resentBytes).toBeGreaterThan(resumableLimits.windowBytes / 2);
        resentBytes = pipe.resentBytes;
      }
      while (!far.hasAll) await lines.wait(10);
    })(),
  );
});

test("more than `resumableLimits.queueBytes` ends the pipe with `exhausted`, and the other side hears of it", async () => {
  const lines = new Lines({ queueBytes: 8 * MiB });
  await lines.play(
    (async () => {
      const pipe = await lines.dialResumable();
      const { near, far } = talkers(pipe, lines.accepted[0]!);
      let sent = 0;
      const packet = new Uint8Array(MiB);
      while (pipe.state !== "closed") {
        expect(near.end, "the end came from within send").toBeUndefined();
        pipe.send([packet]);
        sent++;
        expect(sent).toBeLessThan(10);
      }
      expect(sent).toBe(8);
      while (near.end === undefined || far.end === undefined) await lines.wait(1);
      expect([near.end.kind, far.end.kind]).toEqual(["exhausted", "disconnected"]);
      expect(far.end.message).toContain("exhausted");
      expect(pipe.bufferedBytes).toBe(0);
    })(),
  );
});

test("empty packets count by `resumableLimits.segmentCostBytes`", async () => {
  const lines = new Lines({ queueBytes: MiB, windowBytes: leastWindowBytes });
  await lines.play(
    (async () => {
      const pipe = await lines.dialResumable();
      const { near } = talkers(pipe, lines.accepted[0]!);
      lines.last.cut();
      let sent = 0;
      for (; pipe.state !== "closed"; sent++) pipe.send([]);
      expect(sent).toBe(MiB / resumableLimits.segmentCostBytes + 1);
      await lines.wait(1);
      expect(near.end?.kind).toBe("exhausted");
    })(),
  );
});

test("past `resumableLimits.totalBytes` the pipe that holds most ends with `exhausted`, and no other", async () => {
  const lines = new Lines({ totalBytes: 4 * MiB });
  await lines.play(
    (async () => {
      const pairs = [];
      for (let i = 0; i < 5; i++) pairs.push(talkers(await lines.dialResumable(), lines.accepted[i]!));
      lines.reachable = false;
      for (const line of lines.all) line.cut();
      await lines.wait(1);
      pairs.forEach(({ far }, i) => far.send(i === 2 ? 1.5 * MiB : 0.7 * MiB));
      await lines.wait(1);
      expect(pairs.map(({ far }) => far.end?.kind)).toEqual([undefined, undefined, "exhausted", undefined, undefined]);
      expect(lines.acceptor.heldBytes).toBeLessThan(3 * MiB);
      // A packet that half came counts too.
      expect(lines.acceptor.heldBytes).toBeGreaterThan(4 * 0.7 * MiB);
    })(),
  );
});

test("packets that come in pieces do not count, since nothing of them is held", async () => {
  const lines = new Lines({ totalBytes: MiB });
  await lines.play(
    (async () => {
      const { near, far } = talkers(await lines.dialResumable(), lines.accepted[0]!);
      near.send(2 * MiB);
      while (!far.hasAll) {
        expect(lines.acceptor.heldBytes).toBe(0);
        await lines.wait(1);
      }
      expect(far.end).toBeUndefined();
    })(),
  );
});

test("packets that have half come count against `resumableLimits.totalBytes`", async () => {
  const lines = new Lines({ totalBytes: MiB });
  await lines.play(
    (async () => {
      const { near, far } = talkers(await lines.dialResumable(), lines.accepted[0]!, Talker);
      near.send(2 * MiB);
      while (far.end === undefined) await lines.wait(1);
      expect(far.end.kind).toBe("exhausted");
      await lines.wait(100);
      expect(near.end?.kind).toBe("disconnected");
      expect(lines.acceptor.heldBytes).toBe(0);
    })(),
  );
});

test("past `resumableLimits.detached` the one cut first ends, but before it any whose client was never heard of", async () => {
  const lines = new Lines({ detached: 3 });
  await lines.play(
    (async () => {
      const pairs: ReturnType<typeof talkers>[] = [];
      for (let i = 0; i < 5; i++) pairs.push(talkers(await lines.dialResumable(), lines.accepted[i]!));
      await lines.wait(100);
      lines.reachable = false;
      const cutOff = async (index: number) => {
        lines.all[index]?.cut();
        await lines.wait(1);
        return pairs.map(({ far }) => far.end?.kind ?? "lives").join(" ");
      };
      await cutOff(0);
      await cutOff(1);
      await cutOff(2);
      expect(await cutOff(3)).toBe("disconnected lives lives lives lives");
      expect(lines.acceptor.counts).toEqual({ pipes: 4, detached: 3, waiting: 0 });

      lines.reachable = true;
      const silent = new RawPeer(await lines.dial());
      silent.send(hello);
      await silent.message("welcome");
      lines.reachable = false;
      lines.last.cut();
      await lines.wait(1);
      expect(lines.acceptor.counts).toEqual({ pipes: 4, detached: 3, waiting: 0 });
      expect(await cutOff(4)).toBe("disconnected disconnected lives lives lives");
    })(),
  );
});

test("what comes in is acknowledged at a quarter of the window, else after `resumableLimits.ackDelayMs`", async () => {
  const lines = new Lines();
  await lines.play(
    (async () => {
      const { near, far } = talkers(await lines.dialResumable(), lines.accepted[0]!);
      await lines.wait(100);
      const acksMs: number[] = [];
      lines.onSend = (_line, from, packet) => {
        if (from === "far" && packet[0] === 7) acksMs.push(lines.clock.monotonicMs());
      };
      const sentMs = lines.clock.monotonicMs();
      near.send(1);
      near.send(1);
      await lines.wait(200);
      expect(acksMs).toEqual([sentMs + lines.latencyMs + resumableLimits.ackDelayMs]);

      acksMs.length = 0;
      for (let i = 0; i < 40; i++) near.send(64 * KiB);
      while (!far.hasAll) await lines.wait(1);
      expect(acksMs.length).toBe(2);
    })(),
  );
});

test("packets for which nobody attaches a receiver end the pipe, past the window", async () => {
  const lines = new Lines();
  await lines.play(
    (async () => {
      const near = await lines.dialResumable();
      for (let i = 0; i < 10; i++) near.send([new Uint8Array(MiB)]);
      const far = lines.accepted[0]!;
      while (far.state !== "closed") await lines.wait(1);
      expect(lines.acceptor.heldBytes).toBe(0);
    })(),
  );
});

test("what is cut into segments is `resumableLimits.segmentBytes` each, and no less", async () => {
  const lines = new Lines();
  const sizes: number[] = [];
  await lines.play(
    (async () => {
      const { near, far } = talkers(await lines.dialResumable(), lines.accepted[0]!);
      lines.onSend = (_line, from, packet) => {
        if (from === "near" && (packet[0] === 4 || packet[0] === 5)) sizes.push(packet.length - 1);
      };
      near.send(3 * resumableLimits.segmentBytes);
      near.send(resumableLimits.segmentBytes + 1);
      while (!far.hasAll) await lines.wait(1);
    })(),
  );
  const full = resumableLimits.segmentBytes;
  expect(sizes).toEqual([full, full, full, full, 1]);
});

// Cut a conversation at every one of its messages, in every manner: it ends as if nothing had happened.

import { expect, test } from "vitest";
import { resumableLimits } from "#base/limits.ts";
import { leastWindowBytes } from "#firefly/resumable/resumable-pipe.ts";
import { type Line, Lines, type Side } from "./resumable-lines.ts";
import { talkers } from "./resumable-traffic.ts";

/** Sizes on both sides of every seam: copied or not, one segment or several. */
const sizes = [0, 1, 4096, 4097, 65_536, 65_537, 150_000, 0];
const limits = { windowBytes: leastWindowBytes };

type Manner = (line: Line, from: Side) => void;

const manners: Record<string, Manner> = {
  "both ends are told, all on the way is lost": (line) => line.cut(),
  "both ends are told, what is on the way to the dialler arrives": (line) => line.cut("near"),
  "both ends are told, what is on the way to the acceptor arrives": (line) => line.cut("far"),
  "only the dialler is told": (line) => {
    line.lose("far");
    line.end("near");
  },
  "only the acceptor is told": (line) => {
    line.lose("near");
    line.end("far");
  },
  "nobody is told, nothing arrives": (line) => {
    line.lose("near");
    line.lose("far");
  },
  "nothing arrives at the dialler any more": (line) => line.lose("near"),
  "nothing arrives at the acceptor any more": (line) => line.lose("far"),
};

/**
 * Plays the conversation, doing `breakIt` at message `breakAt` of the first line, counted from when the pipe stands (an
 * earlier cut is a failed dial); how many messages that line had.
 */
async function converse(breakAt: number, breakIt: Manner): Promise<number> {
  const lines = new Lines(limits);
  let messages = 0;
  await lines.play(
    conversation(lines, (line, from) => {
      if (line === lines.all[0] && messages++ === breakAt) breakIt(line, from);
    }),
  );
  return messages;
}

async function conversation(lines: Lines, onSend: Lines["onSend"]): Promise<void> {
  const nearPipe = await lines.dialResumable();
  lines.onSend = onSend;
  const { near, far } = talkers(nearPipe, lines.accepted[0]!);
  for (const size of sizes) {
    near.send(size);
    far.send(size);
    await lines.wait(1);
  }
  while (!near.hasAll || !far.hasAll) await lines.wait(10);
  expect([nearPipe.reconnects <= 1, near.end, far.end]).toEqual([true, undefined, undefined]);
  near.pipe.close();
  while (near.end === undefined || far.end === undefined) await lines.wait(10);
  expect([near.end.kind, far.end.kind]).toEqual(["disconnected", "disconnected"]);
  for (const pipe of [nearPipe, lines.accepted[0]!]) expect(pipe.resentBytes).toBeLessThanOrEqual(limits.windowBytes);
  expect(lines.acceptor.counts).toEqual({ pipes: 0, detached: 0, waiting: 0 });
  expect(lines.acceptor.heldBytes).toBe(0);
}

test.each(Object.entries(manners))("cut at every message: %s", async (_name, manner) => {
  const messages = await converse(-1, manner);
  expect(messages).toBeGreaterThan(30);
  for (let at = 0; at < messages; at++) await converse(at, manner);
});

test("a cut in the middle of a long packet goes on in its middle", async () => {
  const lines = new Lines(limits);
  await lines.play(
    (async () => {
      const nearPipe = await lines.dialResumable();
      const { near, far } = talkers(nearPipe, lines.accepted[0]!);
      const count = 40;
      near.send(count * resumableLimits.segmentBytes);
      for (let i = 0; i < count / 4; i++) {
        await lines.wait(2 * lines.latencyMs + resumableLimits.ackDelayMs);
        if (nearPipe.state === "connected") lines.last.cut();
      }
      while (!far.hasAll) await lines.wait(10);
      expect(nearPipe.reconnects).toBeGreaterThan(3);
      expect(nearPipe.resentBytes).toBeLessThanOrEqual(nearPipe.reconnects * limits.windowBytes);
    })(),
  );
});

// Any traffic under any cuts, stalls, half-open lines, lost directions and times without a network: as long as none
// outlasts the grace, each packet comes once, in order and whole, and no cut sends more than a window again.

import fc from "fast-check";
import { expect, test } from "vitest";
import { resumableLimits } from "#base/limits.ts";
import { leastWindowBytes, type ResumablePipe } from "#firefly/resumable/resumable-pipe.ts";
import { Lines, type Side } from "./resumable-lines.ts";
import { type Talker, talkers } from "./resumable-traffic.ts";
import { runs } from "../arbitraries/runs.ts";

interface Run {
  readonly lines: Lines;
  readonly near: Talker;
  readonly far: Talker;
}

/** One thing that happens, written so that a failing run reads as a story. */
interface Happening {
  readonly what: string;
  do(run: Run): void | Promise<void>;
}

const sides = fc.constantFrom<Side>("near", "far");
const sizes = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 2, arbitrary: fc.integer({ min: 4000, max: 70_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 65_530, max: 400_000 }) },
);

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(sides, fc.array(sizes, { minLength: 1, maxLength: 8 })).map(([side, each]) => ({
      what: `${side} sends ${each.join(", ")}`,
      do: (run: Run) => each.forEach((size) => run[side].send(size)),
    })),
  },
  {
    weight: 6,
    arbitrary: fc.nat(400).map((ms) => ({ what: `${ms} ms pass`, do: (run: Run) => run.lines.wait(ms) })),
  },
  {
    weight: 3,
    arbitrary: fc.option(sides, { nil: undefined }).map((keep) => ({
      what: `a cut${keep === undefined ? "" : `; what is on the way to ${keep} arrives`}`,
      do: ({ lines }: Run) => lines.last.cut(keep),
    })),
  },
  {
    weight: 1,
    arbitrary: sides.map((side) => ({
      what: `only ${side} hears of a cut`,
      do: ({ lines }: Run) => {
        lines.last.lose("near");
        lines.last.lose("far");
        lines.last.end(side);
      },
    })),
  },
  {
    weight: 1,
    arbitrary: sides.map((side) => ({
      what: `nothing arrives at ${side} any more, and nobody hears of it`,
      do: ({ lines }: Run) => lines.last.lose(side),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(sides, fc.integer({ min: 1, max: 4000 })).map(([side, ms]) => ({
      what: `what goes to ${side} is held up for ${ms} ms`,
      do: ({ lines }: Run) => lines.last.stall(side, ms),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 9000 }).map((ms) => ({
      what: `nobody can dial for ${ms} ms`,
      do: ({ lines }: Run) => {
        lines.reachable = false;
        lines.timers.after(ms, () => {
          lines.reachable = true;
        });
      },
    })),
  },
);

async function happen(lines: Lines, story: readonly Happening[]): Promise<void> {
  const pipe = await lines.dialResumable();
  const farPipe = lines.accepted[0] as ResumablePipe;
  const run = { lines, ...talkers(pipe, farPipe) };
  for (const happening of story) {
    await happening.do(run);
    checkResent(pipe);
    checkResent(farPipe);
  }
  await until(lines, () => run.near.hasAll && run.far.hasAll);
  expect({ near: run.near.hasAll, far: run.far.hasAll, ends: [run.near.end, run.far.end] }).toEqual({
    near: true,
    far: true,
    ends: [undefined, undefined],
  });
  for (const each of [pipe, farPipe]) checkResent(each);
  run.near.pipe.close();
  await until(lines, () => run.far.end !== undefined && run.near.end !== undefined);
  expect([run.near.end?.kind, run.far.end?.kind]).toEqual(["disconnected", "disconnected"]);
  // A line whose HELLO was lost waits this long for it.
  await lines.wait(resumableLimits.handshakeMs);
  expect(lines.acceptor.counts).toEqual({ pipes: 0, detached: 0, waiting: 0 });
  expect(lines.acceptor.heldBytes).toBe(0);
}

/** Waits for it, but not for ever. */
async function until(lines: Lines, condition: () => boolean): Promise<void> {
  const limitMs = lines.clock.monotonicMs() + 2 * resumableLimits.graceMs;
  while (!condition() && lines.clock.monotonicMs() < limitMs) await lines.wait(20);
}

function checkResent({ resentBytes, reconnects }: ResumablePipe): void {
  expect(resentBytes).toBeLessThanOrEqual(reconnects * leastWindowBytes);
}

test("each packet comes once, in order and whole", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happenings, { minLength: 1, maxLength: 40 }).map((story) => ({
        story,
        [fc.toStringMethod]: () => story.map(({ what }) => what).join("\n"),
      })),
      async ({ story }) => {
        const lines = new Lines({ windowBytes: leastWindowBytes });
        await lines.play(happen(lines, story));
      },
    ),
    { numRuns: runs(80) },
  );
});

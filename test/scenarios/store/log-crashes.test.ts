// A short life, cut short at each single operation of the disk and of the index, by the death of the program and by the
// loss of power: nothing that was acknowledged is lost, nothing appears that was not asked for, and all goes on.

import { expect, test } from "vitest";
import { checkAndLiveOn, life, named } from "./log-life.ts";
import { LogTrial } from "./log-trial.ts";
import type { Watch } from "./log-watched-disk.ts";

type Manner = "kill" | "power";

const seeds = [1, 2];

/** Does something with a trial until, in the middle of operation `at`, the plug is pulled; false if it was over before. */
async function cutShort(
  trial: LogTrial,
  manner: Manner,
  at: number,
  work: (watch: Watch) => Promise<void>,
): Promise<boolean> {
  let operations = 0;
  const watch: Watch = (_, perform) => {
    const result = perform();
    if (operations++ === at) trial.crash(manner);
    return result;
  };
  let over = false;
  void work(watch).then(() => {
    over = true;
  });
  await trial.world.run({ stop: () => over || !trial.node.up });
  return !trial.node.up;
}

/** Runs `run` with every number of an operation, until it says that there is none of this number. */
async function forEachOperation(
  manner: Manner,
  run: (trial: LogTrial, at: number) => Promise<boolean>,
): Promise<number> {
  for (let at = 0; ; at++) {
    for (const seed of seeds) {
      const trial = await LogTrial.start(seed * 10_000 + at);
      let cut = true;
      await named(`${manner} at operation ${at}, seed ${seed}`, async () => {
        cut = await run(trial, at);
      });
      if (!cut) return at;
    }
  }
}

test.each(["kill", "power"] as const)("a life cut short by %s", { timeout: 120_000 }, async (manner) => {
  const operations = await forEachOperation(manner, async (trial, at) => {
    const cut = await cutShort(trial, manner, at, async (watch) => {
      await trial.open(watch);
      await life(trial);
    });
    await trial.started();
    if (cut) await checkAndLiveOn(trial);
    return cut;
  });
  expect(operations).toBeGreaterThan(100);
});

test.each(["kill", "power"] as const)(
  "an opening cut short by %s, of what a crash has left",
  { timeout: 120_000 },
  async (manner) => {
    const operations = await forEachOperation(manner, async (trial, at) => {
      // Somewhere in that life, another place each time.
      await cutShort(trial, "power", 20 + ((at * 37) % 90), async (watch) => {
        await trial.open(watch);
        await life(trial);
      });
      await trial.started();
      if (at % 3 === 0) await trial.world.finish(trial.platform.indexes.remove("store"));
      const cut = await cutShort(trial, manner, at, async (watch) => {
        await trial.open(watch);
        await trial.close();
      });
      await trial.started();
      if (cut) await checkAndLiveOn(trial);
      return cut;
    });
    expect(operations).toBeGreaterThan(15);
  },
);

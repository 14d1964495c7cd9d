// A short life in which one operation of the disk or of the index fails: the disk is full, or a part of a write fits, or
// the medium does not answer. What was acknowledged holds, also after a loss of power, and all goes on.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { checkAndLiveOn, life, named } from "./log-life.ts";
import { LogTrial } from "./log-trial.ts";
import type { Watch, WatchedOperation } from "./log-watched-disk.ts";

interface Failure {
  readonly name: string;
  /** Whether this operation can fail in this way. */
  concerns(operation: WatchedOperation): boolean;
  fail<Result>(trial: LogTrial, operation: WatchedOperation, perform: () => Promise<Result>): Promise<Result>;
}

const full = () => new GlowError("exhausted", "disk.write", { message: "the disk is full" });
const grows = new Set(["open", "make-folder", "write", "truncate", "sync-folder"]);

const failures: readonly Failure[] = [
  {
    name: "the disk is full",
    concerns: ({ name }) => grows.has(name),
    fail: () => Promise.reject(full()),
  },
  {
    name: "the disk is full after a part of a write",
    concerns: ({ writePart }) => writePart !== undefined,
    fail: async (_, { writePart }) => {
      await writePart?.(700);
      throw full();
    },
  },
  {
    name: "the disk is full after a write, but for a byte",
    concerns: ({ writePart }) => writePart !== undefined,
    fail: async (_, { writePart, sizeBytes }) => {
      await writePart?.((sizeBytes ?? 1) - 1);
      throw full();
    },
  },
  {
    name: "the medium fails",
    concerns: ({ name }) => name !== "index",
    fail: async (trial, _, perform) => {
      const failing = trial.node.disk.disturb({ errorChance: 1 });
      return perform().finally(() => failing.heal());
    },
  },
  {
    name: "the index is full",
    concerns: ({ name, path }) => name === "index" && path === "write",
    fail: () => Promise.reject(full()),
  },
];

/** What fails is operation `at` of those that the failure concerns; false if there were not so many. */
async function disturbedLife(trial: LogTrial, failure: Failure, at: number): Promise<boolean> {
  let concerned = 0;
  let failed = false;
  let calm = false;
  const watch: Watch = (operation, perform) => {
    if (calm || !failure.concerns(operation) || concerned++ !== at) return perform();
    failed = true;
    return failure.fail(trial, operation, perform);
  };
  const { world } = trial;
  // An opening may fail, and is then tried again.
  await world.finish(trial.open(watch).catch(() => trial.open(watch)));
  await world.finish(life(trial));
  calm = true;
  await world.finish(trial.check());
  return failed;
}

test.each(failures)("$name", { timeout: 120_000 }, async (failure) => {
  let at = 0;
  for (let failed = true; failed; at++) {
    for (const manner of ["power", "kill"] as const) {
      const trial = await LogTrial.start(at);
      await named(`at operation ${at}, then ${manner}`, async () => {
        failed = await disturbedLife(trial, failure, at);
        await trial.restart(manner);
        if (failed) await checkAndLiveOn(trial);
      });
    }
  }
  expect(at).toBeGreaterThan(7);
});

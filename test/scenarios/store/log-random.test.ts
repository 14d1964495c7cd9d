// Random lives of a log and its packs against what their user knows: anything at once, failing writes and syncs, full
// disks, crashes in the middle, lost indexes.

import * as fc from "fast-check";
import { test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { chance, integerBelow, pick, SeededRandom } from "#base/random.ts";
import { LogTrial } from "./log-trial.ts";
import type { Watch } from "./log-watched-disk.ts";
import { runs } from "../../arbitraries/runs.ts";

const blobs = fc.uniqueArray(fc.nat(23), { minLength: 1, maxLength: 8 });
const append = fc.record({
  type: fc.constant("append" as const),
  count: fc.integer({ min: 1, max: 4 }),
  sizeBytes: fc.constantFrom(10, 700, 5000),
});
const put = fc.record({ type: fc.constant("put" as const), blobs });
const remove = fc.record({ type: fc.constant("remove" as const), blobs });
const simple = fc.record({ type: fc.constantFrom("sync" as const, "compact" as const) });
const oneOperation = fc.oneof(
  { weight: 2, arbitrary: append },
  { weight: 4, arbitrary: put },
  { weight: 2, arbitrary: remove },
  { weight: 3, arbitrary: simple },
);
type Operation = typeof oneOperation extends fc.Arbitrary<infer Each> ? Each : never;

const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant("do" as const), operation: oneOperation }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("together" as const),
      operations: fc.array(oneOperation, { minLength: 2, maxLength: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("crash" as const),
      manner: fc.constantFrom("kill" as const, "power" as const),
      during: oneOperation,
      afterMs: fc.double({ min: 0, max: 8, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("reopen" as const), loseIndex: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("faults" as const),
      share: fc.constantFrom(0, 0.03, 0.2),
      kind: fc.constantFrom("full" as const, "medium" as const),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

/** What may fail: nothing that only reads, for what cannot be read counts as lost. */
const failing = new Set(["write", "truncate", "sync", "sync-folder", "remove"]);

class RandomLife {
  readonly #trial: LogTrial;
  readonly #random: SeededRandom;
  #share = 0;
  #kind: "full" | "medium" = "full";

  constructor(trial: LogTrial, seed: number) {
    this.#trial = trial;
    this.#random = new SeededRandom(seed);
  }

  async live(steps: readonly Step[]): Promise<void> {
    await this.#open();
    for (const each of steps) await this.#take(each);
    await this.#reopen(false);
    await this.#reopen(true);
    await this.#trial.restart("power");
    await this.#open();
  }

  async #take(each: Step): Promise<void> {
    const { world } = this.#trial;
    if (each.type === "do") await world.finish(this.#do(each.operation));
    else if (each.type === "together")
      await world.finish(Promise.all(apart(each.operations).map((one) => this.#do(one))));
    else if (each.type === "reopen") await this.#reopen(each.loseIndex);
    else if (each.type === "faults") [this.#share, this.#kind] = [each.share, each.kind];
    else {
      void this.#do(each.during);
      await world.run({ untilMs: world.nowMs + each.afterMs });
      await this.#trial.restart(each.manner);
      await this.#open();
    }
  }

  #do(operation: Operation): Promise<boolean> {
    const trial = this.#trial;
    switch (operation.type) {
      case "append":
        return trial.append(operation.count, operation.sizeBytes);
      case "put":
        return trial.put(operation.blobs);
      case "remove":
        return trial.remove(operation.blobs);
      default:
        return trial[operation.type]();
    }
  }

  /** With a medium that is well again, so that all must be there. */
  async #open(): Promise<void> {
    const trial = this.#trial;
    this.#share = 0;
    await trial.world.finish(trial.open(this.#watch));
    await trial.world.finish(trial.check());
  }

  async #reopen(loseIndex: boolean): Promise<void> {
    const trial = this.#trial;
    this.#share = 0;
    await trial.world.finish(trial.check());
    await trial.world.finish(trial.close());
    if (loseIndex) await trial.world.finish(trial.platform.indexes.remove("store"));
    await this.#open();
  }

  readonly #watch: Watch = async (operation, perform) => {
    const { name, path, writePart, sizeBytes = 0 } = operation;
    const concerned = failing.has(name) || (name === "index" && path === "write");
    if (!concerned || this.#share === 0 || !chance(this.#random, this.#share)) return perform();
    if (this.#kind === "medium" && name === "sync") {
      this.#trial.node.disk.names.file(path, "trial.fail")?.content.failSync(this.#random);
    }
    await writePart?.(pick(this.#random, [0, 1, integerBelow(this.#random, sizeBytes + 1), sizeBytes]));
    const full = this.#kind === "full";
    throw new GlowError(full ? "exhausted" : "corrupt", "disk.fail", { target: path, message: "it was made to fail" });
  };
}

/** What is done at once with one blob has no order, and nothing that could be said of it. */
function apart(operations: readonly Operation[]): Operation[] {
  const seen = new Set<number>();
  return operations.flatMap((each): Operation[] => {
    if (!("blobs" in each)) return [each];
    const own = each.blobs.filter((blob) => !seen.has(blob));
    for (const blob of own) seen.add(blob);
    return own.length === 0 ? [] : [{ ...each, blobs: own }];
  });
}

test("nothing acknowledged is lost, nothing removed comes back", { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 1, maxLength: 30, size: "max" }), async (seed, steps) => {
      await new RandomLife(await LogTrial.start(seed), seed).live(steps);
    }),
    { numRuns: runs(40) },
  );
});

// A short life of a log and its packs, the same each time, and what is checked after it was disturbed.

import type { LogTrial } from "./log-trial.ts";

/** Appends, puts, removals and a compaction, over several segments of each kind. */
export async function life(trial: LogTrial): Promise<void> {
  await trial.append(3, 500);
  await trial.put([0, 1, 2, 3]);
  await trial.sync();
  await trial.append(1, 6000);
  await trial.put([4, 5, 6, 7, 8]);
  await Promise.all([trial.append(2, 2000), trial.append(1, 100)]);
  await trial.sync();
  await trial.remove([1, 2, 5]);
  await trial.put([9, 10, 11, 12, 13, 14, 2]);
  await trial.append(2, 4000);
  await trial.sync();
  await trial.remove([0, 3, 4, 6, 7, 9, 11]);
  await trial.sync();
  await trial.compact();
  await trial.put([0, 15, 16]);
  await trial.remove([15]);
  await trial.sync();
  await trial.append(1, 300);
}

/** Opens what a crash has left, lives again, and looks at it with the index as it is, and without it. */
export async function checkAndLiveOn(trial: LogTrial): Promise<void> {
  const { world } = trial;
  await world.finish(trial.open());
  await world.finish(trial.check());
  await world.finish(life(trial));
  await world.finish(trial.check());
  await world.finish(trial.close());
  for (const lost of [false, true]) {
    if (lost) await world.finish(trial.platform.indexes.remove("store"));
    await world.finish(trial.open());
    await world.finish(trial.check());
    await world.finish(trial.close());
  }
}

/** The same, with what was being done and to which trial in what is thrown. */
export async function named(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  }
}

// Kills at random instants while both folders change all the time: in the end both are the same, and as they were written.

import { expect, test } from "vitest";
import { SimulatedKillStory } from "./binding-kill-story.ts";

/** What once found a fault, and which. */
const found: Readonly<Record<number, string>> = {
  20: "a folder that was removed came back",
  62: "what was moved here and had no row yet came back when others removed it",
};

for (const [seed, fault] of Object.entries(found)) {
  test(`seed ${seed}: ${fault}`, async () => {
    const story = new SimulatedKillStory(Number(seed), { kills: 16, mostLarge: 0 });
    await story.run();
    expect(await story.faults()).toEqual([]);
  });
}

test("with files that back their own chunks", async () => {
  const story = new SimulatedKillStory(2, { kills: 4, mostLarge: 1 });
  await story.run();
  expect(await story.faults()).toEqual([]);
});

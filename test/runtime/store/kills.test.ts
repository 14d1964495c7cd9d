// What two real nodes hold outlives that they are killed again and again, in the middle of everything.

import { afterEach, expect, test } from "vitest";
import { KillStory } from "./kill-story.ts";

const kills = 10;
const testMs = 300_000;
let story: KillStory | undefined;

afterEach(async () => {
  await story?.pair.dispose();
  story = undefined;
});

test("nodes that are killed at random instants lose nothing and agree in the end", { timeout: testMs }, async () => {
  story = await KillStory.begin("1");
  const { states, shared, changes } = await story.run(kills);
  expect(changes).toBeGreaterThan(10 * kills);
  for (const state of states) expect(state).toMatchObject({ problems: [], quarantined: 0, forks: 0, missingBlobs: 0 });
  for (const { path, shown, last, history } of shared) {
    const versions = history.map(({ sha256 }) => sha256);
    for (const written of last) expect(versions, path).toContain(written);
    // Either's last edit shows: the other's is a version beside it, or was seen by who wrote this one.
    if (last.length > 0) expect(last, path).toContain(shown);
  }
});

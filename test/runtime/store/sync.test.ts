// Two real nodes keep a folder the same on both sides, whatever is done to it, where, and who is there meanwhile.

import { afterEach, expect, test } from "vitest";
import type { StoreHostStatus } from "./host-messages.ts";
import { documentation, SyncStory, sha256 } from "./sync-story.ts";
import { patienceMs } from "./until.ts";

const MB = 1e6;
const testMs = 300_000;
let story: SyncStory | undefined;

afterEach(async () => {
  await story?.pair.dispose();
  story = undefined;
});

const atPeace: Partial<StoreHostStatus> = { problems: [], quarantined: 0, forks: 0, missingBlobs: 0, states: ["idle"] };

test("what is done to a tree of files on one side, or on both, arrives on the other byte for byte", {
  timeout: testMs,
}, async () => {
  story = await SyncStory.begin({ trees: documentation(600), largeBytes: [16 * MB, 8 * MB], patienceMs });
  await story.appear();
  await story.edit();
  await story.move();
  await story.bothWays();
  await story.remove();
  const { versions, states } = await story.conflict();
  for (const state of states) expect(state).toMatchObject({ ...atPeace, conflicts: ["versions: both.txt"] });
  const heads = versions.filter(({ head }) => head).map((version) => version.sha256);
  expect(heads.sort()).toEqual([sha256("by a\n"), sha256("by b, longer\n")].sort());
  expect(versions.length).toBe(3);
  const contents = story.contents(story.pair.a);
  expect(contents.get("edited.txt")).toBe("before\nedited by b\n");
  expect([contents.get("in one"), contents.get("in third")]).toEqual(["1\n", "3\n"]);
});

// The long version of test/runtime/store/sync.test.ts: the whole documentation of this machine and some hundred MB more.
// Run with `node test/runtime/long/store-sync.ts [MB of the larger file] [most files]`.

import { documentation, SyncStory, sha256 } from "../store/sync-story.ts";

const [megabytes = "200", files = "1000000"] = process.argv.slice(2);
const largeBytes = [Number(megabytes) * 1e6, Number(megabytes) * 5e5] as const;
const done = (step: string, tookMs: number) => console.log(`${(tookMs / 1000).toFixed(2).padStart(8)} s  ${step}`);

const story = await SyncStory.begin({ trees: documentation(Number(files)), largeBytes, patienceMs: 600_000, done });
try {
  await story.appear();
  await story.edit();
  await story.move();
  await story.bothWays();
  await story.remove();
  const { versions, states } = await story.conflict();
  const heads = new Set(versions.filter(({ head }) => head).map((version) => version.sha256));
  const bothLive = [sha256("by a\n"), sha256("by b, longer\n")].every((hash) => heads.has(hash));
  const isKept = story.contents(story.pair.a).get("edited.txt") === "before\nedited by b\n";
  const isCalm = states.every(({ problems, quarantined, forks }) => problems.length + quarantined + forks === 0);
  console.log(
    `both edits live on: ${bothLive}; what was edited outlives its removal: ${isKept}; no problems: ${isCalm}`,
  );
  process.exitCode = bothLive && isKept && isCalm ? 0 : 1;
} finally {
  await story.pair.dispose();
}

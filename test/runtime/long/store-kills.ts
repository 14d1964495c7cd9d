// The long version of test/runtime/store/kills.test.ts: 100 times kill -9 while both folders change all the time.
// Run with `node test/runtime/long/store-kills.ts [kills] [seed]`.

import { KillStory } from "../store/kill-story.ts";

const [kills = "100", seed = "1"] = process.argv.slice(2);
const beganMs = performance.now();

const story = await KillStory.begin(seed);
try {
  const { changes, states, shared } = await story.run(Number(kills), (kill) => {
    if (kill % 10 === 0) console.log(`${kill} kills after ${((performance.now() - beganMs) / 1000).toFixed(0)} s`);
  });
  const lost = shared.flatMap(({ path, last, history }) => {
    const versions = history.map(({ sha256 }) => sha256);
    return last.filter((written) => !versions.includes(written)).map((written) => `${path}: ${written}`);
  });
  const strange = shared.filter(({ shown, last }) => last.length > 0 && !last.includes(shown)).map(({ path }) => path);
  const isCalm = states.every(({ problems, quarantined, forks }) => problems.length + quarantined + forks === 0);
  const versions = shared.reduce((sum, { history }) => sum + history.length, 0);
  console.log(`${changes} changes, ${kills} kills; both folders are the same, and as they were written`);
  console.log(`${shared.length} files that both wrote have ${versions} versions; lost: ${lost.join(", ") || "none"}`);
  console.log(
    `showing something else than an edit that came last: ${strange.join(", ") || "none"}; no problems: ${isCalm}`,
  );
  if (!isCalm) console.log(JSON.stringify(states, undefined, 2));
  process.exitCode = lost.length + strange.length === 0 && isCalm ? 0 : 1;
} finally {
  await story.pair.dispose();
}

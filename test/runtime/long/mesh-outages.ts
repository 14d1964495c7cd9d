// The long version of test/runtime/mesh/outages.test.ts: a stream while its relay is killed 20 times, and its sender gets
// other addresses as often. Run with `node test/runtime/long/mesh-outages.ts [kills] [address changes]`, as root.

import { routingLimits } from "#base/limits.ts";
import { MeshNetwork } from "../mesh/mesh-network.ts";
import { OutageStory } from "../mesh/outage-story.ts";

const mostSilenceMs = 2000;
/** From one outage to the next. Each may take a few new sequences of an end's, which come only so often. */
const calmMs = 3 * routingLimits.sequenceEveryMs;
const [kills = "20", changes = "20"] = process.argv.slice(2);

const network = await MeshNetwork.create();
try {
  const story = await OutageStory.begin(network);
  const killsMs = await repeated(Number(kills), async () => {
    await story.flow(calmMs);
    return story.killRelay();
  });
  console.log(`silences in ms, relay killed: ${described(killsMs)}`);
  const changesMs = await repeated(Number(changes), async () => {
    await story.flow(calmMs);
    return story.changeAddresses();
  });
  console.log(`silences in ms, sender's addresses changed: ${described(changesMs)}`);
  const [sent, received] = await story.end();
  const isWhole = received.sizeBytes === sent.sizeBytes && received.hash === sent.hash;
  console.log(`${(received.sizeBytes / 1e6).toFixed(0)} MB, whole and in order: ${isWhole}`);
  process.exitCode = isWhole && Math.max(...killsMs, ...changesMs) < mostSilenceMs ? 0 : 1;
} finally {
  await network.dispose();
}

async function repeated(times: number, outage: () => Promise<number>): Promise<number[]> {
  const silencesMs: number[] = [];
  for (let i = 0; i < times; i++) silencesMs.push(await outage());
  return silencesMs;
}

function described(silencesMs: readonly number[]): string {
  const sorted = silencesMs.toSorted((a, b) => a - b).map((ms) => ms.toFixed(0));
  return `median ${sorted[Math.floor(sorted.length / 2)]}, all ${sorted.join(" ")}`;
}

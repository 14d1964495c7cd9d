// The long version of test/runtime/mesh/line.test.ts: 500 MB over a relay that must see nothing of it.
// Run with `node test/runtime/long/mesh-line.ts [MB]`, as root.

import { searchMemory } from "../mesh/byte-search.ts";
import { keysOf, searchRecordings, startLine, transfer } from "../mesh/line-story.ts";
import { MeshNetwork } from "../mesh/mesh-network.ts";

const packetBytes = 65_536;
const [megabytes = "500"] = process.argv.slice(2);
const sizeBytes = Math.ceil((Number(megabytes) * 1e6) / packetBytes) * packetBytes;

const network = await MeshNetwork.create();
try {
  const line = await startLine(network);
  const { sent, received, tookMs, marker, leftMemory, middleMemory } = await transfer(line, sizeBytes);
  const isWhole = received.sizeBytes === sizeBytes && received.hash === sent.hash;
  console.log(`${sizeBytes} bytes over one relay, recorded at its wires, its memory searched meanwhile`);
  console.log(`whole and in order: ${isWhole}; ${(sizeBytes / 1000 / tookMs).toFixed(1)} MB/s`);
  console.log(`longest silence: ${received.longestSilenceMs.toFixed(0)} ms`);

  const { session, link } = await keysOf(line);
  const secrets = [marker, ...session];
  const memory = await searchMemory(line.middle.pid, [...secrets, ...link]);
  const wire = await searchRecordings(network, [...secrets, ...link]);
  const isIn = (counts: ReadonlyMap<string, number>) => (needle: string) => counts.get(needle) !== 0;
  const leaks = [
    ...secrets.filter(isIn(memory.counts)),
    ...[...secrets, ...link].filter(isIn(wire.counts)),
    ...[marker].filter(isIn(middleMemory.counts)),
  ];
  const isSeen = leftMemory.counts.get(marker) !== 0 && link.filter(isIn(memory.counts)).length >= 2;
  console.log(`the search finds what it should: ${isSeen}, with ${session.length} keys that only the ends share`);
  console.log(
    `secrets in ${inMB(memory.searchedBytes)} of the relay's memory and ${inMB(wire.searchedBytes)} of its wires: ${leaks.length}`,
  );
  process.exitCode = isWhole && isSeen && session.length >= 2 && leaks.length === 0 ? 0 : 1;
} finally {
  await network.dispose();
}

function inMB(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

// The long version of test/runtime/resumable.test.ts, too long for every `npm test`: 1 GiB over a resumable pipe on TCP,
// cut 20 times. Run with `node test/runtime/long/resumable-gib.ts [tcp|ws] [MiB] [cuts]`.

import { resumableLimits } from "#base/limits.ts";
import { transfer } from "../resumable-transfer.ts";

const MiB = 1024 * 1024;
const [scheme = "tcp", sizeMiB = "1024", cuts = "20"] = process.argv.slice(2);
if (scheme !== "tcp" && scheme !== "ws") throw new Error(`the scheme is tcp or ws, not ${scheme}`);

const totalBytes = Number(sizeMiB) * MiB;
console.log(`${sizeMiB} MiB over ${scheme}, cut ${cuts} times; window ${resumableLimits.windowBytes / MiB} MiB`);
const result = await transfer({
  scheme,
  totalBytes,
  cuts: Number(cuts),
  onCut: (cut, resentBytes) => console.log(`  cut ${cut}; sent again so far: ${inMiB(resentBytes)} MiB`),
});

const isWhole = result.receivedBytes === totalBytes && result.receivedHash === result.sentHash;
const isWithinWindow = result.resentBytes.every((bytes) => bytes <= resumableLimits.windowBytes);
console.log(`whole: ${isWhole}, SHA-256 ${result.receivedHash}`);
console.log(
  `reconnects: ${result.reconnects}; sent again after each, in MiB: ${result.resentBytes.map(inMiB).join(" ")}`,
);
console.log(`within the window: ${isWithinWindow}`);
console.log(`time: ${(result.tookMs / 1000).toFixed(2)} s, ${inMiB((totalBytes * 1000) / result.tookMs)} MiB/s`);
console.log(`peak memory of all in one process: ${inMiB(result.peakResidentBytes)} MiB`);
process.exitCode = isWhole && isWithinWindow && result.reconnects === Number(cuts) ? 0 : 1;

function inMiB(bytes: number): string {
  return (bytes / MiB).toFixed(1);
}

// The long version of test/runtime/firefly-transfer.test.ts: 1 GiB as an argument of a call, over a resumable pipe that
// is cut 20 times. Run with `node test/runtime/long/firefly-gib.ts [MiB] [cuts]`.

import { tmpdir } from "node:os";
import { transferByCall } from "../firefly-transfer.ts";

const MiB = 1024 * 1024;
const [sizeMiB = "1024", cuts = "20"] = process.argv.slice(2);
const totalBytes = Number(sizeMiB) * MiB;

console.log(`${sizeMiB} MiB as an argument of a call, over TCP, cut ${cuts} times`);
const result = await transferByCall(totalBytes, Number(cuts), tmpdir());
const isWithin = result.resentBytes <= result.allowedBytes;
console.log(
  `whole: ${result.isWhole && result.receivedBytes === BigInt(totalBytes)}; reconnects: ${result.reconnects}`,
);
console.log(`sent again: ${inMiB(result.resentBytes)} MiB; allowed: ${inMiB(result.allowedBytes)} MiB`);
console.log(`${(result.tookMs / 1000).toFixed(2)} s, ${inMiB((totalBytes * 1000) / result.tookMs)} MiB/s`);
console.log(`peak memory of both ends and the proxy in one process: ${inMiB(result.peakResidentBytes)} MiB`);
process.exitCode = result.isWhole && isWithin && result.reconnects === Number(cuts) ? 0 : 1;

function inMiB(bytes: number): string {
  return (bytes / MiB).toFixed(1);
}

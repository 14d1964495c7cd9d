// Machines in a line, with the sizes of a real day: a folder of some hundred MB, documentation and four large files, and
// files of 200 MB that pass while the relay is killed. Then one is away for five minutes. Run as root with
// `node test/runtime/long/three-hosts.ts [MB of a large file] [most files] [seconds away] [MB of noise in the folder]`.

import type { GlowHome } from "../cli/glow-home.ts";
import { type Killed, LineStory } from "../hosts/line-story.ts";

const [megabytes = "200", files = "1000000", awaySeconds = "300", noise = "250"] = process.argv.slice(2);
const done = (step: string, tookMs: number) => console.log(`${(tookMs / 1000).toFixed(2).padStart(8)} s  ${step}`);
const faults: string[] = [];

function check(what: string, isSo: boolean): void {
  if (!isSo) faults.push(what);
}

function tell(how: string, { killed, at, tookMs, sent, size, isWhole }: Killed & { readonly isWhole: boolean }): void {
  const more = ((100 * (sent - size)) / size).toFixed(1);
  const rest = `${(tookMs / 1000).toFixed(2)} s later C had all of it`;
  console.log(
    `${how}: ${killed} killed after ${inMB(at)}; ${rest}; A sent ${inMB(sent)} of ${inMB(size)}: ${more} % more`,
  );
  check(`${how}: the file is the same`, isWhole);
  check(`${how}: little was sent twice`, sent < size * 1.1);
}

async function search(name: string, relay: GlowHome): Promise<void> {
  const { bytes, searched, found } = await story.spy(relay);
  console.log(
    `${name}'s home: ${(bytes / 1000).toFixed(0)} kB, searched ${(searched / 1000).toFixed(0)}; names and contents in it: ${found.length}`,
  );
  check(`${name} holds nothing`, found.length === 0 && searched > 0);
}

function inMB(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const story = await LineStory.begin({
  files: Number(files),
  noiseBytes: Number(noise) * 1e6,
  largeBytes: Number(megabytes) * 1e6,
  done,
});
try {
  await story.join();
  const { differences, files: count, bytes } = await story.bind();
  console.log(`${count} files, ${inMB(bytes)}; differences: ${differences.length}`);
  check("the folders are the same", differences.length === 0);
  await search("B", story.b);
  const { text } = await story.ways();
  console.log(text.out.trim());
  console.log((await story.doctorWithoutRelay()).out.trim());
  await story.addSecondRelay();
  tell("put", await story.putWhileKilled());
  await story.restart();
  tell("get", await story.getWhileKilled());
  await story.restart();
  for (const [name, relay] of [
    ["B", story.b],
    ["D", story.d],
  ] as const) {
    await search(name, relay);
  }
  const away = await story.goAway(Number(awaySeconds) * 1000);
  console.log(
    `away for ${awaySeconds} s; the same ${(away.tookMs / 1000).toFixed(2)} s after; conflicts: ${away.conflicts.join(" | ")}`,
  );
  check(
    "one conflict",
    away.conflicts.every((paths) => paths.join() === "in/both.txt"),
  );
  const resolved = await story.resolve();
  console.log(`resolved on both after ${(resolved.tookMs / 1000).toFixed(2)} s`);
  check(
    "it is as A has it",
    resolved.contents.every((content) => content === "as a has it\n"),
  );
} finally {
  await story.dispose();
}
for (const fault of faults) console.log(`not so: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;

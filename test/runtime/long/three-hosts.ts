// Machines in a line, with the sizes of a real day: some hundred MB of documentation, and files of 200 MB that pass while
// the relay is killed. Run with `node test/runtime/long/three-hosts.ts [MB of a large file] [most files] [seconds away]`, as root.

import { type Killed, LineStory } from "../hosts/line-story.ts";

const [megabytes = "200", files = "1000000", awaySeconds = "120"] = process.argv.slice(2);
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

function inMB(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const story = await LineStory.begin({ files: Number(files), largeBytes: Number(megabytes) * 1e6, done });
try {
  await story.join();
  const { differences, files: count, bytes } = await story.bind();
  console.log(`${count} files, ${inMB(bytes)}; differences: ${differences.length}`);
  check("the folders are the same", differences.length === 0);
  const spied = await story.spy(story.b);
  console.log(`B's home: ${(spied.bytes / 1000).toFixed(0)} kB, names and contents found in it: ${spied.found.length}`);
  check("B holds nothing", spied.found.length === 0);
  const { text } = await story.ways();
  console.log(text.out.trim());
  console.log((await story.doctorWithoutRelay()).out.trim());
  await story.addSecondRelay();
  tell("put", await story.putWhileKilled());
  await story.restart();
  tell("get", await story.getWhileKilled());
  await story.restart();
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

// 200,000 files in a drive: how long its folders take to list, a node to open it, and two nodes to find that neither has
// anything new. Run with `node test/runtime/long/store-many.ts [files]`.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DriveListing } from "../store/host-messages.ts";
import { StoreDevice } from "../store/store-device.ts";
import { until } from "../store/until.ts";

const [count = "200000"] = process.argv.slice(2);
const files = Number(count);
/** One full folder, and the others as people have them. */
const fullFiles = files / 20;
const folderFiles = 1000;
const folders = Math.ceil((files - fullFiles) / folderFiles);
const rounds = 5;
const aims = { listMs: 100, readyMs: 3000, reconciledMs: 1000 };
const longMs = 1_800_000;

const root = mkdtempSync(join(tmpdir(), "glow-many-"));
const one = await StoreDevice.create({ name: "one", root, holdsFolders: false });
const other = await StoreDevice.create({ name: "other", root, holdsFolders: false, dials: one });
try {
  await one.call({ do: "createUser" });
  await other.call({ do: "join", code: await one.call<string>({ do: "invite" }) });
  const space = await one.call<string>({ do: "createDrive" });
  await timed(`${files} files written on one node`, async () => {
    await one.call({ do: "fill", space, folder: "full", files: fullFiles });
    for (let i = 0; i < folders; i++) await one.call({ do: "fill", space, folder: `folder ${i}`, files: folderFiles });
  });
  await timed("until the other node holds them as well", () => untilAlike(longMs));

  const lists = async (path: string): Promise<number> => {
    const tookMs: number[] = [];
    for (let i = 0; i < rounds; i++) tookMs.push((await other.call<DriveListing>({ do: "list", space, path })).tookMs);
    return median(tookMs);
  };
  const usual = Math.max(await lists(""), await lists("folder 0"), await lists(`folder ${folders - 1}`));
  say(`listing of a folder of ${folderFiles}, and of the top of ${folders + 1}`, usual, aims.listMs);
  say(`listing of the folder of ${fullFiles}`, await lists("full"), aims.listMs);

  const ready: number[] = [];
  const reconciled: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await other.stop();
    ready.push(await other.start());
    const beganMs = performance.now();
    await untilAlike();
    reconciled.push(performance.now() - beganMs);
  }
  const isReady = say("from the start of the process until the storage is open", median(ready), aims.readyMs);
  const isQuick = say("from then until both know that nothing is new", median(reconciled), aims.reconciledMs);
  process.exitCode = isReady && isQuick && usual <= aims.listMs ? 0 : 1;
} finally {
  await Promise.all([one.kill(), other.kill()]);
  rmSync(root, { recursive: true });
}

/** Linked, and each says that it holds all that the other does. */
async function untilAlike(waitMs?: number): Promise<void> {
  const isSo = async () => {
    const states = await Promise.all([one.status(), other.status()]);
    return states.every(({ peers, alike }) => peers === 1 && alike);
  };
  await until("both hold the same", isSo, waitMs);
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const beganMs = performance.now();
  await work();
  console.log(`${((performance.now() - beganMs) / 1000).toFixed(1)} s  ${what}`);
}

function say(what: string, tookMs: number, aimMs: number): boolean {
  const isWithin = tookMs <= aimMs;
  console.log(`${what}: ${tookMs.toFixed(0)} ms, ${isWithin ? "within" : "past"} ${aimMs} ms`);
  return isWithin;
}

function median(results: readonly number[]): number {
  return results.toSorted((a, b) => a - b)[results.length >> 1] as number;
}

// An index whose process is killed: all that it said it had written is there, each write whole; and while it lives,
// nobody else opens its index.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { equalBytes } from "#base/bytes.ts";
import { integerBelow, SeededRandom } from "#base/random.ts";
import type { Index } from "#glow";
import { SqliteIndexes } from "#platform/nodejs/sqlite-indexes.ts";
import { failure } from "../compliance/subject.ts";
import { countKey, rowsOf } from "./index-host.ts";

let folder: string;
let writer: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "glow-index-crash-"));
});

afterEach(async () => {
  writer?.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** Lets a process write until it has said so many lines, kills it, and gives the last count that it said. */
async function writeAndKill(lines: number, before: () => Promise<void>): Promise<number> {
  writer = spawn(process.execPath, [join(import.meta.dirname, "index-host.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(writer, "exit");
  let said = 0;
  let left = lines;
  for await (const line of createInterface({ input: writer.stdout as NodeJS.ReadableStream })) {
    said = Number(line);
    if (left === lines) await before();
    if (--left === 0) writer.kill("SIGKILL");
  }
  await exited;
  return said;
}

/** How many writes are in; fails unless each of them is whole, and nothing else is there. */
async function writesIn(index: Index): Promise<number> {
  const [stored] = await index.read([countKey]);
  const count = stored === undefined ? 0 : new DataView(stored.slice().buffer).getUint32(0);
  const expected = Array.from({ length: count }, (_, i) => rowsOf(i + 1)).flat();
  const values = await index.read(expected.map(([key]) => key));
  expect(expected.every(([, value], i) => equalBytes(value, values[i] ?? new Uint8Array()))).toBe(true);
  const rows = await index.range(Uint8Array.of(1), Uint8Array.of(2), 65_536);
  expect(rows.length).toBe(expected.length);
  return count;
}

test("ten kills, and after each everything that was said to be written", async () => {
  const random = new SeededRandom("index kills");
  const indexes = new SqliteIndexes(folder);
  for (let kill = 0; kill < 10; kill++) {
    const said = await writeAndKill(1 + integerBelow(random, 200), async () => {
      await failure(indexes.open("store"), "unavailable");
    });
    const index = await indexes.open("store");
    expect(index.wasReset).toBe(false);
    expect(await writesIn(index)).toBeGreaterThanOrEqual(said);
    await index.close();
  }
});

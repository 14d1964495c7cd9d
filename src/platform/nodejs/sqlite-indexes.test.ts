// What indexes in SQLite files do beyond the contract: damage of every kind is found and the file made anew, never taken
// for data; another process, a full disk and a dead thread are told of.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Index, IndexChange } from "#glow";
import { equalBytes, toHex } from "#base/bytes.ts";
import { indexLimits } from "#base/limits.ts";
import { integerBelow, pick, SeededRandom } from "#base/random.ts";
import { failure, patterned } from "../../../test/compliance/subject.ts";
import { SqliteFile } from "./sqlite-file.ts";
import { SqliteIndexes } from "./sqlite-indexes.ts";
import { markClean, markDamaged } from "./sqlite-mark.ts";

let folder: string;
let path: string;
let indexes: SqliteIndexes;

// Keeps the thread of this process, which would otherwise start anew with every index that is opened.
const keeperFolder = await mkdtemp(join(tmpdir(), "glow-index-"));
const keeper = await new SqliteIndexes(keeperFolder).open("keeper");

async function endKeeper(): Promise<void> {
  await keeper.close();
  await rm(keeperFolder, { recursive: true, force: true });
}

afterAll(endKeeper);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "glow-index-"));
  path = join(folder, "store.sqlite");
  indexes = new SqliteIndexes(folder);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const everything = [new Uint8Array(), new Uint8Array(64).fill(255), indexLimits.rowsPerRange] as const;

/** Keys of 8 to 40 bytes, values of 0 to 20,000: pages of every kind, with overflow. */
function change(seed: number): IndexChange {
  return {
    key: patterned(seed, 8 + (seed % 33)),
    value: patterned(seed, seed % 97 === 0 ? 20_000 : seed % 200),
  };
}

function changes(from: number, to: number): IndexChange[] {
  return Array.from({ length: to - from }, (_, i) => change(from + i));
}

async function filled(rows = 2000): Promise<Index> {
  const index = await indexes.open("store");
  await index.write(changes(0, rows));
  return index;
}

/** Opens what is at the path, expects that it was made anew, and that it works. */
async function expectReset(): Promise<void> {
  const index = await indexes.open("store");
  expect(index.wasReset).toBe(true);
  expect(await index.range(...everything)).toEqual([]);
  await index.write(changes(0, 10));
  await index.close();
  const again = await indexes.open("store");
  expect(again.wasReset).toBe(false);
  expect((await again.range(...everything)).length).toBe(10);
  await again.close();
}

/** The files as a crash at this moment leaves them, in another folder. */
function crashed(): SqliteIndexes {
  const copy = join(folder, "crashed");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy);
  for (const end of ["", "-wal"]) copyFileSync(path + end, join(copy, `store.sqlite${end}`));
  return new SqliteIndexes(copy);
}

function overwrite(file: string, random: SeededRandom): void {
  const bytes = readFileSync(file);
  const at = integerBelow(random, bytes.length);
  const length = Math.min(pick(random, [1, 1, 4, 100, 5000]), bytes.length - at);
  for (let i = at; i < at + length; i++) bytes[i] = (bytes[i] as number) ^ (1 + integerBelow(random, 255));
  writeFileSync(file, bytes);
}

describe("damage after a close is found at once", () => {
  test("bytes overwritten anywhere", async () => {
    const random = new SeededRandom("overwritten");
    for (let round = 0; round < 10; round++) {
      const index = await filled(500);
      await index.close();
      overwrite(path, random);
      await expectReset();
      await indexes.remove("store");
    }
  });

  test.each([
    ["cut short", () => truncateSync(path, 100_000)],
    ["empty", () => truncateSync(path, 0)],
    ["longer", () => truncateSync(path, statSync(path).size + 8192)],
    ["no database", () => writeFileSync(path, "hello, world\n".repeat(1000))],
    ["a folder", () => replaceByFolder()],
  ])("%s", async (_, damage) => {
    const index = await filled();
    await index.close();
    damage();
    await expectReset();
  });

  test("another layout", async () => {
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE pairs (key TEXT, value TEXT); INSERT INTO pairs VALUES ('a', 'b')");
    database.close();
    await expectReset();
  });

  test("read-only", async () => {
    const index = await filled();
    await index.close();
    chmodSync(path, 0o400);
    const again = await indexes.open("store");
    // Root may write to it all the same.
    expect(again.wasReset).toBe(process.getuid?.() !== 0);
    await again.write(changes(0, 10));
    await again.close();
  });

  function replaceByFolder(): void {
    indexes = new SqliteIndexes(join(folder, "other"));
    path = join(folder, "other", "store.sqlite");
    mkdirSync(join(path, "inside"), { recursive: true });
  }
});

describe("after a crash", () => {
  test("all that was written is there", async () => {
    const index = await filled(3000);
    const copy = await crashed().open("store");
    expect(copy.wasReset).toBe(false);
    expect((await copy.range(...everything)).length).toBe(3000);
    await copy.close();
    await index.close();
  });

  test("damage of the file is found, or changes nothing", async () => {
    // The close brings everything into the file; then one write is in the log.
    await (await filled()).close();
    const index = await indexes.open("store");
    await index.write([]);
    let resets = 0;
    const random = new SeededRandom("crashed");
    for (let round = 0; round < 25; round++) {
      const copies = crashed();
      overwrite(join(folder, "crashed", "store.sqlite"), random);
      const copy = await copies.open("store");
      if (copy.wasReset) resets++;
      else await expectRows(copy, 2000);
      await copy.close();
    }
    expect(resets).toBeGreaterThan(20);
    await index.close();
  });

  test("damage of the log leaves what was there after some earlier write", async () => {
    const index = await indexes.open("store");
    const perWrite = 50;
    // Each write has also the number of writes in one row, so that old and new pages would show.
    for (let i = 1; i <= 40; i++) {
      const count = { key: new Uint8Array(1), value: Uint8Array.of(i) };
      await index.write([...changes((i - 1) * perWrite, i * perWrite), count]);
    }
    const random = new SeededRandom("log");
    const found = new Set<number>();
    for (let round = 0; round < 25; round++) {
      const copies = crashed();
      overwrite(join(folder, "crashed", "store.sqlite-wal"), random);
      const copy = await copies.open("store");
      expect(copy.wasReset).toBe(false);
      const [count] = await copy.read([new Uint8Array(1)]);
      const writes = count?.[0] ?? 0;
      const rows = await copy.range(Uint8Array.of(0, 0), everything[1], everything[2]);
      expect(rows.length).toBe(writes * perWrite);
      await expectRows(copy, writes * perWrite);
      found.add(writes);
      await copy.close();
    }
    expect(found.size).toBeGreaterThan(5);
    await index.close();
  });

  test("a mark that was cut off is no mark", async () => {
    const index = await filled();
    await index.close();
    for (const mark of ["", "clean 12", "x"]) {
      writeFileSync(`${path}-mark`, mark);
      const again = await indexes.open("store");
      expect(again.wasReset).toBe(false);
      await again.close();
    }
  });
});

/** The first rows are as they were written. */
async function expectRows(index: Index, count: number): Promise<void> {
  const expected = changes(0, count);
  const values = await index.read(expected.map(({ key }) => key));
  for (const [i, { key, value }] of expected.entries()) {
    const found = values[i];
    expect(found !== undefined && equalBytes(found, value as Uint8Array), toHex(key)).toBe(true);
  }
}

test("a row that the medium changed is refused, and the index made anew when it is opened next", async () => {
  const index = await filled(100);
  await index.close();
  const database = new DatabaseSync(path);
  const { key, value } = change(49);
  database.prepare("UPDATE pairs SET value = zeroblob(?) WHERE key = ?").run((value as Uint8Array).length, key);
  database.close();
  // As if it had been closed like that: damage that comes while the index is in use.
  markClean(path);
  const damaged = await indexes.open("store");
  expect(damaged.wasReset).toBe(false);
  await failure(damaged.read([key]), "corrupt");
  await failure(damaged.range(...everything), "corrupt");
  expect(await damaged.read([change(1).key])).toEqual([change(1).value]);
  await damaged.close();
  await expectReset();
});

test.each(["'text'", "1.5", "9223372036854775807"])("a sum that became %s is damage", async (sum) => {
  const index = await filled(100);
  await index.close();
  const database = new DatabaseSync(path);
  const { key } = change(49);
  database.prepare(`UPDATE pairs SET sum = ${sum} WHERE key = ?`).run(key);
  database.close();
  markClean(path);
  const damaged = await indexes.open("store");
  await failure(damaged.read([key]), "corrupt");
  await damaged.close();
  await expectReset();
});

describe("room", () => {
  test("a full disk is `exhausted`, and what was written before is there", async (context) => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "glow-test", disk], { stdio: "pipe" });
    } catch (error) {
      context.skip(`no small disk can be made here (that needs root): ${String(error)}`);
    }
    try {
      const small = new SqliteIndexes(disk);
      const index = await small.open("store");
      let written = 0;
      const fill = async () => {
        for (; written < 100_000; written += 100) await index.write(changes(written, written + 100));
      };
      const error = await failure(fill(), "exhausted");
      expect(error.message).toContain("full");
      await expectRows(index, written);
      await failure(index.write(changes(written, written + 100)), "exhausted");
      // What was written is in the log, and there is no room to bring it into the file.
      await failure(index.close(), "exhausted");
      const again = await small.open("store");
      expect(again.wasReset).toBe(false);
      await expectRows(again, written);
      await failure(again.close(), "exhausted");
    } finally {
      execFileSync("umount", [disk]);
    }
  });

  test("a write that fits no more fails as `exhausted` and changes nothing; the index goes on (indexLimits.fileBytes)", () => {
    const { file } = SqliteFile.open(path, 1024 * 1024);
    const flat = (list: readonly IndexChange[]) => list.flatMap(({ key, value }) => [key, value ?? undefined]);
    file.write(flat(changes(0, 1000)));
    expect(() => file.write(flat(changes(1000, 20_000)))).toThrow(expect.objectContaining({ kind: "exhausted" }));
    const keys = changes(0, 2000).map(({ key }) => key);
    expect(file.read(keys).filter((value) => value !== undefined).length).toBe(1000);
    file.write(flat(changes(1000, 1100)));
    file.close();
    const again = SqliteFile.open(path);
    expect(again.wasReset).toBe(false);
    expect(again.file.read(keys).filter((value) => value !== undefined).length).toBe(1100);
    again.file.close();
  });

  test("removed rows leave room for others", () => {
    const { file } = SqliteFile.open(path, 1024 * 1024);
    for (let round = 0; round < 20; round++) {
      file.write(changes(round * 1000, round * 1000 + 1000).flatMap(({ key, value }) => [key, value ?? undefined]));
      file.clear();
    }
    file.close();
    expect(statSync(path).size).toBeLessThanOrEqual(1024 * 1024);
  });
});

describe("the thread", () => {
  beforeAll(endKeeper);

  async function openedWithWorker(): Promise<{ index: Index; worker: Worker }> {
    const started = new Promise<Worker>((resolve) => process.once("worker", resolve));
    const index = await filled();
    return { index, worker: await started };
  }

  test("ends with the last index, and starts again with the next", async () => {
    const { index, worker } = await openedWithWorker();
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    const other = await indexes.open("other");
    await index.close();
    await other.write(changes(0, 10));
    await other.close();
    await ended;
    const again = await indexes.open("store");
    expect((await again.range(...everything)).length).toBe(2000);
    await again.close();
  });

  test("that dies is told of: what was under way fails, and opening anew helps", async () => {
    const { index, worker } = await openedWithWorker();
    const underWay = failure(index.range(...everything), "unavailable");
    await worker.terminate();
    await underWay;
    const error = await failure(index.read([new Uint8Array()]), "unavailable");
    expect(error.message).toContain("open it anew");
    await failure(index.close(), "unavailable");
    const again = await indexes.open("store");
    expect(again.wasReset).toBe(false);
    expect((await again.range(...everything)).length).toBe(2000);
    await again.close();
  });
});

test("what another program has open is not thrown away, whatever its mark says", async () => {
  const { file } = SqliteFile.open(path);
  file.write([Uint8Array.of(1), Uint8Array.of(2)]);
  await failure(indexes.open("store"), "unavailable");
  markDamaged(path);
  await failure(indexes.open("store"), "unavailable");
  expect(file.read([Uint8Array.of(1)])).toEqual([Uint8Array.of(2)]);
  file.close();
  const index = await indexes.open("store");
  expect(await index.read([Uint8Array.of(1)])).toEqual([Uint8Array.of(2)]);
  await index.close();
});

test("what belongs to an index is gone when it is removed", async () => {
  const index = await filled();
  await index.close();
  await indexes.remove("store");
  expect(existsSync(path) || existsSync(`${path}-mark`) || existsSync(`${path}-wal`)).toBe(false);
});

test("a folder that cannot be made is told of", async () => {
  writeFileSync(join(folder, "file"), "");
  await failure(new SqliteIndexes(join(folder, "file", "index")).open("store"), "invalid", "already-exists");
});

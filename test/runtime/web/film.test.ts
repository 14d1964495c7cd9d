// A recording of a hundred MB on one machine is played in the page of another, which keeps names only: no more of it is fetched
// than what is listened to, and a jump to another place takes less than a second. Real processes, a real browser.

import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { namespacesMissing } from "../namespaces.ts";
import { PageNetwork } from "./page-network.ts";
import { type Played, playAndJump } from "./played.ts";

const missing = namespacesMissing();
const filmBytes = 100_000_000;
const mostFetchedBytes = filmBytes / 2;

let network: PageNetwork;

beforeAll(async () => {
  if (missing === undefined) network = await PageNetwork.create();
}, 120_000);

afterAll(async () => {
  if (missing === undefined) await network[Symbol.asyncDispose]();
});

test("a device of names fetches what is listened to, and jumps within a second", {
  timeout: 180_000,
}, async (context) => {
  context.skip(missing !== undefined, missing);
  const { a, c } = network;
  await a.json("drives", "create", "films");
  await expect.poll(async () => (await c.run("drives", "hold", "films", "names")).code, { timeout: 30_000 }).toBe(0);
  await mkdir(a.path("films"));
  await a.json("bind", a.path("films"), "films");
  await writeNoise(a.path("films"), "concert.wav");
  const sizeAtC = async (): Promise<number> => {
    const found = await c.json<{ sizeBytes: number }[]>("stat", "films/concert.wav").catch(() => []);
    return found[0]?.sizeBytes ?? 0;
  };
  await expect.poll(sizeAtC, { timeout: 120_000, interval: 500 }).toBe(filmBytes);
  const before = await sizeOf(c.home);

  const browser = await network.startBrowser("c");
  const page = await browser.newPage();
  const { url } = await c.json<{ url: string }>("page");
  await page.goto(url);
  await page.getByRole("heading", { name: "Files" }).waitFor();
  await page.evaluate("location.hash = '#/files/films/concert.wav'");
  const played: Played = await playAndJump(page, "audio", 0.8);
  const fetchedBytes = (await sizeOf(c.home)) - before;
  console.log(
    `of ${filmBytes / 1e6} MB ${(fetchedBytes / 1e6).toFixed(1)} MB were fetched; ` +
      `playing after ${played.begunMs} ms, jumps took ${played.jumpsMs.join(", ")} ms`,
  );
  expect(Math.min(...played.jumpsMs)).toBeLessThan(1000);
  expect(fetchedBytes).toBeGreaterThan(100_000);
  expect(fetchedBytes).toBeLessThan(mostFetchedBytes);
  const [films] = await c.json<{ content: string; missingBytes: number }[]>("drives");
  expect(films?.content).toBe("names");
  expect(films?.missingBytes).toBeGreaterThan(filmBytes - mostFetchedBytes);
});

/** 48,000 samples a second, two channels, 16 bits: noise, so that no chunk is like another. */
async function writeNoise(folder: string, name: string): Promise<void> {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(filmBytes - 8, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(2, 22);
  head.writeUInt32LE(48_000, 24);
  head.writeUInt32LE(192_000, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(filmBytes - 44, 40);
  // Moved in when it is whole.
  const beside = join(folder, "..", name);
  const file = await open(beside, "w");
  await file.write(head);
  for (let at = head.length; at < filmBytes; at += 4_000_000) {
    await file.write(randomBytes(Math.min(4_000_000, filmBytes - at)));
  }
  await file.close();
  await rename(beside, join(folder, name));
}

/** Of all files in a folder and below. */
async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}

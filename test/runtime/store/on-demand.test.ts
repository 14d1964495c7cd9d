// A device that holds only names shows the whole tree, and fetches of a file what is read of it, and no more.

import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noise } from "../../store/content-fixture.ts";
import { defaultChunkSizes } from "#store/content/chunk-sizes.ts";
import type { DriveListing, FileVersion } from "./host-messages.ts";
import { StoreDevice } from "./store-device.ts";
import { until } from "./until.ts";

const testMs = 300_000;
const largeBytes = 24_000_000;
let root: string;
let devices: StoreDevice[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "glow-on-demand-"));
  devices = [];
});

afterEach(async () => {
  await Promise.all(devices.map((device) => device.kill()));
  rmSync(root, { recursive: true, force: true });
});

test("a device of names fetches what is opened", { timeout: testMs }, async () => {
  const full = await StoreDevice.create({ name: "full", root });
  const thin = await StoreDevice.create({ name: "thin", root, dials: full, mode: "names", holdsFolders: false });
  devices.push(full, thin);
  await full.call({ do: "createUser" });
  await thin.call({ do: "join", code: await full.call<string>({ do: "invite" }) });
  const space = await full.call<string>({ do: "createDrive" });
  const large = noise("large", largeBytes);
  mkdirSync(join(full.folder, "many"));
  for (let i = 0; i < 300; i++) writeFileSync(join(full.folder, "many", `small ${i}`), noise(i, 5000));
  writeFileSync(join(full.folder, "large"), large);
  await full.call({ do: "bind", space, folder: full.folder });
  await until("the thin device shows all of it", async () => {
    const listings = ["", "many"].map((path) => thin.call<DriveListing>({ do: "list", space, path }));
    const [top, many] = await Promise.all(listings.map((listing) => listing.catch(() => undefined)));
    return top?.entries === 2 && many?.entries === 300;
  });
  const blobs = async (): Promise<number> => (await thin.status()).blobs;
  expect(await blobs()).toBe(0);
  expect((await thin.status()).missingBlobs).toBeGreaterThan(300 + largeBytes / defaultChunkSizes.most);

  const read = async (path: string, offset: number, length: number): Promise<Buffer> =>
    Buffer.from(await thin.call<string>({ do: "read", space, path, offset, length }), "base64");
  const [offset, length] = [11_000_000, 300_000];
  expect((await read("large", offset, length)).equals(large.subarray(offset, offset + length))).toBe(true);
  // The chunks that the range touches, and lists of chunks on the way to them.
  const fetched = await blobs();
  expect(fetched).toBeGreaterThan(0);
  const lists = 2;
  expect(fetched).toBeLessThanOrEqual(Math.ceil(length / defaultChunkSizes.least) + 1 + lists);
  await read("large", offset + 1000, length - 2000);
  expect(await blobs()).toBe(fetched);
  expect((await read("many/small 7", 0, 10_000)).equals(noise(7, 5000))).toBe(true);
  expect(await blobs()).toBe(fetched + 1);

  const [version] = await thin.call<FileVersion[]>({ do: "history", space, path: "large" });
  expect(version?.sha256).toBe(createHash("sha256").update(large).digest("hex"));
  expect((await thin.status()).missingBlobs).toBe(299);

  // Without a device that has it, what was not opened is not there; what was opened is.
  await full.stop();
  expect((await read("large", 0, 5000)).equals(large.subarray(0, 5000))).toBe(true);
  expect((await read("many/small 7", 0, 10)).length).toBe(10);
});

// The port of a page, kept on a disk.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NodeDisk } from "#platform/nodejs/disk.ts";
import { readPagePort, writePagePort } from "./page-port.ts";

test("a port is found again, and damage is as if there had been none", async () => {
  const folder = await mkdtemp(join(tmpdir(), "glow-port-"));
  const disk = new NodeDisk(folder);
  expect(await readPagePort(disk)).toBeUndefined();
  await writePagePort(disk, 4569);
  await writePagePort(disk, 4570);
  expect(await readPagePort(disk)).toBe(4570);
  const file = await disk.open("pages/port");
  await file.write(0, Uint8Array.of(1, 2, 3));
  await file.close();
  expect(await readPagePort(disk)).toBeUndefined();
  await rm(folder, { recursive: true });
});

// Copies within a drive, of files and of folders larger than one change.

import { expect, test } from "vitest";
import type { DriveStep } from "#glow";
import { driveLimits } from "#base/limits.ts";
import { DriveDevice } from "../../../test/store/drive-devices.ts";
import { copyObject } from "./drive-copy.ts";
import { walk } from "./drive-walk.ts";

test("a copy has the same content, modes and times, and no chunk is placed again", async () => {
  const device = new DriveDevice("only");
  const { drive } = device;
  await device.make("a", "folder");
  await device.change([{ type: "attributes", object: await device.at("a"), mode: 0o700, modifiedNs: 5n }]);
  await device.write("a/file", "text", 7n);
  const link = await device.make("a/link", "link");
  await device.change([{ type: "target", object: link, target: "file", modifiedNs: 8n }]);
  await device.make("a/empty", "file");
  const batches = device.batches.length;
  const copy = await copyObject(drive, await device.at("a"), drive.root, "b");
  expect(device.batches.length).toBe(batches + 1);
  expect(device.batches.at(-1)?.placements).toEqual([]);
  expect(await drive.path(copy)).toBe("b");
  for (const path of ["", "/file", "/link", "/empty"]) {
    const [from, to] = [await drive.find(`a${path}`), await drive.find(`b${path}`)];
    expect(to).toEqual({ ...from, object: to?.object, name: to?.name });
    expect(to?.object).not.toBe(from?.object);
  }
  await device.write("b/file", "other");
  expect((await drive.find("a/file"))?.sizeBytes).toBe(4);
});

test("a large folder is copied in several changes", async () => {
  const device = new DriveDevice("only");
  const { drive } = device;
  const folder = await device.make("a", "folder");
  const count = driveLimits.steps / 2 + 10;
  const create = (i: number): DriveStep => ({
    type: "create",
    object: drive.newObject("file"),
    parent: folder,
    name: `${i}`,
  });
  await device.change(Array.from({ length: count }, (_, i) => create(i)));
  const batches = device.batches.length;
  const copy = await copyObject(drive, folder, drive.root, "b");
  expect(device.batches.length).toBe(batches + 2);
  let copied = 0;
  for await (const { parent } of walk(drive, copy)) {
    expect(parent).toBe(copy);
    copied++;
  }
  expect(copied).toBe(count);
});

test("nothing is copied into itself, or from or to where nothing is", async () => {
  const device = new DriveDevice("only");
  const { drive } = device;
  const [folder, inner] = [await device.make("a", "folder"), await device.make("a/b", "folder")];
  await expect(copyObject(drive, folder, inner, "c")).rejects.toMatchObject({ kind: "invalid" });
  await expect(copyObject(drive, drive.root, inner, "c")).rejects.toMatchObject({ kind: "invalid" });
  await expect(copyObject(drive, drive.newObject("file"), folder, "c")).rejects.toMatchObject({ kind: "not-found" });
  await expect(copyObject(drive, inner, drive.newObject("folder"), "c")).rejects.toMatchObject({ kind: "not-found" });
  await expect(copyObject(drive, inner, folder, "b")).rejects.toMatchObject({ kind: "already-exists" });
});

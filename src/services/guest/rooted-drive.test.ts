// What a guest may name by objects is bounded; the rest of a folder that is lent is tested over real sockets
// (test/runtime/web/guests.test.ts).

import { expect, test } from "vitest";
import { webLimits } from "#base/limits.ts";
import type { Drive, FileEntry } from "#interfaces/generated/drive.ts";
import type { GuestAllowance } from "./guest-allowance.ts";
import { RootedDrive } from "./rooted-drive.ts";

const allowance: GuestAllowance = { check: () => undefined, take: () => undefined };

const entryOf = (path: string): FileEntry => ({
  object: `object of ${path}`,
  path,
  name: path,
  kind: "file",
  sizeBytes: 0,
  modifiedNs: 0n,
  mode: 0o644,
  versions: 1,
});

test("of more than webLimits.guestObjects files that were read or removed, the first are forgotten", async () => {
  const brought: string[] = [];
  const inner: Partial<Drive> = {
    read: (path) => ({ entry: entryOf(path), sizeBytes: 0, bytes: [] }),
    readObject: (object) => ({ entry: entryOf(object.replace("object of ", "")), sizeBytes: 0, bytes: [] }),
    remove: (paths) => paths.map((path) => entryOf(path).object),
    bringBack: (objects) => {
      brought.push(...objects);
      return [];
    },
  };
  const drive = new RootedDrive({ drive: inner as Drive, root: "in", name: "in", holder: "guest", allowance });
  const paths = Array.from({ length: webLimits.guestObjects + 1 }, (_, i) => `${i}`);
  for (const path of paths) await drive.read(path);
  await drive.remove(paths);
  const [first = "", last = ""] = ["in/0", `in/${webLimits.guestObjects}`].map((path) => entryOf(path).object);
  await expect(drive.readObject(first)).rejects.toMatchObject({ kind: "denied" });
  expect((await drive.readObject(last)).entry.path).toBe(`${webLimits.guestObjects}`);
  await expect(drive.bringBack([first])).rejects.toMatchObject({ kind: "denied" });
  await drive.bringBack([last]);
  expect(brought).toEqual([last]);
});

test("what was read and then moved out of the folder is not read any more", async () => {
  let path = "in/file";
  const inner: Partial<Drive> = {
    read: () => ({ entry: { ...entryOf(path), object: "file" }, sizeBytes: 0, bytes: [] }),
    readObject: () => ({ entry: { ...entryOf(path), object: "file" }, sizeBytes: 0, bytes: [] }),
  };
  const drive = new RootedDrive({ drive: inner as Drive, root: "in", name: "in", holder: "guest", allowance });
  await drive.read("file");
  path = "in/other";
  expect((await drive.readObject("file")).entry.path).toBe("other");
  path = "private/file";
  await expect(drive.readObject("file")).rejects.toMatchObject({ kind: "denied" });
});

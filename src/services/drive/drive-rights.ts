// Which right each call of drives needs.

import type { Drive, Drives, FileContent, Upload } from "#interfaces/generated/drive.ts";
import type { Access } from "../access/access.ts";
import { guarded, type MethodRights, withAccess } from "../access/guarded.ts";

const drivesRights: MethodRights<Drives> = {
  list: "read",
  watch: "read",
  create: "write",
  rename: "write",
  open: "read",
  hold: "administer",
  remove: "write",
  removed: "read",
  bringBack: "write",
  uploads: "write",
};

const driveRights: MethodRights<Drive> = {
  info: "read",
  watchInfo: "read",
  stat: "read",
  list: "read",
  totals: "read",
  read: "read",
  readObject: "read",
  write: "write",
  upload: "write",
  makeFolder: "write",
  link: "write",
  move: "write",
  copy: "write",
  remove: "write",
  setAttributes: "write",
  history: "read",
  restore: "write",
  removed: "read",
  bringBack: "write",
  conflicts: "read",
  resolve: "write",
  watch: "read",
};

const uploadRights: MethodRights<Upload> = { state: "write", write: "write", finish: "write", discard: "write" };

export function guardedDrives(drives: Drives, access: Access): Drives {
  return guarded(drives, drivesRights, access, { open: (drive) => guardedDrive(drive, access) });
}

export function guardedDrive(drive: Drive, access: Access): Drive {
  const content = (found: FileContent) => ({ ...found, bytes: withAccess(streamOf(found.bytes), access) });
  return guarded(drive, driveRights, access, {
    read: content,
    readObject: content,
    upload: (upload) => guarded(upload, uploadRights, access),
  });
}

function streamOf(source: FileContent["bytes"]): AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in source ? source : parts(source);
}

async function* parts(source: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* source;
}

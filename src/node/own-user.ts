// Which user this device belongs to: written once, when it makes a user or joins one.
//
//   identity/own-user   CBOR map: "format" 1, "user" (the user's id, as text)

import { encodeCbor, decodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes } from "#base/ids.ts";
import type { Disk, UserId } from "#glow";

const folder = "identity";
const path = "identity/own-user";
const newPath = "identity/own-user.new";
const format = 1;
const mostBytes = 256;

/** Undefined if it belongs to none yet. `corrupt` if the file is damaged. */
export async function readOwnUser(disk: Disk): Promise<UserId | undefined> {
  const file = await disk.open(path).catch((error: unknown) => {
    if (error instanceof GlowError && error.kind === "not-found") return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  const bytes = await file.read(0, mostBytes);
  await file.close();
  try {
    const record = decodeCbor(bytes);
    if (record instanceof Map || typeof record !== "object" || record === null) throw new TypeError("no map");
    const { user } = record as { user?: unknown };
    if (typeof user !== "string") throw new TypeError("no user in it");
    idBytes(user);
    return user as UserId;
  } catch (cause) {
    const message = "the note of whom this device belongs to is damaged; restore it from a backup, or join again";
    throw new GlowError("corrupt", "own-user.read", { target: path, message, cause });
  }
}

/** Durable when it resolves. */
export async function writeOwnUser(disk: Disk, user: UserId): Promise<void> {
  await disk.makeFolder(folder);
  const file = await disk.open(newPath, "if-missing");
  try {
    await file.truncate(0);
    await file.write(0, encodeCbor({ format, user }));
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(newPath, path);
  await disk.syncFolder(folder);
}

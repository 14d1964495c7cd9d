// The device key on disk: made at the first start, durable before anybody uses it, and never made anew where one was.
//
//   identity/device-key       CBOR map: "format" 1, "secret" (tagged seed), "checksum" (tagged BLAKE3 of the secret)
//   identity/device-key.new   the same while it is being made; whoever creates this file is the one who makes the key
//
// The key gets its name by a rename of a file that is synced, so there is a whole one or none. Two starts at once: one
// creates the .new file, the other waits for its rename. A .new file that stays unfinished was left by a crash; nobody
// has used its key, so it is made again.

import { equalBytes } from "#base/bytes.ts";
import { encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { identityLimits } from "#base/limits.ts";
import { randomBytes } from "#base/random.ts";
import { bytesOf, tagged } from "#base/suites.ts";
import type { Disk, Platform } from "#glow";
import { NodeIdentity } from "./node-identity.ts";
import { RecordReader } from "./record-reader.ts";

const folder = "identity";
const keyPath = "identity/device-key";
const newPath = "identity/device-key.new";
const format = 1;
const pollMs = 20;

type KeyPlatform = Pick<Platform, "disk" | "crypto" | "random" | "timers" | "clock">;

/**
 * This device's identity, made and durable if there was none. `corrupt` if the file is damaged: a new key would be a new
 * device, which only a person may decide. `unsupported` for a file of a newer Glow.
 */
export async function openDeviceKey(platform: KeyPlatform): Promise<NodeIdentity> {
  let unfinishedSinceMs: number | undefined;
  for (;;) {
    const secret = (await readKey(platform, keyPath)) ?? (await makeKey(platform));
    if (secret !== undefined) {
      await makeDurable(platform.disk);
      return new NodeIdentity(platform.crypto, platform.crypto.keyPairFromSeed("ed25519", secret));
    }
    // Somebody else is making it, or has died on the way.
    const nowMs = platform.clock.monotonicMs();
    unfinishedSinceMs ??= nowMs;
    if (nowMs - unfinishedSinceMs < identityLimits.deviceKeyWaitMs) {
      await new Promise<void>((resolve) => platform.timers.after(pollMs, resolve));
    } else {
      unfinishedSinceMs = undefined;
      await ignoring("not-found", platform.disk.remove(newPath));
    }
  }
}

/** The seed; undefined if somebody else has begun to make one. */
async function makeKey(platform: KeyPlatform): Promise<Uint8Array | undefined> {
  const { disk, crypto, random } = platform;
  await disk.makeFolder(folder);
  const file = await ignoring("already-exists", disk.open(newPath, "always-new"));
  if (file === undefined) return undefined;
  // Who has the .new file and finds no key is alone: nobody else gets that far before it is renamed or removed.
  const present = await readKey(platform, keyPath);
  if (present !== undefined) {
    await file.close();
    await ignoring("not-found", disk.remove(newPath));
    return present;
  }
  const secret = tagged("ed25519-secret", randomBytes(random, 32));
  try {
    await file.write(0, encodeCbor({ format, secret, checksum: crypto.hash("blake3", secret) }));
    await file.sync();
  } finally {
    await file.close();
  }
  await ignoring("not-found", disk.rename(newPath, keyPath));
  // What counts is what has the name, even if this start slept so long that another took it for dead.
  return readKey(platform, keyPath);
}

async function makeDurable(disk: Disk): Promise<void> {
  await disk.syncFolder(folder);
  await disk.syncFolder("");
}

/** The seed in a file; undefined if there is none. */
async function readKey({ disk, crypto }: KeyPlatform, path: string): Promise<Uint8Array | undefined> {
  const file = await ignoring("not-found", disk.open(path));
  if (file === undefined) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = await file.read(0, identityLimits.deviceKeyBytes + 1);
  } finally {
    await file.close();
  }
  if (bytes.length > identityLimits.deviceKeyBytes) throw damaged(path, "it is too long");
  let fields: RecordReader;
  try {
    fields = new RecordReader("device key", bytes);
    const found = fields.integer("format");
    if (found !== format) throw newer(path, found);
    const secret = fields.bytes("secret", identityLimits.deviceKeyBytes);
    if (!equalBytes(crypto.hash("blake3", secret), fields.hash("checksum")))
      throw damaged(path, "its checksum is wrong");
    return bytesOf("ed25519-secret", secret);
  } catch (error) {
    if (error instanceof GlowError && (error.kind === "unsupported" || error.kind === "corrupt")) throw error;
    throw damaged(path, "it is torn or was overwritten", error);
  }
}

function damaged(path: string, reason: string, cause?: unknown): GlowError {
  const message =
    `this device's key cannot be read: ${reason}. Restore the file from a backup; without one, move it away, ` +
    "start again with a new key, and have the old device revoked and the new one added from another device";
  return new GlowError("corrupt", "device-key.open", { target: path, message, cause });
}

function newer(path: string, found: number): GlowError {
  const message = `this device's key is of format ${found}, and this Glow knows ${format}: run the Glow that wrote it`;
  return new GlowError("unsupported", "device-key.open", { target: path, message });
}

/** What it resolves to; undefined if it fails in the one way that is no failure here. */
async function ignoring<Result>(
  kind: "not-found" | "already-exists",
  work: Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof GlowError && error.kind === kind) return undefined;
    throw error;
  }
}

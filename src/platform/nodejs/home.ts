// Where a node keeps what is its own on this machine, by the conventions of the system.
//
//   node.sock           where programs of the same user connect
//   lock, node.pid      home-lock.ts
//   settings.json       the settings, with settings-past/
//   log/                node.log, and older ones
//   data/               the node's Disk: its key, its user, its spaces
//   joining/, given-up/ while it comes to belong to another user

import { constants, existsSync } from "node:fs";
import { access, mkdir, realpath, rename, rm, stat } from "node:fs/promises";
import { availableParallelism, homedir, hostname, userInfo } from "node:os";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import { GlowError } from "#base/errors.ts";
import type { Address } from "#glow";

/**
 * The folder of a node: what was asked for, else `GLOW_HOME`, else `glow` in the user's state folder
 * (XDG Base Directory Specification: `XDG_STATE_HOME`, by default `~/.local/state`).
 */
export function homeFolder(asked: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const chosen = asked ?? env["GLOW_HOME"];
  if (chosen !== undefined && chosen !== "") return resolve(chosen);
  const state = env["XDG_STATE_HOME"];
  // The specification: a path that is not absolute is to be ignored.
  return join(state !== undefined && isAbsolute(state) ? state : join(homedir(), ".local", "state"), "glow");
}

/** Makes the folder, for its owner only. `denied` if it is another user's. */
export async function makeHome(home: string): Promise<void> {
  await makeFolders(home).catch((cause: NodeJS.ErrnoException) => {
    const isFull = cause.code === "ENOSPC";
    const why = isFull ? "the disk is full; make room there, or" : `this folder cannot be made (${cause.code});`;
    throw new GlowError(isFull ? "exhausted" : "unavailable", "home.make", {
      target: home,
      message: `${why} give another with --home`,
      cause,
    });
  });
  await access(home, constants.R_OK | constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    const message = "this user may not write to this folder: it may be another one's; give your own with --home";
    throw new GlowError("denied", "home.make", { target: home, message, cause });
  });
}

/** One by one: Node's own way tries for ever where the system says that nothing can be there, as below /proc. */
async function makeFolders(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  if (dirname(path) !== path) await makeFolders(dirname(path));
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    // Another process may have made it meanwhile.
    if (error.code !== "EEXIST" || found !== undefined) throw error;
  });
}

/** Where the node of a home listens for programs of the same user. */
export function nodeAddress(home: string): Address {
  return `unix:${join(home, "node.sock")}` as Address;
}

/** The folder of a node's Disk. */
export function dataFolder(home: string): string {
  return join(home, "data");
}

/** The folder for another Disk, which may take the place of the node's. What was there is gone. */
export async function beginJoining(home: string): Promise<string> {
  const folder = join(home, "joining");
  await rm(folder, { recursive: true, force: true });
  return folder;
}

export async function abandonJoining(home: string): Promise<void> {
  await rm(join(home, "joining"), { recursive: true, force: true });
}

/** The other Disk takes the place of the node's, which nothing has open. A crash in between is mended by `mendHome`. */
export async function finishJoining(home: string): Promise<void> {
  await rm(join(home, "given-up"), { recursive: true, force: true });
  await rename(dataFolder(home), join(home, "given-up"));
  await rename(join(home, "joining"), dataFolder(home));
  await rm(join(home, "given-up"), { recursive: true, force: true });
}

/** Before anything is opened: ends what was under way when the node ended last. */
export async function mendHome(home: string): Promise<void> {
  const [data, joining, givenUp] = [dataFolder(home), join(home, "joining"), join(home, "given-up")];
  if (!existsSync(data) && existsSync(givenUp)) await rename(existsSync(joining) ? joining : givenUp, data);
  await rm(joining, { recursive: true, force: true });
  await rm(givenUp, { recursive: true, force: true });
}

/**
 * That a folder which is to be bound neither holds the home nor lies in it, links followed: what the node writes there would
 * be taken for files, and written anew without end. `invalid`.
 */
export async function checkApart(home: string, path: string): Promise<void> {
  const [inner, outer] = await Promise.all([home, path].map((each) => realpath(each).catch(() => resolve(each))));
  if (!isWithin(inner as string, outer as string) && !isWithin(outer as string, inner as string)) return;
  const message = `the node keeps what is its own in ${home}: a folder with that in it, or in it, cannot be bound; bind those beside it`;
  throw new GlowError("invalid", "binding.open", { target: path, message });
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

export function logPath(home: string): string {
  return join(home, "log", "node.log");
}

export function settingsPath(home: string): string {
  return join(home, "settings.json");
}

/** What the machine's user is called, to begin with. */
export function personName(): string {
  try {
    return userInfo().username;
  } catch {
    // Some containers have users without a name.
    return "me";
  }
}

/** How many threads can work at once. */
export function cores(): number {
  return availableParallelism();
}

export function processId(): number {
  return process.pid;
}

/** What people call this machine. */
export function machineName(): string {
  return hostname();
}

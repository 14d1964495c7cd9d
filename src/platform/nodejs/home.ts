// Where a node keeps what is its own on this machine, by the conventions of the system.

import { mkdir } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
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

/** Makes the folder, for its owner only. */
export async function makeHome(home: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    throw new GlowError("unavailable", "home.make", {
      target: home,
      message: `this folder cannot be made (${cause.code}); give another with --home`,
      cause,
    });
  });
}

/** Where the node of a home listens for programs of the same user. */
export function nodeAddress(home: string): Address {
  return `unix:${join(home, "node.sock")}` as Address;
}

/** What people call this machine. */
export function machineName(): string {
  return hostname();
}

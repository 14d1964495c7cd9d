// The way from a program to the node of its home: the unix socket alone, without what else a platform has, so that small
// commands start fast.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { transportLimits } from "#base/limits.ts";
import type { Pipe } from "#glow";
import { nodeAddress } from "./home.ts";
import { dialUnix } from "./unix-transport.ts";

/** As scripts/node-flags.mjs has it, where nobody has chosen others. */
const daemonFlags: readonly string[] = [
  "--max-semi-space-size=1",
  "--no-parallel-scavenge",
  "--initial-old-space-size=96",
  "--expose-gc",
  "--disable-warning=ExperimentalWarning",
];

/** As `Network.dial`: `unavailable` if no node runs in this home. */
export function dialDaemon(home: string, signal?: AbortSignal): Promise<Pipe> {
  const { dialMs, handshakeMs, handshakes, closeMs } = transportLimits;
  return dialUnix(nodeAddress(home), { zeroMask: false, dialMs, handshakeMs, handshakes, closeMs }, signal);
}

/**
 * Starts this same program once more with other words, as a process of its own that outlives this one. What it says goes
 * nowhere. Resolves with its exit code if it ends.
 */
export function launchDaemon(words: readonly string[]): Promise<number> {
  const [program = "", ...rest] = thisProgram(words);
  const child = spawn(program, rest, { detached: true, stdio: "ignore" });
  child.unref();
  const { promise, resolve: end } = Promise.withResolvers<number>();
  child.once("error", () => end(1));
  child.once("exit", (code) => end(code ?? 1));
  return promise;
}

/** The command line that runs this same program once more, with other words: absolute paths, and flags for a node. */
export function thisProgram(words: readonly string[]): string[] {
  const [, script = ""] = process.argv;
  const flags = process.execArgv.length > 0 ? process.execArgv : daemonFlags;
  return [process.execPath, ...flags, resolve(script), ...words];
}

/** The process of the node that has this home, as it wrote it down; undefined if that cannot be read. */
export function daemonProcess(home: string): number | undefined {
  try {
    const { pid }: { pid?: unknown } = JSON.parse(readFileSync(join(home, "node.pid"), "utf8"));
    return typeof pid === "number" && Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Tells a process to end, as a service manager does. */
export function endProcess(pid: number): void {
  process.kill(pid, "SIGTERM");
}

/** Whether there is a process of this number. One of another user counts. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}

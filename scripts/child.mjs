// Child processes of the scripts: they share this process's terminal, hear of its signals, and end before it does.

import { spawn } from "node:child_process";
import { constants } from "node:os";

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */
/** @typedef {{ code: number, output: string }} Outcome `code` is 128 + the signal's number if a signal ended it. */

const orphanPollMs = 500;

/** @type {Set<ChildProcess>} */
const living = new Set();

/**
 * Runs a program to its end with this process's stdin, stdout and stderr.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>} the exit code
 */
export async function run(program, args, options = {}) {
  const { code } = await ended(spawn(program, args, { stdio: "inherit", ...options }));
  return code;
}

/**
 * Runs a program to its end without stdin, and keeps what it wrote.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<Outcome>}
 */
export function capture(program, args, options = {}) {
  return ended(spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] }));
}

/**
 * Passes SIGINT, SIGTERM and SIGHUP on to the children. From then on this process ends when they have ended, or at once
 * if there are none.
 */
export function forwardSignals() {
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => {
      // Ctrl-C in a terminal reaches the children by itself, and to many a second one means "drop everything".
      if (signal !== "SIGINT" || living.size === 0 || !hasTerminal()) stop(signal);
    });
  }
  // npm hands a signal to the shell it started, and many a shell dies of it without a word to us.
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const shell = process.ppid;
  setInterval(() => {
    if (process.ppid !== shell) stop("SIGTERM");
  }, orphanPollMs).unref();
}

/** @param {NodeJS.Signals} signal */
function stop(signal) {
  if (living.size === 0) process.exit(exitCode(null, signal));
  for (const child of living) child.kill(signal);
}

function hasTerminal() {
  return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
}

/**
 * @param {ChildProcess} child
 * @returns {Promise<Outcome>}
 */
function ended(child) {
  living.add(child);
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes) => output.push(bytes));
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      living.delete(child);
      reject(error);
    });
    child.once("close", (code, signal) => {
      living.delete(child);
      resolve({ code: exitCode(code, signal), output: Buffer.concat(output).toString() });
    });
  });
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function exitCode(code, signal) {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

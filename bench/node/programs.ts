// What is started and then left alone: a node of Glow as `glow start` runs it, bare Node, and Syncthing.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { bundledCli } from "../../scripts/bundle-cli.mjs";
import { nodeFlags } from "../../scripts/node-flags.mjs";
import { nodeAddress } from "#platform/nodejs/home.ts";
import { output, Program } from "../store/program.ts";
import { until } from "../store/until.ts";

export const root: string = resolve(import.meta.dirname, "../..");

/** A program that runs, and has nothing to do. */
export interface Idle {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface Contestant {
  about(): string;
  /** The words that print its help and nothing else. */
  readonly help: readonly [string, ...string[]];
  /** Resolves as soon as it answers. `home` is a folder of its own, and empty or what a former start has left. */
  start(home: string): Promise<Idle>;
}

const patienceMs = 60_000;
/** How closely a start is watched. */
const lookEveryMs = 2;

export const bareNode: Contestant = {
  about: () => `Node ${process.version} with a server on a unix socket: the floor`,
  help: [process.execPath, "--print", "0"],
  async start(home) {
    const socket = join(home, "node.sock");
    rmSync(socket, { force: true });
    const server = `require("node:net").createServer().listen(${JSON.stringify(socket)})`;
    const program = new Program(process.execPath, ["--eval", server]);
    await answers(socket, program);
    return program;
  },
};

export const glow: Contestant = {
  about: () => "a node as `glow start` runs it, which serves its page; nobody else is on its network",
  help: [process.execPath, bundledCli(root), "--help"],
  start: (home) => startGlow(home),
};

export async function startGlow(home: string, ...words: readonly string[]): Promise<Program> {
  const quiet = ["--json", "--no-discovery", "--listen", "tcp://127.0.0.1:0"];
  const args = [...nodeFlags, bundledCli(root), "start", "--home", home, ...quiet, ...words];
  const program = new Program(process.execPath, args);
  await answers(nodeAddress(home).slice("unix:".length), program);
  return program;
}

/** Devices of one user, each linked to the first. */
export async function startLinked(homes: readonly string[]): Promise<Program[]> {
  const programs: Program[] = [];
  for (const [i, home] of homes.entries()) {
    programs.push(await startGlow(home, ...(i === 0 ? [] : ["--no-user"])));
    if (i === 0) continue;
    const { code } = JSON.parse(await runGlow(homes[0] as string, "invite", "new", "--json")) as { code: string };
    await runGlow(home, "join", code);
  }
  await until("all are linked", patienceMs, async () => {
    const { links } = JSON.parse(await runGlow(homes[0] as string, "links", "--json")) as { links: unknown[] };
    return links.length >= homes.length - 1;
  });
  return programs;
}

/** So many files of 4 KiB, a hundred to a folder, put into a new drive by the command line. */
export async function putFiles(home: string, outside: string, files: number): Promise<void> {
  for (let i = 0; i < files; i++) {
    const folder = join(outside, `folder-${Math.floor(i / 100)}`);
    if (i % 100 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${i}`), randomBytes(4096));
  }
  await runGlow(home, "drives", "create", "bench");
  await runGlow(home, "put", outside, "bench/");
}

/** A command of the command line to its end; what it prints. */
export async function runGlow(home: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [bundledCli(root), ...words, "--home", home]);
  return stdout;
}

export const syncthing: Contestant = {
  about: () =>
    `${output("syncthing", ["--version"], "apt install syncthing").split(" ").slice(0, 2).join(" ")}, no folders, no peers`,
  help: ["syncthing", "--help"],
  async start(home) {
    const gui = join(home, "gui.sock");
    // Without the process that would watch it.
    const words = [
      "serve",
      `--home=${home}`,
      "--no-default-folder",
      "--no-browser",
      "--no-restart",
      `--gui-address=unix://${gui}`,
    ];
    const program = new Program("syncthing", words, { STNOUPGRADE: "1", STMONITORED: "yes" });
    await answers(gui, program);
    return program;
  },
};

/** Somebody accepts connections at this unix socket. */
async function answers(path: string, program: Program): Promise<void> {
  await until(
    `${path} answers`,
    patienceMs,
    async () => {
      program.check();
      const socket = connect(path);
      try {
        await once(socket, "connect");
        return true;
      } catch {
        return false;
      } finally {
        socket.destroy();
      }
    },
    lookEveryMs,
  );
}

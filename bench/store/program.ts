// A program of a contestant that runs on the side: what it says is kept, in case it has to be explained why it ended.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";

const keptCharacters = 4000;
const patienceMs = 5000;

export class Program {
  readonly #child: ChildProcess;
  readonly #name: string;
  #said = "";

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#name = command;
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    const keep = (text: Buffer): void => {
      this.#said = (this.#said + text.toString()).slice(-keptCharacters);
    };
    this.#child.stdout?.on("data", keep);
    this.#child.stderr?.on("data", keep);
    this.#child.on("error", (error) => (this.#said += error.message));
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Throws if it has ended. */
  check(): void {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`${this.#name} ended (${signalCode ?? exitCode}): ${this.#said}`);
    }
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const hurry = setTimeout(() => this.#child.kill("SIGKILL"), patienceMs);
    await exit;
    clearTimeout(hurry);
  }
}

/** What a program prints, by which it is also known to be there; `cure` says how to get it. */
export function output(command: string, args: readonly string[], cure: string): string {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new Error(`${command} is not installed: ${cure}`, { cause: error });
    throw error;
  }
}

// A terminal with a shell in it, and somebody at its keys. The terminal is that of `script` (util-linux).

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";

/** Control-U. */
const eraseLine = "\x15";

export function hasTerminals(): boolean {
  return spawnSync("script", ["--version"]).status === 0;
}

export class TypedTerminal implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #news = Promise.withResolvers<void>();
  #isOver = false;
  #drawn = "";

  /** The command is read by a shell. */
  constructor(command: string, folder: string, env: NodeJS.ProcessEnv) {
    const options = { cwd: folder, env: { ...process.env, TERM: "xterm", ...env } };
    this.#child = spawn("script", ["--quiet", "--flush", "--return", "--command", command, "/dev/null"], options);
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.#drawn += chunk.toString();
      this.#wake();
    });
    this.#closed = once(this.#child, "close").then(() => {
      this.#isOver = true;
      this.#wake();
    });
  }

  /** Types keys. When the text shows they are erased, for the next. */
  async type(keys: string, text: string): Promise<void> {
    this.#drawn = "";
    this.#child.stdin?.write(keys);
    await this.shows(text);
    this.#child.stdin?.write(eraseLine);
  }

  async shows(text: string): Promise<void> {
    while (!stripVTControlCharacters(this.#drawn).replaceAll("\r", "").includes(text)) {
      if (this.#isOver) throw new Error(`the terminal has gone; before it showed ${JSON.stringify(this.#drawn)}`);
      await this.#news.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

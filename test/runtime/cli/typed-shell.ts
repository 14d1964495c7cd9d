// A shell into which blocks are typed one after the other, as into a terminal: functions, variables and the folder that it is in stay.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface ShellOptions {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** What is run in place of a command: so that it runs on a host of a test network. */
  readonly on: (command: readonly string[]) => readonly string[];
}

const mark = "end-of-typed-block";

export class TypedShell {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #news = Promise.withResolvers<void>();
  #output = "";
  #isOver = false;

  constructor({ folder, env, on }: ShellOptions) {
    const [program = "", ...words] = on(["bash", "--noprofile", "--norc"]);
    this.#child = spawn(program, words, { cwd: folder, env, stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.#output += chunk.toString();
      this.#wake();
    });
    this.#closed = once(this.#child, "close").then(() => {
      this.#isOver = true;
      this.#wake();
    });
    this.#child.stdin?.write("exec 2>&1\n");
  }

  /** What was printed so far by the block that was typed last. */
  get output(): string {
    return this.#output;
  }

  /** Types a block. Nothing of it is waited for. */
  begin(text: string): void {
    this.#output = "";
    this.#child.stdin?.write(`{ ${text}\n} < /dev/null\n`);
  }

  /** Types a block that ends, and gives all that it printed. Fails with that if a line of it fails, unless it may. */
  async type(text: string, mayFail = false): Promise<string> {
    this.begin(mayFail ? text : `set -e\n${text}\nset +e`);
    this.#child.stdin?.write(`printf '%s\\n' ${mark}\n`);
    await this.shows(new RegExp(`^${mark}$`, "m"));
    return this.#output.replace(`${mark}\n`, "");
  }

  /** Resolves when what was printed matches; fails if the shell ends before. */
  async shows(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#output)) {
      if (this.#isOver) throw new Error(`the shell ended after it had printed:\n${this.#output}`);
      await this.#news.promise;
    }
  }

  /** Ends the shell when what was typed has ended. Gives its exit code. */
  async end(): Promise<number | null> {
    this.#child.stdin?.end();
    await this.#closed;
    return this.#child.exitCode;
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

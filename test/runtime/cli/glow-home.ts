// A home of a node, and the program `glow` on it as real processes: the bundle, as people run it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleCli } from "../../../scripts/bundle-cli.mjs";

const root = join(import.meta.dirname, "../../..");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
}

export interface GlowHomeOptions {
  readonly running?: boolean;
  readonly user?: boolean;
  /** The program; left out: the bundle of this checkout. */
  readonly script?: string;
  /** What is run in place of a command: so that it runs on a host of a test network. */
  readonly on?: (command: readonly string[]) => readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export class GlowHome implements AsyncDisposable {
  /** For whatever a test needs; commands run in it. */
  readonly folder: string;
  readonly home: string;
  readonly #script: string;
  readonly #on: NonNullable<GlowHomeOptions["on"]>;
  readonly #env: NodeJS.ProcessEnv;
  readonly #running = new Set<ChildProcess>();

  private constructor(folder: string, script: string, { on = (command) => command, env = {} }: GlowHomeOptions) {
    this.folder = folder;
    this.home = join(folder, "home");
    this.#script = script;
    this.#on = on;
    this.#env = env;
  }

  /** With a node that runs in it, unless it is to be without. */
  static async make(options: GlowHomeOptions = {}): Promise<GlowHome> {
    const script = options.script ?? (await bundleCli(root));
    const made = new GlowHome(await mkdtemp(join(tmpdir(), "glow-cli-")), script, options);
    if (options.running !== false) await made.start(options.user === false ? ["--no-user"] : []);
    return made;
  }

  /** Resolves when the node says where it listens. */
  async start(words: readonly string[] = [], port = 0): Promise<ChildProcess> {
    return this.startAsItIs("--no-discovery", "--listen", `tcp://127.0.0.1:${port}`, ...words);
  }

  /** With no words but these, and so with the settings that it has. */
  async startAsItIs(...words: readonly string[]): Promise<ChildProcess> {
    const node = this.spawn("start", "--json", ...words);
    const errors: string[] = [];
    node.stderr?.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
    const gone = once(node, "close").then(([code]) => {
      throw new Error(`the node ended with ${code}: ${errors.join("")}`);
    });
    await Promise.race([once(node.stdout as NodeJS.ReadableStream, "data"), gone]);
    gone.catch(() => undefined);
    return node;
  }

  spawn(...words: readonly string[]): ChildProcess {
    return this.#spawn(words, {});
  }

  /** A command to its end. */
  async run(...words: readonly string[]): Promise<Ended> {
    return this.runWith({}, ...words);
  }

  async runWith(options: RunOptions, ...words: readonly string[]): Promise<Ended> {
    const child = this.#spawn(words, options.env ?? {});
    child.stdin?.end(options.input);
    return ended(child);
  }

  /** The result of a command as JSON; fails with what it told if it did not end well. */
  async json<Result>(...words: readonly string[]): Promise<Result> {
    const { code, out, err } = await this.run(...words, "--json");
    if (code !== 0) throw new Error(`glow ${words.join(" ")} ended with ${code}: ${err}${out}`);
    return JSON.parse(out) as Result;
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = [...this.#running].map((child) => once(child, "close"));
    for (const child of this.#running) child.kill("SIGKILL");
    await Promise.all(closing);
    await rm(this.folder, { recursive: true, force: true });
  }

  #spawn(words: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
    const [program = "", ...all] = this.#on([process.execPath, this.#script, ...words]);
    const child = spawn(program, all, {
      cwd: this.folder,
      env: { ...process.env, GLOW_HOME: this.home, NO_COLOR: "1", TZ: "UTC", ...this.#env, ...env },
      stdio: "pipe",
    });
    this.#running.add(child);
    child.once("close", () => this.#running.delete(child));
    return child;
  }
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const texts = { out: "", err: "" };
  child.stdout?.on("data", (chunk: Buffer) => void (texts.out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => void (texts.err += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...texts };
}

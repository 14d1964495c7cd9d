// A daemon as a real process, held over its socket as any program of its user holds it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { FireflySession } from "#firefly/session/session.ts";
import { NodeStub } from "#interfaces/generated/node.ts";
import { nodeAddress } from "#platform/nodejs/home.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";

const main = join(import.meta.dirname, "../../../src/cli/main.ts");

export class DaemonProcess {
  readonly node: NodeStub;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #session: FireflySession;
  readonly #errors: () => string;

  private constructor(child: ChildProcess, session: FireflySession, errors: () => string) {
    this.#child = child;
    this.#session = session;
    this.#errors = errors;
    this.pid = child.pid as number;
    this.node = session.root(NodeStub);
  }

  /** It has said where it listens, and was connected to. */
  static async start(home: string, port: number, ...words: readonly string[]): Promise<DaemonProcess> {
    const child = spawnStart(home, port, words);
    const errors = collect(child);
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const said = await Promise.race([once(lines, "line"), once(child, "close")]);
    if (typeof said[0] !== "string") throw new Error(`it did not start: ${errors()}`);
    const { network, clock, timers } = nodePlatform({ diskRoot: home });
    const pipe = await network.dial(nodeAddress(home));
    return new DaemonProcess(child, new FireflySession(pipe, { clock, timers }), errors);
  }

  /** One that is to be refused: what it ends with, and what it says. */
  static async refused(home: string): Promise<{ code: number | null; errors: string }> {
    const child = spawnStart(home, 0, []);
    const errors = collect(child);
    const [code] = (await once(child, "close")) as [number | null];
    return { code, errors: errors() };
  }

  /** What it has told as warnings and errors. */
  get errors(): string {
    return this.#errors();
  }

  /** Without a goodbye. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** The number it ends with. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const closed = once(this.#child, "close") as Promise<[number | null]>;
    this.#child.kill(signal);
    const [code] = await closed;
    await this.#session.closed;
    return code;
  }

  async ended(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const [code] = (await once(this.#child, "close")) as [number | null];
    return code;
  }
}

/** One that nobody listens at just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Neither heard nor found by other nodes of this machine's networks. */
function spawnStart(home: string, port: number, words: readonly string[]): ChildProcess {
  const all = [
    main,
    "start",
    "--home",
    home,
    "--json",
    "--no-discovery",
    "--listen",
    `tcp://127.0.0.1:${port}`,
    ...words,
  ];
  return spawn(process.execPath, all, { stdio: ["ignore", "pipe", "pipe"] });
}

function collect(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => void (text += chunk.toString()));
  return () => text;
}

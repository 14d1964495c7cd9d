// Real hosts on one machine: network namespaces of Linux, joined by cables (veth pairs) and switches (bridges), in which
// tests run real processes. Needs root and `ip`. All of it is gone after `dispose`, and what a killed test run leaves
// behind is cleared away by the next one.

import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Why there can be no namespaces here; undefined if there can. For `context.skip`. */
export function namespacesMissing(): string | undefined {
  if (process.platform !== "linux") return "network namespaces are a thing of Linux";
  const probe = `glow-probe-${process.pid}`;
  try {
    execFileSync("ip", ["netns", "add", probe], { stdio: "pipe" });
    execFileSync("ip", ["netns", "del", probe], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `no network namespaces here (they need root and iproute2): ${String(error).split("\n").join(" ")}`;
  }
}

/** One end of a cable. */
export interface Plug {
  readonly host: string;
  /** The interface's name on that host; at most 15 characters. */
  readonly name: string;
  /** With its prefix length, `10.1.0.2/24`; several or none are fine. */
  readonly addresses?: readonly string[];
}

let count = 0;

/** A network of hosts. Hosts reach only what they have a cable to: no routes are made but those of their own networks. */
export class Namespaces {
  /** Unique on the machine, and says whose it is: `glow-<pid>-<n>-`. */
  readonly #prefix = `glow-${process.pid}-${++count}-`;
  readonly #names = new Set<string>();
  readonly #processes = new Set<HostProcess>();

  static async create(): Promise<Namespaces> {
    await removeAbandoned();
    return new Namespaces();
  }

  /** A host with nothing but its loopback. */
  async addHost(host: string): Promise<void> {
    this.#names.add(host);
    await run("ip", ["netns", "add", this.#space(host)]);
    await this.ip(host, "link", "set", "lo", "up");
  }

  /** A switch, in a namespace of its own. Plug hosts in by `plugIn`. */
  async addSwitch(name: string): Promise<void> {
    await this.addHost(name);
    await this.ip(name, "link", "add", "bridge", "type", "bridge");
    await this.ip(name, "link", "set", "bridge", "up");
  }

  /** A cable between two hosts. */
  async connect(a: Plug, b: Plug): Promise<void> {
    const far = ["peer", "name", b.name, "netns", this.#space(b.host)];
    await this.ip(a.host, "link", "add", a.name, "type", "veth", ...far);
    for (const plug of [a, b]) {
      for (const address of plug.addresses ?? []) await this.addAddress(plug.host, plug.name, address);
      await this.setLink(plug.host, plug.name, "up");
    }
  }

  /** A cable from a host to a switch. */
  async plugIn(plug: Plug, toSwitch: string): Promise<void> {
    const port = `p-${plug.host}`.slice(0, 15);
    await this.connect(plug, { host: toSwitch, name: port });
    await this.ip(toSwitch, "link", "set", port, "master", "bridge");
  }

  /**
   * Hosts in a row, each with a cable to the next: `10.77.<i>.1` on the left and `10.77.<i>.2` on the right of cable i,
   * from 1. The interfaces are called `right` on the left host and `left` on the right one. The ends have no route to
   * each other, and nobody forwards.
   */
  async addLine(hosts: readonly string[]): Promise<void> {
    for (const host of hosts) await this.addHost(host);
    for (const [i, host] of hosts.slice(1).entries()) {
      const left = { host: hosts[i] as string, name: "right", addresses: [`10.77.${i + 1}.1/24`] };
      await this.connect(left, { host, name: "left", addresses: [`10.77.${i + 1}.2/24`] });
    }
  }

  async setLink(host: string, name: string, state: "up" | "down"): Promise<void> {
    await this.ip(host, "link", "set", name, state);
  }

  async addAddress(host: string, name: string, address: string): Promise<void> {
    // Without duplicate address detection IPv6 can be used at once.
    const nodad = address.includes(":") ? ["nodad"] : [];
    await this.ip(host, "address", "add", address, "dev", name, ...nodad);
  }

  async removeAddress(host: string, name: string, address: string): Promise<void> {
    await this.ip(host, "address", "del", address, "dev", name);
  }

  /** `ip` on a host, for all else. What it printed. */
  async ip(host: string, ...words: string[]): Promise<string> {
    const { stdout } = await run("ip", ["-n", this.#space(host), ...words]);
    return stdout;
  }

  /** What has passed an interface of a host since it was made, both ways or one. */
  async passedBytes(host: string, name: string, ways: readonly ("rx" | "tx")[] = ["rx", "tx"]): Promise<number> {
    type Counters = readonly { readonly stats64: Record<"rx" | "tx", { readonly bytes: number }> }[];
    const counters = JSON.parse(await this.ip(host, "-j", "-s", "link", "show", "dev", name)) as Counters;
    return counters.reduce((sum, { stats64 }) => sum + ways.reduce((of, way) => of + stats64[way].bytes, 0), 0);
  }

  /** Runs a program of this project under this Node on a host. */
  start(host: string, program: string, ...words: string[]): HostProcess {
    return this.startCommand(host, process.execPath, program, ...words);
  }

  /** Runs any command on a host. */
  startCommand(host: string, ...command: string[]): HostProcess {
    const [program = "", ...words] = this.commandOn(host, command);
    const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
    const started = new HostProcess(child, `${command.join(" ")} on ${host}`);
    this.#processes.add(started);
    return started;
  }

  /** The command that runs another one on a host. Whoever starts it ends it. */
  commandOn(host: string, command: readonly string[]): readonly string[] {
    return ["ip", "netns", "exec", this.#space(host), ...command];
  }

  /** Ends all processes and deletes all hosts, with their interfaces. Never fails because something has gone already. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#processes].map((each) => each.kill()));
    await Promise.all(
      [...this.#names].map((name) => run("ip", ["netns", "del", this.#space(name)]).catch(() => undefined)),
    );
    this.#names.clear();
  }

  #space(host: string): string {
    return this.#prefix + host;
  }
}

/** A process on a host. It speaks lines of JSON on its standard streams; what it says on stderr is shown. */
export class HostProcess {
  readonly #child: ChildProcess;
  readonly #what: string;
  readonly #heard: unknown[] = [];
  readonly #waiting = new Set<() => void>();
  #ended: string | undefined;

  constructor(child: ChildProcess, what: string) {
    this.#child = child;
    this.#what = what;
    const wake = () => {
      for (const look of this.#waiting) look();
    };
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on("line", (line) => {
        this.#heard.push(parsed(line));
        wake();
      });
    }
    child.stdin?.on("error", () => undefined);
    child.on("error", (error) => {
      this.#ended ??= String(error);
      wake();
    });
    child.on("close", (code, signal) => {
      this.#ended ??= `it ended with ${signal ?? code}`;
      wake();
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  say(message: unknown): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  /** The first message that fits, said since the last one that was heard; those before it are skipped. */
  async hear<Message>(fits: (message: Message) => boolean = () => true): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const look = () => {
      while (this.#heard.length > 0) {
        const message = this.#heard.shift() as Message;
        if (!fits(message)) continue;
        // At once: lines that come in the same event are for whoever waits next.
        this.#waiting.delete(look);
        return resolve(message);
      }
      if (this.#ended === undefined) return;
      this.#waiting.delete(look);
      reject(new Error(`${this.#what} said nothing that was waited for: ${this.#ended}`));
    };
    this.#waiting.add(look);
    look();
    return promise;
  }

  /** Resolves when it is gone, whether it wants or not. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#ended !== undefined) return;
    const gone = once(this.#child, "close");
    this.#child.kill(signal);
    await gone;
  }

  /** Resolves when it has ended by itself. */
  async end(): Promise<void> {
    if (this.#ended === undefined) await once(this.#child, "close");
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

/** Deletes the namespaces of test runs that are no more. */
async function removeAbandoned(): Promise<void> {
  const { stdout } = await run("ip", ["netns", "list"]);
  for (const line of stdout.split("\n")) {
    const [name = ""] = line.split(" ");
    const pid = /^glow-(\d+)-\d+-/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await run("ip", ["netns", "del", name]).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

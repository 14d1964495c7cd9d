// Machines of a test network, each with a home of its own and nothing to it but the command `glow`, as a person types it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GlowHome } from "../cli/glow-home.ts";
import { Namespaces } from "../namespaces.ts";

export class HostNetwork {
  readonly wires: Namespaces;
  readonly #homes = new Map<string, GlowHome>();

  private constructor(wires: Namespaces) {
    this.wires = wires;
  }

  static async create(): Promise<HostNetwork> {
    return new HostNetwork(await Namespaces.create());
  }

  /** Takes a host of the network for a machine; no node runs there yet. */
  async furnish(host: string): Promise<GlowHome> {
    const home = await GlowHome.make({ running: false, on: (command) => this.wires.commandOn(host, command) });
    this.#homes.set(host, home);
    return home;
  }

  async dispose(): Promise<void> {
    for (const home of this.#homes.values()) {
      killNode(home);
      await home[Symbol.asyncDispose]();
    }
    await this.wires.dispose();
  }
}

/** Without a goodbye, whoever started it: `glow join` does, too. Whether there was one. */
export function killNode({ home }: GlowHome): boolean {
  try {
    const { pid } = JSON.parse(readFileSync(join(home, "node.pid"), "utf8")) as { readonly pid: number };
    // Numbers of processes come again: only a node of this home is meant.
    if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("\0start\0")) return false;
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

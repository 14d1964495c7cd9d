// Member nodes on hosts of a test network, each with a disk of its own that outlives its process, which become devices of
// one user by invitation.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Namespaces } from "../namespaces.ts";
import type { HostOptions } from "./host-messages.ts";
import { MeshHost } from "./mesh-host.ts";

export type Pair<Item> = readonly [Item, Item];
export type StartOptions = Omit<HostOptions, "name" | "diskRoot">;

/** On all addresses, at a port that is told to whoever is invited. */
export const everywhere: StartOptions = { listen: ["tcp://0.0.0.0:4001"] };

export class MeshNetwork {
  readonly wires: Namespaces;
  /** For disks and recordings; goes with the network. */
  readonly folder: string;

  private constructor(wires: Namespaces, folder: string) {
    this.wires = wires;
    this.folder = folder;
  }

  static async create(): Promise<MeshNetwork> {
    return new MeshNetwork(await Namespaces.create(), await mkdtemp(join(tmpdir(), "glow-mesh-")));
  }

  async dispose(): Promise<void> {
    await this.wires.dispose();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Starts a host's node, again if it ran before. */
  start(host: string, options: StartOptions = everywhere): Promise<MeshHost> {
    return MeshHost.start(this.wires, host, { diskRoot: join(this.folder, host), ...options });
  }

  /** All hosts on one switch. */
  async addLan(hosts: readonly string[]): Promise<void> {
    await this.wires.addSwitch("lan");
    for (const [i, host] of hosts.entries()) {
      await this.wires.addHost(host);
      await this.wires.plugIn({ host, name: "eth0", addresses: [`192.168.7.${i + 1}/24`] }, "lan");
    }
  }

  /** Two ends with cables to both relays and not to each other, and one between the relays. */
  async addDiamond([left, right]: Pair<string>, relays: Pair<string>): Promise<void> {
    for (const host of [left, right, ...relays]) await this.wires.addHost(host);
    for (const [i, relay] of relays.entries()) {
      for (const [j, end] of [left, right].entries()) {
        const near = { host: relay, name: `to-${end}`, addresses: [`10.78.${2 * i + j}.1/24`] };
        await this.wires.connect(near, { host: end, name: `to-${relay}`, addresses: [`10.78.${2 * i + j}.2/24`] });
      }
    }
    const [one, two] = relays;
    const near = { host: one, name: `to-${two}`, addresses: ["10.78.4.1/24"] };
    await this.wires.connect(near, { host: two, name: `to-${one}`, addresses: ["10.78.4.2/24"] });
  }
}

/** Makes `first` a user, and the others its devices: each by a code, typed in where it is. */
export async function becomeOneUser(first: MeshHost, ...others: readonly MeshHost[]): Promise<void> {
  await first.call({ do: "createUser" });
  for (const other of others) await invite(first, other);
}

export async function invite(host: MeshHost, guest: MeshHost): Promise<void> {
  const code = await host.call<string>({ do: "invite" });
  await guest.call({ do: "join", code });
}

// The network as one life of a node sees it: what it may dial and where it may listen.

import { GlowError } from "#base/errors.ts";
import type { Address, Listener, Network, Pipe } from "#glow";
import { type Incarnation, never } from "../incarnation.ts";
import { Dial } from "./dial.ts";
import type { Host } from "./host.ts";
import type { SimulatedNetwork } from "./network.ts";
import { parseSimAddress, simAddress } from "./sim-address.ts";

export class HostNetwork implements Network {
  readonly #network: SimulatedNetwork;
  readonly #incarnation: Incarnation;

  constructor(network: SimulatedNetwork, incarnation: Incarnation) {
    this.#network = network;
    this.#incarnation = incarnation;
  }

  async dial(address: Address, signal?: AbortSignal): Promise<Pipe> {
    const to = parseSimAddress(address, "network.dial");
    if (this.#incarnation.isGhost("network.dial")) return never();
    if (signal?.aborted) {
      throw new GlowError("cancelled", "network.dial", { target: address, message: "given up before it began" });
    }
    return new Promise((resolve, reject) => {
      new Dial(this.#network, this.#incarnation, address, to, signal, { resolve, reject }).start();
    });
  }

  async listen(address: Address, accept: (pipe: Pipe) => void): Promise<Listener> {
    const { node, port: wished } = parseSimAddress(address, "network.listen");
    if (this.#incarnation.isGhost("network.listen")) return never();
    const host = this.#network.host(this.#incarnation.node) as Host;
    if (node !== host.name) {
      throw new GlowError("invalid", "network.listen", {
        target: address,
        message: `${host.name} can listen on sim://${host.name} alone`,
      });
    }
    if (host.acceptors.has(wished)) {
      throw new GlowError("already-exists", "network.listen", { target: address, message: `${address} is taken` });
    }
    const port = wished === 0 ? host.freePort() : wished;
    host.acceptors.set(port, accept);
    this.#incarnation.record("listen", simAddress(host.name, port));
    return this.#listener(host, port, accept);
  }

  #listener(host: Host, port: number, accept: (pipe: Pipe) => void): Listener {
    return {
      address: simAddress(host.name, port),
      close: async () => {
        if (this.#incarnation.isGhost("listener.close")) return never();
        if (host.acceptors.get(port) === accept) host.acceptors.delete(port);
        return undefined;
      },
    };
  }
}

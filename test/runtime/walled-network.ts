// A network of Node for a host that nobody within it can leave: it is dialled, and dials nobody, until the wall is gone.

import { GlowError } from "#base/errors.ts";
import type { Address, Listener, Network, Pipe } from "#glow";

export class WalledNetwork implements Network {
  readonly #network: Network;
  walled = false;

  constructor(network: Network) {
    this.#network = network;
  }

  async dial(address: Address, signal?: AbortSignal): Promise<Pipe> {
    if (!this.walled) return this.#network.dial(address, signal);
    throw new GlowError("unavailable", "network.dial", { target: address, message: "a wall is in the way" });
  }

  listen(address: Address, accept: (pipe: Pipe) => void): Promise<Listener> {
    return this.#network.listen(address, accept);
  }
}

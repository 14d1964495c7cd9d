// The transports of Node, by the scheme of their addresses. A new one is one more file with a dial and a listen, and
// one more line here.

import type { Address, Listener, Network, Pipe } from "#glow";
import { transportLimits } from "#base/limits.ts";
import { schemeOf, unsupportedScheme } from "../url.ts";
import { dialTcp, listenTcp } from "./tcp-transport.ts";
import type { NodeNetworkOptions, Transport, TransportOptions } from "./transport.ts";
import { dialUnix, listenUnix } from "./unix-transport.ts";

const transports: Readonly<Record<string, Transport>> = {
  tcp: { dial: dialTcp, listen: listenTcp },
  unix: { dial: dialUnix, listen: listenUnix },
  ws: {
    dial: async (...how) => (await webSockets()).dialWebSocket(...how),
    listen: async (...how) => (await webSockets()).listenWebSocket(...how),
  },
  wss: { dial: async (...how) => (await webSockets()).dialWebSocket(...how) },
};

/** Loaded when there is use for them: with HTTP and TLS they take 6 MB of memory. */
async function webSockets() {
  return await import("./websocket-transport.ts");
}

export class NodeNetwork implements Network {
  readonly #options: TransportOptions;

  constructor(options: NodeNetworkOptions = {}) {
    this.#options = {
      zeroMask: options.zeroMask ?? false,
      dialMs: options.dialMs ?? transportLimits.dialMs,
      handshakeMs: options.handshakeMs ?? transportLimits.handshakeMs,
      handshakes: options.handshakes ?? transportLimits.handshakes,
      closeMs: options.closeMs ?? transportLimits.closeMs,
    };
  }

  async dial(address: Address, signal?: AbortSignal): Promise<Pipe> {
    const op = "network.dial";
    const scheme = schemeOf(address, op);
    const transport = Object.hasOwn(transports, scheme) ? transports[scheme] : undefined;
    if (transport === undefined) throw unsupportedScheme(address, op, Object.keys(transports));
    return transport.dial(address, this.#options, signal);
  }

  async listen(address: Address, accept: (pipe: Pipe) => void): Promise<Listener> {
    const op = "network.listen";
    const scheme = schemeOf(address, op);
    const listen = Object.hasOwn(transports, scheme) ? transports[scheme]?.listen : undefined;
    if (listen === undefined) {
      const able = Object.keys(transports).filter((name) => transports[name]?.listen !== undefined);
      throw unsupportedScheme(address, op, able);
    }
    return listen(address, this.#options, accept);
  }
}

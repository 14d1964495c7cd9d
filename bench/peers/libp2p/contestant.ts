// js-libp2p over TCP, with Noise and yamux, as its documentation configures it. Over a relay the receiver has a
// reservation there. Two limits are off: on what a relay carries (128 KiB, two minutes), and on how often one host may
// connect (five times a second).

import type { Channel, Contestant, OnBytes } from "../../mesh/contestant.ts";
import { type Connection, type Libp2p, loadModules, type Multiaddr, type Stream } from "./libp2p.ts";

const protocol = "/glow-bench/1";
const loopback = "/ip4/127.0.0.1/tcp/0";
const streamOptions = { runOnLimitedConnection: true };

async function node(listen: readonly string[], services: object = {}): Promise<Libp2p> {
  const { createLibp2p, tcp, circuitRelayTransport, noise, yamux, identify } = await loadModules();
  return createLibp2p({
    addresses: { listen },
    transports: [tcp(), circuitRelayTransport()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: Infinity },
    services: { identify: identify(), ...services },
  });
}

/** The one identity of this process, however often it connects. */
let sender: Promise<Libp2p> | undefined;

class StreamChannel implements Channel {
  readonly #node: Libp2p;
  readonly #stream: Stream;

  constructor(owner: Libp2p, stream: Stream, onBytes: (piece: Uint8Array, from: Channel) => void) {
    this.#node = owner;
    this.#stream = stream;
    stream.addEventListener("message", ({ data }) => {
      if (data instanceof Uint8Array) onBytes(data, this);
      else for (const piece of data) onBytes(piece, this);
    });
  }

  write(bytes: Uint8Array): boolean {
    return this.#stream.send(bytes);
  }

  /** Not by its own `onDrain`: from the second time on that resolves at once, and all there is piles up in memory. */
  drained(): Promise<void> {
    return new Promise((resolve) => this.#stream.addEventListener("drain", resolve, { once: true }));
  }

  async close(): Promise<void> {
    this.#stream.abort(new Error("done"));
    // The relayed one before that to the relay, which carries it.
    for (const connection of this.#node.getConnections().toReversed()) await connection.close();
  }
}

/** The first address that `node` has on a relay, or not on one. */
function addressOf(owner: Libp2p, relayed: boolean): Multiaddr | undefined {
  return owner.getMultiaddrs().find((address) => isRelayed(address) === relayed);
}

function isRelayed(address: Multiaddr): boolean {
  return address.toString().includes("/p2p-circuit");
}

function bookedAddress(owner: Libp2p): Promise<string> {
  return new Promise((resolve) => {
    const look = (): void => {
      const address = addressOf(owner, true);
      if (address === undefined) return;
      owner.removeEventListener("self:peer:update", look);
      resolve(address.toString());
    };
    owner.addEventListener("self:peer:update", look);
    look();
  });
}

export const contestant: Contestant = {
  async listen(onBytes) {
    const { multiaddr } = await loadModules();
    const receiver = await node([loopback, "/p2p-circuit"]);
    await receiver.handle(protocol, (stream) => void new StreamChannel(receiver, stream, onBytes), streamOptions);
    return {
      address: String(addressOf(receiver, false)),
      async book(relay) {
        await receiver.dial(multiaddr(relay));
        return bookedAddress(receiver);
      },
    };
  },

  async relay() {
    const { circuitRelayServer } = await loadModules();
    const relay = await node([loopback], {
      circuitRelay: circuitRelayServer({ reservations: { applyDefaultLimit: false } }),
    });
    return String(addressOf(relay, false));
  },

  async connect(address, onBytes: OnBytes) {
    const { multiaddr } = await loadModules();
    sender ??= node([]);
    const owner = await sender;
    const target = multiaddr(address);
    const connection: Connection = await owner.dial(target);
    if (isRelayed(connection.remoteAddr) !== isRelayed(target)) throw new Error(`dialled ${address}, got another path`);
    return new StreamChannel(owner, await connection.newStream(protocol, streamOptions), onBytes);
  },
};

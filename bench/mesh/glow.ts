// Glow: a node for each process, one stream of a session between the ends. A relay is a node like any other.

import type { Address, NodeId, Stream } from "#glow";
import { NodeIdentity } from "#identity/node-identity.ts";
import { Mesh } from "#mesh/mesh.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { tmpdir } from "node:os";
import type { Channel, Contestant, OnBytes } from "./contestant.ts";

const protocol = "bench";

/** Where to dial, and whom that leads to in the end. */
interface Way {
  readonly dial: Address;
  readonly node: NodeId;
  readonly target: NodeId;
}

export const contestant: Contestant = {
  async listen(onBytes) {
    const mesh = await startNode();
    mesh.router.accept(protocol, (stream) => {
      const channel = new StreamChannel(stream, mesh, (piece) => onBytes(piece, channel));
    });
    return { address: write({ dial: mesh.addresses[0] as Address, node: mesh.router.self, target: mesh.router.self }) };
  },

  async relay(next) {
    const way = read(next);
    const mesh = await startNode();
    await mesh.dial(way.dial, { expected: way.node });
    return write({ dial: mesh.addresses[0] as Address, node: mesh.router.self, target: way.target });
  },

  async connect(address, onBytes) {
    const way = read(address);
    const mesh = await startNode([]);
    await mesh.dial(way.dial, { expected: way.node });
    const session = await mesh.router.session(way.target);
    return new StreamChannel(session.open(protocol, "bulk"), mesh, onBytes);
  },
};

function startNode(listen = ["tcp://127.0.0.1:0" as Address]): Promise<Mesh> {
  const platform = nodePlatform({ diskRoot: tmpdir() });
  const { crypto, random } = platform;
  return Mesh.start(platform, {
    identity: new NodeIdentity(crypto, crypto.keyPair("ed25519", random)),
    listen,
    policy: {
      hello: () => new Uint8Array(),
      rights: () => ({ tab: false, relay: true }),
      wants: () => false,
    },
  });
}

class StreamChannel implements Channel {
  readonly #stream: Stream;
  readonly #mesh: Mesh;
  readonly #end: Promise<void>;
  #drained: (() => void) | undefined;

  constructor(stream: Stream, mesh: Mesh, onBytes: OnBytes) {
    this.#stream = stream;
    this.#mesh = mesh;
    this.#end = new Promise((resolve) => {
      stream.attach({
        packet: (bytes, start, end) => onBytes(bytes.subarray(start, end)),
        piece: (bytes, start, end) => onBytes(bytes.subarray(start, end)),
        drained: () => this.#drained?.(),
        // What was lost is missed by whoever counts it.
        closed: () => {
          this.#drained?.();
          resolve();
        },
      });
    });
  }

  write(bytes: Uint8Array): boolean {
    return this.#stream.send([bytes]);
  }

  drained(): Promise<unknown> {
    return new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  async close(): Promise<void> {
    this.#stream.close();
    await this.#end;
    await this.#mesh.close();
  }
}

function write(way: Way): string {
  return JSON.stringify(way);
}

function read(text: string): Way {
  return JSON.parse(text) as Way;
}

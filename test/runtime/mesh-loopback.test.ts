// Two nodes over real sockets of each transport: streams both ways at once, while the connection between them is broken
// again and again.

import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import type { Address, NodeId } from "#glow";
import { NodeIdentity } from "#identity/node-identity.ts";
import { Mesh } from "#mesh/mesh.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import type { NodeNetworkOptions } from "#platform/nodejs/transport.ts";
import { CuttingProxy } from "./cutting-proxy.ts";
import { StreamSink } from "./hashed-streams.ts";

const MiB = 1024 * 1024;
const sizeBytes = 8 * MiB;
/** Of what the dialling side sends. */
const cutsAtBytes = [2 * MiB, 5 * MiB];

interface Node {
  readonly mesh: Mesh;
  readonly sink: StreamSink;
  /** The neighbours that came by each link, of which there is one at a time. */
  readonly linked: NodeId[];
}

async function startNode(network: NodeNetworkOptions, listen: readonly string[] = []): Promise<Node> {
  const platform = nodePlatform({ diskRoot: tmpdir(), network });
  const { crypto, random } = platform;
  const linked: NodeId[] = [];
  const mesh = await Mesh.start(platform, {
    identity: new NodeIdentity(crypto, crypto.keyPair("ed25519", random)),
    listen: listen as readonly Address[],
    policy: {
      hello: () => new Uint8Array(),
      rights: () => ({ tab: false, relay: true }),
      wants: () => false,
    },
    linked: ({ peer }) => linked.push(peer),
  });
  return { mesh, sink: new StreamSink(mesh), linked };
}

async function exchange(from: Node, to: Node): Promise<void> {
  const [sent, received] = await Promise.all([from.sink.send(to.mesh.router.self, sizeBytes), to.sink.next()]);
  expect(received).toMatchObject({ hash: sent, sizeBytes });
}

const transports: readonly (readonly [string, string, NodeNetworkOptions])[] = [
  ["tcp:", "tcp://127.0.0.1:0", {}],
  ["ws:", "ws://127.0.0.1:0/glow", {}],
  ["ws: with a zero mask", "ws://127.0.0.1:0/glow", { zeroMask: true }],
];

for (const [name, listen, options] of transports) {
  test(`streams over ${name} survive links that break`, async () => {
    const listener = await startNode(options, [listen]);
    const dialler = await startNode(options);
    const address = new URL(listener.mesh.addresses[0] as Address);
    const proxy = await CuttingProxy.open(Number(address.port), cutsAtBytes);
    const [self, peer] = [dialler.mesh.router.self, listener.mesh.router.self];
    address.port = String(proxy.port);
    dialler.mesh.keep(peer, [address.href as Address]);
    await Promise.all([exchange(dialler, listener), exchange(listener, dialler)]);
    expect(proxy.cuts).toBe(cutsAtBytes.length);
    expect(dialler.linked).toEqual([peer, peer, peer]);
    expect(listener.linked).toEqual([self, self, self]);
    expect(dialler.mesh.router.route(peer)?.hops).toBe(1);
    await dialler.mesh.close();
    await listener.mesh.close();
    proxy.close();
  });
}

// Real nodes on real networks find each other with nothing configured: hosts are namespaces, switches are bridges.

import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { idText } from "#base/ids.ts";
import { type HostProcess, Namespaces, namespacesMissing } from "./namespaces.ts";

const program = join(import.meta.dirname, "discovery-host.ts");
const missing = namespacesMissing();
const soonMs = 3000;

interface Finding {
  readonly node?: string;
  readonly addresses?: readonly string[];
}

let networks: Namespaces[] = [];

afterEach(async () => {
  await Promise.all(networks.map((each) => each.dispose()));
  networks = [];
});

async function newNetwork(): Promise<Namespaces> {
  const network = await Namespaces.create();
  networks.push(network);
  return network;
}

async function onOneSwitch(...hosts: string[]): Promise<Namespaces> {
  const network = await newNetwork();
  await network.addSwitch("lan");
  for (const [i, host] of hosts.entries()) {
    await network.addHost(host);
    await network.plugIn({ host, name: "eth0", addresses: [`192.168.7.${i + 1}/24`] }, "lan");
  }
  return network;
}

function nodeOf(name: string): string {
  return idText(new TextEncoder().encode(name.padEnd(33, ".")));
}

function start(network: Namespaces, host: string, ...addresses: string[]): HostProcess {
  return network.start(host, program, nodeOf(host), ...addresses);
}

/** Waits until a process has found just these addresses of a node, and says how long that took. */
async function finds(process: HostProcess, host: string, ...addresses: string[]): Promise<number> {
  const sinceMs = performance.now();
  const sorted = addresses.toSorted();
  await process.hear<Finding>(
    ({ node, addresses: found }) => node === nodeOf(host) && JSON.stringify(found) === JSON.stringify(sorted),
  );
  return performance.now() - sinceMs;
}

test("two on a bridge find each other, one that comes later too; who leaves is gone at once", async (context) => {
  context.skip(missing !== undefined, missing);
  const network = await onOneSwitch("ann", "bob", "cat");
  const ann = start(
    network,
    "ann",
    "tcp://0.0.0.0:4001",
    "ws://0.0.0.0:4002/mesh",
    "unix:/run/ann",
    "tcp://127.0.0.1:9",
  );
  const bob = start(network, "bob", "tcp://0.0.0.0:4001");
  await Promise.all([ann.hear(), bob.hear()]);
  const tookMs = await Promise.all([
    finds(ann, "bob", "tcp://192.168.7.2:4001"),
    finds(bob, "ann", "tcp://192.168.7.1:4001", "ws://192.168.7.1:4002/mesh"),
  ]);
  expect(Math.max(...tookMs)).toBeLessThan(soonMs);

  const cat = start(network, "cat", "tcp://192.168.7.3:4003");
  await cat.hear();
  const lateMs = await Promise.all([
    finds(cat, "ann", "tcp://192.168.7.1:4001", "ws://192.168.7.1:4002/mesh"),
    finds(bob, "cat", "tcp://192.168.7.3:4003"),
  ]);
  expect(Math.max(...lateMs)).toBeLessThan(soonMs);

  cat.say("close");
  const [goneMs] = await Promise.all([finds(bob, "cat"), finds(ann, "cat"), cat.end()]);
  expect(goneMs).toBeLessThan(soonMs);
});

test("one with two networks is found on each by its address there, and carries nothing across", async (context) => {
  context.skip(missing !== undefined, missing);
  const network = await newNetwork();
  await network.addLine(["left", "middle", "right"]);
  const left = start(network, "left", "tcp://0.0.0.0:4001");
  const right = start(network, "right", "tcp://0.0.0.0:4001");
  const middle = start(network, "middle", "tcp://0.0.0.0:4001");
  await Promise.all([finds(left, "middle", "tcp://10.77.1.2:4001"), finds(right, "middle", "tcp://10.77.2.1:4001")]);
  const found = new Map<string, readonly string[]>();
  await middle.hear<Finding>(({ node, addresses = [] }) => node !== undefined && found.set(node, addresses).size === 2);
  expect(found.get(nodeOf("left"))).toEqual(["tcp://10.77.1.1:4001"]);
  expect(found.get(nodeOf("right"))).toEqual(["tcp://10.77.2.2:4001"]);
});

test("a network that comes up later, and an address that changes, are found by themselves", async (context) => {
  context.skip(missing !== undefined, missing);
  const network = await onOneSwitch("ann", "bob");
  await network.setLink("bob", "eth0", "down");
  const ann = start(network, "ann", "tcp://0.0.0.0:4001");
  const bob = start(network, "bob", "tcp://0.0.0.0:4001");
  await Promise.all([ann.hear(), bob.hear()]);
  await network.setLink("bob", "eth0", "up");
  expect(await finds(ann, "bob", "tcp://192.168.7.2:4001")).toBeLessThan(soonMs);

  await network.removeAddress("bob", "eth0", "192.168.7.2/24");
  await network.addAddress("bob", "eth0", "192.168.7.22/24");
  await ann.hear<Finding>(
    ({ node, addresses }) => node === nodeOf("bob") && addresses?.includes("tcp://192.168.7.22:4001") === true,
  );
});

test("it works beside another program that has the port of multicast DNS", async (context) => {
  context.skip(missing !== undefined, missing);
  const network = await onOneSwitch("ann", "bob");
  const script = `
    const socket = require("node:dgram").createSocket({ type: "udp4", reuseAddr: true });
    socket.bind(5353, () => { socket.addMembership("224.0.0.251", "192.168.7.1"); console.log('"bound"'); });
    socket.on("message", () => console.log('"heard"'));`;
  const other = network.startCommand("ann", process.execPath, "-e", script);
  await other.hear((message) => message === "bound");
  const ann = start(network, "ann", "tcp://0.0.0.0:4001");
  const bob = start(network, "bob", "tcp://0.0.0.0:4001");
  await Promise.all([
    finds(ann, "bob", "tcp://192.168.7.2:4001"),
    finds(bob, "ann", "tcp://192.168.7.1:4001"),
    other.hear((message) => message === "heard"),
  ]);
});

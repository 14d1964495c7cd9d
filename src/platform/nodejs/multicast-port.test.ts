// The socket itself, on loopback and on a group of its own: packets that make no sense, that are too large, that come
// from afar; and a port that somebody else does not share.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { discoveryLimits } from "#base/limits.ts";
import { integerBelow, randomBytes, SeededRandom } from "#base/random.ts";
import type { NodeId } from "#glow";
import type { NetworkInterface } from "./interface-watch.ts";
import { type MulticastGroup, type MulticastPort, openPort } from "./multicast-port.ts";
import { type IncomingPacket, queryFor, responseOf, sightingsIn } from "./multicast-records.ts";

const loopback: NetworkInterface = {
  name: "lo",
  addresses: [{ family: "ipv4", address: "127.0.0.1", cidr: "127.0.0.1/8" }],
};
const service = {
  label: "label",
  node: idText(new Uint8Array(33)) as NodeId,
  endpoints: [{ scheme: "tcp", port: 1, path: "" }],
  hosts: ["127.0.0.1"],
} as const;

let group: MulticastGroup;
let stranger: Socket;
const open: MulticastPort[] = [];

beforeEach(async () => {
  const probe = createSocket("udp4");
  probe.bind(0, "127.0.0.1");
  await once(probe, "listening");
  group = { port: probe.address().port, address: "224.0.0.251" };
  probe.close();
  stranger = createSocket("udp4");
});

afterEach(async () => {
  stranger.close();
  await Promise.all(open.splice(0).map((port) => port.close()));
});

/** A port that is ready, and the packets that came to it. */
async function openedPort(networkInterface = loopback): Promise<{ port: MulticastPort; heard: AsyncQueue }> {
  const heard = new AsyncQueue();
  const ready = Promise.withResolvers<void>();
  const port = openPort(
    networkInterface,
    {
      ready: ready.resolve,
      query: (packet) => heard.push(packet),
      response: (packet) => heard.push(packet),
      failed: ready.reject,
    },
    group,
  );
  open.push(port);
  await ready.promise;
  return { port, heard };
}

class AsyncQueue {
  readonly #packets: IncomingPacket[] = [];
  #wake: () => void = () => undefined;

  get length(): number {
    return this.#packets.length;
  }

  push(packet: IncomingPacket): void {
    this.#packets.push(packet);
    this.#wake();
  }

  async next(): Promise<IncomingPacket> {
    while (this.#packets.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#packets.shift() as IncomingPacket;
  }
}

async function toss(bytes: Uint8Array): Promise<void> {
  await new Promise((resolve) => stranger.send(bytes, group.port, "127.0.0.1", resolve));
}

/** The bytes of one announcement, as they go over the wire. */
async function announcementBytes(): Promise<Uint8Array> {
  const tap = createSocket({ type: "udp4", reuseAddr: true });
  tap.bind(group.port, "0.0.0.0");
  await once(tap, "listening");
  tap.addMembership(group.address, "127.0.0.1");
  const { port } = await openedPort();
  port.respond(responseOf(service, 1000));
  const [bytes] = (await once(tap, "message")) as [Uint8Array];
  tap.close();
  return bytes;
}

/** A packet of so many questions for the root, each of five bytes. */
function questions(count: number): Uint8Array {
  const packet = new Uint8Array(12 + 5 * count);
  new DataView(packet.buffer).setUint16(4, count);
  return packet;
}

test("two on one machine hear each other", async () => {
  const [a, b] = [await openedPort(), await openedPort()];
  a.port.respond(responseOf(service, 5000));
  const [sighting] = sightingsIn(await b.heard.next(), "127.0.0.1", () => true);
  expect(sighting).toEqual({ label: "label", node: service.node, addresses: ["tcp://127.0.0.1:1"], ttlMs: 5000 });
  b.port.query(queryFor([{ label: "label", ttlMs: 3000 }]));
  const heard = await a.heard.next().then(() => a.heard.next());
  expect(heard.questions).toMatchObject([{ name: "_glow._tcp.local", type: "PTR" }]);
  expect(heard.answers).toMatchObject([{ data: "label._glow._tcp.local", ttl: 3 }]);
});

test("bytes of any kind do no harm: what is whole is still heard", async () => {
  const whole = await announcementBytes();
  const random = new SeededRandom("multicast");
  const { heard } = await openedPort();
  for (let i = 0; i < 3000; i++) {
    const bytes = i % 3 === 0 ? randomBytes(random, integerBelow(random, 600)) : Uint8Array.from(whole);
    if (i % 3 === 1) bytes[integerBelow(random, bytes.length)] = integerBelow(random, 256);
    await toss(i % 3 === 2 ? bytes.subarray(0, integerBelow(random, bytes.length)) : bytes);
  }
  await toss(whole);
  let sightings = 0;
  while (sightings === 0 || heard.length > 0) {
    sightings += sightingsIn(await heard.next(), "127.0.0.1", () => true).length;
  }
  expect(sightings).toBeGreaterThan(0);
});

test("a packet above `discoveryLimits.packetBytes`, or one that claims more than `discoveryLimits.packetRecords`, is not read", async () => {
  const whole = await announcementBytes();
  const { heard } = await openedPort();
  const padded = new Uint8Array(discoveryLimits.packetBytes + 1);
  padded.set(whole);
  await toss(padded);
  await toss(questions(discoveryLimits.packetRecords + 1));
  await toss(questions(discoveryLimits.packetRecords));
  expect((await heard.next()).questions).toHaveLength(discoveryLimits.packetRecords);
  await toss(padded.subarray(0, discoveryLimits.packetBytes));
  await toss(whole.with(1, 99));
  // Only the last two came; the last is known by its number.
  await heard.next();
  expect(await heard.next()).toMatchObject({ id: 99 });
});

test("what comes from outside the interface's networks is not heard", async () => {
  const whole = await announcementBytes();
  const elsewhere: NetworkInterface = {
    name: "lo",
    addresses: [
      { family: "ipv4", address: "127.0.0.1", cidr: "127.0.0.1/32" },
      { family: "ipv4", address: "127.0.0.3", cidr: "127.0.0.3/32" },
    ],
  };
  const { heard } = await openedPort(elsewhere);
  const far = createSocket("udp4");
  far.bind(0, "127.0.0.2");
  await once(far, "listening");
  await new Promise((resolve) => far.send(whole.with(1, 1), group.port, "127.0.0.1", resolve));
  far.close();
  await toss(whole.with(1, 2));
  expect(await heard.next()).toMatchObject({ id: 2 });
});

test("a port that another program keeps for itself is told of, and works once it is free", async () => {
  const other = createSocket("udp4");
  other.bind(group.port, "0.0.0.0");
  await once(other, "listening");
  await expect(openedPort()).rejects.toMatchObject({ kind: "unavailable", target: "lo" } satisfies Partial<GlowError>);
  other.close();
  await once(other, "close");
  await openedPort();
});

test("closed while it opens, it leaves nothing behind", async () => {
  const port = openPort(
    loopback,
    { ready: () => expect.unreachable(), query() {}, response() {}, failed: () => expect.unreachable() },
    group,
  );
  await port.close();
  const alone = createSocket("udp4");
  alone.bind(group.port, "0.0.0.0");
  await once(alone, "listening");
  alone.close();
});

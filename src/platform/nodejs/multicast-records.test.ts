// Announcements as records and back, and records that nobody honest would write.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idText } from "#base/ids.ts";
import { discoveryLimits } from "#base/limits.ts";
import type { Address, NodeId } from "#glow";
import type { NetworkInterface } from "./interface-watch.ts";
import {
  asksFor,
  type IncomingPacket,
  onLink,
  type OutgoingResponse,
  queryFor,
  responseOf,
  serviceName,
  serviceOn,
  sightingsIn,
} from "./multicast-records.ts";

const node = idText(new Uint8Array(33).fill(7)) as NodeId;
const eth: NetworkInterface = {
  name: "eth0",
  addresses: [
    { family: "ipv4", address: "192.168.1.5", cidr: "192.168.1.5/24" },
    { family: "ipv6", address: "fd00::5", cidr: "fd00::5/64" },
    { family: "ipv6", address: "fe80::5", cidr: "fe80::5/64" },
  ],
};
const isOnLink = onLink(eth);
const ttlMs = discoveryLimits.sightingMs;

/** As the library gives it: texts are bytes. */
function received({ answers, additionals = [] }: OutgoingResponse): IncomingPacket {
  const read = additionals.map((each) =>
    each.type === "TXT" && Array.isArray(each.data)
      ? { ...each, data: each.data.map((text) => Buffer.from(String(text))) }
      : each,
  );
  return { questions: [], answers, additionals: read };
}

function announced(...listening: string[]): IncomingPacket {
  const service = serviceOn(eth, "label", node, listening as Address[]);
  if (service === undefined) throw new Error("nothing to announce");
  return received(responseOf(service, ttlMs));
}

function addressesOf(packet: IncomingPacket, source = "192.168.1.5"): string[] {
  return sightingsIn(packet, source, isOnLink).flatMap(({ addresses }) => addresses);
}

describe("what is told", () => {
  test.each([
    ["all of IPv4", ["tcp://0.0.0.0:1"], ["tcp://192.168.1.5:1"]],
    ["all of both", ["tcp://[::]:1"], ["tcp://192.168.1.5:1", "tcp://[fd00::5]:1"]],
    ["one address of the interface", ["tcp://192.168.1.5:1"], ["tcp://192.168.1.5:1"]],
    ["a path", ["ws://0.0.0.0:2/mesh"], ["ws://192.168.1.5:2/mesh"]],
    ["no path", ["ws://0.0.0.0"], ["ws://192.168.1.5:80/"]],
    ["several", ["tcp://0.0.0.0:1", "ws://0.0.0.0:2/m"], ["tcp://192.168.1.5:1", "ws://192.168.1.5:2/m"]],
  ])("%s", (_, listening, told) => {
    const [sighting] = sightingsIn(announced(...listening), "192.168.1.5", isOnLink);
    expect(sighting).toEqual({ label: "label", node, addresses: told, ttlMs });
  });

  test.each([
    "tcp://127.0.0.1:1",
    "unix:/run/glow",
    "tcp://10.0.0.1:1",
    "wss://0.0.0.0:1/",
    "sim://a:1",
    "nonsense",
    "",
  ])("nothing of %s", (address) => expect(serviceOn(eth, "label", node, [address as Address])).toBeUndefined());

  test("no more than `discoveryLimits.addressesPerSource`", () => {
    const many = Array.from({ length: 100 }, (_, i) => `tcp://0.0.0.0:${i + 1}` as Address);
    expect(serviceOn(eth, "label", node, many)?.endpoints).toHaveLength(discoveryLimits.addressesPerSource);
  });
});

describe("what is asked", () => {
  const query = (known: readonly { label: string; ttlMs: number }[]): IncomingPacket =>
    ({ additionals: [], answers: [], ...queryFor(known) }) as IncomingPacket;

  test("concerns a service unless its answer is known and fresh", () => {
    expect(asksFor(query([]), "label")).toBe(true);
    expect(asksFor(query([{ label: "other", ttlMs }]), "label")).toBe(true);
    expect(asksFor(query([{ label: "label", ttlMs: ttlMs / 4 }]), "label")).toBe(true);
    expect(asksFor(query([{ label: "label", ttlMs }]), "label")).toBe(false);
  });

  test("may be asked by name, in either case, and of others it is no business of ours", () => {
    const asking = (name: string): IncomingPacket => ({ questions: [{ name }], answers: [], additionals: [] });
    expect(asksFor(asking(`LABEL.${serviceName}`), "label")).toBe(true);
    expect(asksFor(asking("label.local"), "label")).toBe(true);
    expect(asksFor(asking("_http._tcp.local"), "label")).toBe(false);
  });
});

describe("what is not believed", () => {
  const text = (...texts: string[]): IncomingPacket => ({
    questions: [],
    answers: [{ type: "TXT", name: `label.${serviceName}`, ttl: 120, data: texts.map((each) => Buffer.from(each)) }],
    additionals: [],
  });

  test("hosts that are not on the interface's networks: the sender's own address counts then", () => {
    const service = { label: "label", node, endpoints: [{ scheme: "tcp", port: 1, path: "" }] } as const;
    const far = received(responseOf({ ...service, hosts: ["8.8.8.8", "127.0.0.1", "0.0.0.0", "2001:db8::1"] }, ttlMs));
    expect(addressesOf(far, "192.168.1.9")).toEqual(["tcp://192.168.1.9:1"]);
  });

  test("a goodbye is one, and no time is longer than `discoveryLimits.sightingMs`", () => {
    const service = { label: "label", node, endpoints: [{ scheme: "tcp", port: 1, path: "" }], hosts: [] } as const;
    const ttl = (ms: number) => sightingsIn(received(responseOf(service, ms)), "192.168.1.9", isOnLink)[0]?.ttlMs;
    expect(ttl(0)).toBe(0);
    expect(ttl(1000 * 2 ** 31)).toBe(discoveryLimits.sightingMs);
  });

  test.each([
    ["another version", "txtvers=2", `node=${node}`, "tcp=1"],
    ["no version first", `node=${node}`, "txtvers=1", "tcp=1"],
    ["no node", "txtvers=1", "tcp=1"],
    ["no id", "txtvers=1", "node=../../etc", "tcp=1"],
    ["an id that is too long", "txtvers=1", `node=${"a".repeat(255)}`, "tcp=1"],
  ])("%s", (_, ...texts) => expect(sightingsIn(text(...texts), "192.168.1.9", isOnLink)).toEqual([]));

  test.each([
    "tcp=0",
    "tcp=65536",
    "tcp=1x",
    "tcp=-1",
    "tcp=1.5",
    "unix=/a",
    "ws=1/a b",
    `ws=1/${"a".repeat(256)}`,
    "tcp",
  ])("an endpoint %s", (endpoint) => expect(addressesOf(text("txtvers=1", `node=${node}`, endpoint))).toEqual([]));

  test("addresses past `discoveryLimits.addressesPerSource`, records past `discoveryLimits.packetRecords`", () => {
    const ports = Array.from({ length: 200 }, (_, i) => `tcp=${i + 1}`);
    expect(addressesOf(text("txtvers=1", `node=${node}`, ...ports))).toHaveLength(discoveryLimits.addressesPerSource);
    const [record] = text("txtvers=1", `node=${node}`, "tcp=1").answers as [IncomingPacket["answers"][number]];
    const answers = Array.from({ length: 5000 }, () => record);
    const sightings = sightingsIn({ questions: [], answers, additionals: [] }, "192.168.1.9", isOnLink);
    expect(sightings).toHaveLength(discoveryLimits.packetRecords);
  });

  test("records of any make, without an error", () => {
    const name = fc.oneof(fc.string(), fc.constantFrom(serviceName, `label.${serviceName}`, "label.local", "."));
    const data = fc.oneof(
      fc.anything(),
      fc.array(fc.uint8Array()),
      fc.record({ target: fc.anything(), port: fc.anything() }),
    );
    const type = fc.constantFrom("TXT", "SRV", "A", "AAAA", "PTR", "OPT", "UNKNOWN_1");
    const record = fc.record({ type, name: fc.oneof(name, fc.anything()), ttl: fc.integer(), data });
    const packet = fc.record({
      questions: fc.array(fc.record({ name })),
      answers: fc.array(record),
      additionals: fc.array(record),
    });
    fc.assert(
      fc.property(packet, (each) => {
        // What a library makes of bytes has whatever types it has.
        const incoming = each as IncomingPacket;
        asksFor(incoming, "label");
        for (const { addresses } of sightingsIn(incoming, "192.168.1.9", isOnLink)) {
          for (const address of addresses) expect(address).toMatch(/^(tcp|ws):\/\//);
        }
      }),
      { numRuns: 500 },
    );
  });
});

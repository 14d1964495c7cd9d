// What a node says of itself by multicast DNS, as the records of DNS-SD (RFC 6763). One packet has all of them:
//
//   _glow._tcp.local          PTR   <label>._glow._tcp.local
//   <label>._glow._tcp.local  SRV   the first of its ports, at <label>.local
//   <label>._glow._tcp.local  TXT   txtvers=1 | node=<id> | tcp=<port> | ws=<port>/<path>
//   <label>.local             A, AAAA   its addresses on this interface
//
// The label is drawn anew at each start, so that no name of a person or machine is broadcast. A port stands for an
// address at each of the hosts. Only hosts on the interface's own networks are believed: what is said here can make
// nobody dial anything farther away. All of it is a hint: anyone on the network may have written it.

import { BlockList, isIP } from "node:net";
import type multicastDns from "multicast-dns";
import { idBytes } from "#base/ids.ts";
import { discoveryLimits } from "#base/limits.ts";
import type { Address, NodeId } from "#glow";
import type { NetworkInterface } from "./interface-watch.ts";

export type OutgoingResponse = multicastDns.ResponseOutgoingPacket;
export type OutgoingQuery = multicastDns.QueryOutgoingPacket;
/** A packet as the library reads it: the types of its fields are claims of the sender's. */
export interface IncomingPacket {
  readonly questions: readonly { readonly name: string }[];
  readonly answers: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}
type DnsRecord = OutgoingResponse["answers"][number];

export const serviceName = "_glow._tcp.local";

/** A port that a node listens on, for each host of the interface. */
export interface Endpoint {
  readonly scheme: "tcp" | "ws";
  readonly port: number;
  /** Of `ws`: begins with `/`. Else empty. */
  readonly path: string;
}

/** What one node says on one interface. */
export interface Service {
  readonly label: string;
  readonly node: NodeId;
  readonly endpoints: readonly Endpoint[];
  /** IP addresses. */
  readonly hosts: readonly string[];
}

/** What was understood of somebody's announcement. */
export interface Sighting {
  readonly label: string;
  readonly node: NodeId;
  readonly addresses: readonly Address[];
  /** How long to believe it; 0 takes it back. */
  readonly ttlMs: number;
}

/** Reads an interface's networks once; says of an IP address whether it lies in one of them. */
export function onLink({ addresses }: NetworkInterface): (host: string) => boolean {
  const networks = new BlockList();
  for (const { address, cidr, family } of addresses) {
    networks.addSubnet(address, Number(cidr.slice(cidr.indexOf("/") + 1)), family);
  }
  return (host) => {
    const family = isIP(host);
    return family !== 0 && networks.check(host, family === 4 ? "ipv4" : "ipv6");
  };
}

/** What can be told of listening addresses on this interface; undefined if nobody there could reach any of them. */
export function serviceOn(
  { addresses: own }: NetworkInterface,
  label: string,
  node: NodeId,
  listening: readonly Address[],
): Service | undefined {
  const endpoints: Endpoint[] = [];
  const hosts = new Set<string>();
  for (const address of listening.slice(0, discoveryLimits.addressesPerSource)) {
    const url = URL.parse(address);
    const scheme = url?.protocol.slice(0, -1);
    if (url === null || (scheme !== "tcp" && scheme !== "ws")) continue;
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const reached = own.filter((each) => isTellable(each.address) && listensAt(host, each.address, each.family));
    if (reached.length === 0) continue;
    for (const each of reached) hosts.add(each.address);
    endpoints.push({ scheme, port: Number(url.port || 80), path: scheme === "ws" ? url.pathname : "" });
  }
  if (endpoints.length === 0) return undefined;
  return { label, node, endpoints, hosts: [...hosts].slice(0, discoveryLimits.addressesPerSource) };
}

function listensAt(host: string, address: string, family: "ipv4" | "ipv6"): boolean {
  // A socket of `::` takes IPv4 too, unless somebody has switched that off.
  return host === address || host === "::" || (host === "0.0.0.0" && family === "ipv4");
}

/** Addresses of IPv6 that only mean something together with a zone can't be written as a URL. */
function isTellable(address: string): boolean {
  return !/^fe[89ab]/i.test(address);
}

/** `ttlMs` 0 takes back what was said. */
export function responseOf({ label, node, endpoints, hosts }: Service, ttlMs: number): OutgoingResponse {
  const ttl = Math.ceil(ttlMs / 1000);
  const name = `${label}.${serviceName}`;
  const target = `${label}.local`;
  const texts = endpoints.map(({ scheme, port, path }) => `${scheme}=${port}${path}`);
  const unique = { ttl, class: "IN", flush: true } as const;
  return {
    answers: [{ type: "PTR", name: serviceName, ttl, class: "IN", data: name }],
    additionals: [
      { ...unique, type: "SRV", name, data: { port: endpoints[0]?.port ?? 0, target } },
      { ...unique, type: "TXT", name, data: ["txtvers=1", `node=${node}`, ...texts] },
      ...hosts.map(
        (host): DnsRecord => ({
          ...unique,
          type: isIP(host) === 6 ? "AAAA" : "A",
          name: target,
          data: host,
        }),
      ),
    ],
  };
}

/** Asks for all services but those whose announcements are known: their labels, with how long they hold. */
export function queryFor(known: readonly { readonly label: string; readonly ttlMs: number }[]): OutgoingQuery {
  return {
    questions: [{ name: serviceName, type: "PTR" }],
    answers: known.map(({ label, ttlMs }) => ({
      type: "PTR",
      name: serviceName,
      ttl: Math.floor(ttlMs / 1000),
      data: `${label}.${serviceName}`,
    })),
  };
}

/** Whether a query asks for the service of this label, and does not say that the answer is known (RFC 6762, 7.1). */
export function asksFor(query: IncomingPacket, label: string): boolean {
  const own = [`${label}.${serviceName}`, `${label}.local`];
  const names = query.questions.map(({ name }) => lower(name));
  if (names.some((name) => own.includes(name))) return true;
  if (!names.includes(serviceName)) return false;
  const halfSeconds = discoveryLimits.sightingMs / 2000;
  return !query.answers.some(
    (each) => each.type === "PTR" && lower(each.data) === own[0] && (each.ttl ?? 0) >= halfSeconds,
  );
}

/** The announcements in a response that came from `source`. What makes no sense is skipped. */
export function sightingsIn(response: IncomingPacket, source: string, isOnLink: (host: string) => boolean): Sighting[] {
  const records = [...response.answers, ...response.additionals].slice(0, discoveryLimits.packetRecords);
  const sightings: Sighting[] = [];
  for (const record of records) {
    if (record.type !== "TXT") continue;
    const name = lower(record.name);
    const label = name.endsWith(`.${serviceName}`) ? name.slice(0, -serviceName.length - 1) : "";
    const said = /^[a-z0-9-]{1,63}$/.test(label) ? readTexts(record.data) : undefined;
    if (said === undefined) continue;
    const hosts = hostsOf(records, name).filter(isOnLink);
    const addresses = said.endpoints
      .flatMap((endpoint) => (hosts.length === 0 ? [source] : hosts).map((host) => addressAt(host, endpoint)))
      .slice(0, discoveryLimits.addressesPerSource);
    const ttlMs = Math.min((record.ttl ?? 0) * 1000, discoveryLimits.sightingMs);
    sightings.push({ label, node: said.node, addresses, ttlMs });
  }
  return sightings;
}

/** Hosts of the SRV record of this name. */
function hostsOf(records: readonly DnsRecord[], name: string): string[] {
  const targets = records.flatMap((each) => (each.type === "SRV" && lower(each.name) === name ? [each.data] : []));
  const hosts = targets.map((data: { readonly target: unknown } | null) => lower(data?.target));
  return records.flatMap((each) => {
    const isAddress = (each.type === "A" || each.type === "AAAA") && hosts.includes(lower(each.name));
    return isAddress && typeof each.data === "string" ? [each.data] : [];
  });
}

function addressAt(host: string, { scheme, port, path }: Endpoint): Address {
  const authority = isIP(host) === 6 ? `[${host}]` : host;
  return `${scheme}://${authority}:${port}${path}` as Address;
}

/** Undefined unless the strings name a node, in this version's form. */
function readTexts(data: unknown): { node: NodeId; endpoints: Endpoint[] } | undefined {
  const texts = (Array.isArray(data) ? data : [data]).map(textOf);
  if (texts[0] !== "txtvers=1") return undefined;
  const node = texts.find((text) => text.startsWith("node="))?.slice("node=".length);
  if (node === undefined || !isId(node)) return undefined;
  const endpoints = texts.flatMap((text): Endpoint[] => {
    const match = /^(tcp|ws)=(\d{1,5})(\/[!-~]*)?$/.exec(text);
    const port = Number(match?.[2]);
    if (match === null || text.length > discoveryLimits.addressBytes || port < 1 || port > 65_535) return [];
    const scheme = match[1] as Endpoint["scheme"];
    return [{ scheme, port, path: scheme === "ws" ? (match[3] ?? "/") : "" }];
  });
  return { node: node as NodeId, endpoints: endpoints.slice(0, discoveryLimits.addressesPerSource) };
}

function isId(text: string): boolean {
  try {
    idBytes(text);
    return true;
  } catch {
    return false;
  }
}

/** Names in DNS are the same in either case. */
function lower(name: unknown): string {
  return typeof name === "string" ? name.toLowerCase() : "";
}

/** Ids and paths are ASCII; other bytes make a text that is neither. */
function textOf(data: unknown): string {
  return data instanceof Uint8Array ? Buffer.from(data).toString("latin1") : "";
}

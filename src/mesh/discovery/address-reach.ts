// How far an address reaches, read from its text alone: what decides to whom it is worth telling, and from whom it is
// worth hearing. An address of one's own loopback told to another names another machine; one of a home network told to
// a stranger is of no use to him, and tells what the home looks like.

import { utf8Encode } from "#base/bytes.ts";
import { discoveryLimits } from "#base/limits.ts";
import type { Address } from "#glow";

/** `machine`: loopback, Unix sockets. `link`: needs a zone, or a name that only one cable knows. */
export type Reach = "machine" | "link" | "private" | "public";

const form = /^(tcp|ws|wss|sim):\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?(\/[!-"$-~]*)?$/i;

/** Undefined for what is no address that anybody could dial. */
export function reachOf(address: Address): Reach | undefined {
  if (utf8Encode(address).length > discoveryLimits.addressBytes) return undefined;
  if (/^unix:\/./.test(address)) return "machine";
  const match = form.exec(address);
  if (match === null) return undefined;
  const [, scheme = "", host = "", port, path] = match.map((part) => part?.toLowerCase());
  const isWeb = scheme === "ws" || scheme === "wss";
  if ((port === undefined || path !== undefined) && !isWeb) return undefined;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return undefined;
  if (scheme === "sim") return "public";
  return host.startsWith("[") ? reachOfIpv6(host.slice(1, -1)) : reachOfName(host);
}

/**
 * Whether to tell an address to a peer, or to take it from one, whom `peer` reaches; undefined if that is not known, as
 * he has dialled us: he is then taken for one of the same network, but of another machine.
 */
export function isShareable(address: Address, peer: Address | undefined): boolean {
  const reach = reachOf(address);
  const near = peer === undefined ? "private" : reachOf(peer);
  if (reach === "public") return true;
  if (reach === "private") return near !== "public";
  return reach === "machine" && near === "machine";
}

function reachOfName(host: string): Reach | undefined {
  const labels = host.split(".");
  const last = labels.at(-1) as string;
  // A name whose last part is a number is an address of IPv4, which has spellings that we do not want to know.
  if (/^(\d+|0x[0-9a-f]*)$/.test(last)) {
    const bytes = labels.map((label) => (/^(0|[1-9]\d{0,2})$/.test(label) ? Number(label) : 256));
    return bytes.length === 4 && bytes.every((byte) => byte < 256) ? reachOfIpv4(bytes) : undefined;
  }
  if (labels.includes("")) return undefined;
  if (last === "localhost") return "machine";
  if (last === "local") return "link";
  return labels.length === 1 || ["home", "lan", "internal"].includes(last) ? "private" : "public";
}

/** The registry of special addresses: https://www.iana.org/assignments/iana-ipv4-special-registry */
function reachOfIpv4([a = 0, b = 0]: readonly number[]): Reach | undefined {
  if (a === 127) return "machine";
  if (a === 169 && b === 254) return "link";
  if (a === 10 || (a === 172 && b >> 4 === 1) || (a === 192 && b === 168)) return "private";
  // Behind a carrier's translation (RFC 6598), and virtual private networks that borrowed that range.
  if (a === 100 && b >> 6 === 1) return "private";
  // This network, multicast, reserved, broadcast.
  return a === 0 || a >= 224 ? undefined : "public";
}

function reachOfIpv6(text: string): Reach | undefined {
  const groups = groupsOf(text);
  if (groups === undefined) return undefined;
  const [first = 0] = groups;
  const last = groups.slice(6) as [number, number];
  if (groups.slice(0, 5).every((group) => group === 0)) {
    if (groups[5] === 0xffff) return reachOfIpv4(last.flatMap((group) => [group >> 8, group & 255]));
    return groups[5] === 0 && last[0] === 0 && last[1] === 1 ? "machine" : undefined;
  }
  if (first >> 6 === 0xfe80 >> 6) return "link";
  if (first >> 9 === 0xfc00 >> 9) return "private";
  return first >> 8 === 0xff ? undefined : "public";
}

/** The eight groups of an IPv6 address (RFC 4291, 2.2). */
function groupsOf(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => (half === "" ? [] : half.split(":").flatMap(groupsOfPart)));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = tail === undefined ? head : [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return groups.every((group) => group >= 0) ? groups : undefined;
}

/** A group, or the two that an address of IPv4 at the end stands for; -1 for what is neither. */
function groupsOfPart(part: string): number[] {
  if (/^[0-9a-f]{1,4}$/.test(part)) return [Number.parseInt(part, 16)];
  const bytes = part.split(".").map((byte) => (/^\d{1,3}$/.test(byte) ? Number(byte) : 256));
  if (bytes.length !== 4 || bytes.some((byte) => byte > 255)) return [-1];
  const [a, b, c, d] = bytes as [number, number, number, number];
  return [a * 256 + b, c * 256 + d];
}

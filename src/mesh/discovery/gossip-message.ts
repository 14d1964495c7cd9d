// One message of gossip: addresses of nodes, as their teller knows them.
//
//   message   = count (varint, 0 to gossipNodes) | node ...
//   node      = id (33 bytes) | count (varint, 0 to addressesPerSource) | address ...
//   address   = length (varint, 1 to addressBytes) | UTF-8 text
//
// It says all that the teller wants to say of each node in it: a node without addresses takes back what was said before.

import { concatBytes, utf8Decode, utf8Encode } from "#base/bytes.ts";
import { assert, GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { discoveryLimits } from "#base/limits.ts";
import { decodeVarint, encodeVarint } from "#base/varint.ts";
import type { Address, NodeId } from "#glow";
import { nodeIdBytes } from "#identity/node-identity.ts";

export type NodeAddresses = ReadonlyMap<NodeId, readonly Address[]>;

/** Within the limits, which the caller keeps: `gossipNodes`, `addressesPerSource`, `addressBytes`, `gossipBytes`. */
export function encodeGossip(nodes: NodeAddresses): Uint8Array<ArrayBuffer> {
  const parts = [encodeVarint(nodes.size)];
  for (const [node, addresses] of nodes) {
    parts.push(idBytes(node) as Uint8Array<ArrayBuffer>, encodeVarint(addresses.length));
    for (const address of addresses) {
      const text = utf8Encode(address);
      parts.push(encodeVarint(text.length), text);
    }
  }
  const message = concatBytes(parts);
  assert(message.length <= discoveryLimits.gossipBytes, "a message of gossip keeps its limit");
  return message;
}

/** How many bytes a node takes in a message. */
export function gossipLength(addresses: readonly Address[]): number {
  return addresses.reduce((sum, address) => sum + 2 + utf8Encode(address).length, nodeIdBytes + 1);
}

/** `protocol` for anything that `encodeGossip` does not write. The addresses themselves are texts, and not looked at. */
export function decodeGossip(message: Uint8Array): NodeAddresses {
  if (message.length > discoveryLimits.gossipBytes) throw malformed("it is too long");
  const reader = new Reader(message);
  const nodes = new Map<NodeId, Address[]>();
  for (let left = reader.count("nodes", discoveryLimits.gossipNodes); left > 0; left--) {
    const node = idText(reader.bytes(nodeIdBytes)) as NodeId;
    if (nodes.has(node)) throw malformed("a node is in it twice");
    const count = reader.count("addresses", discoveryLimits.addressesPerSource);
    nodes.set(
      node,
      Array.from({ length: count }, () => reader.text() as Address),
    );
  }
  reader.end();
  return nodes;
}

class Reader {
  readonly #message: Uint8Array;
  #at = 0;

  constructor(message: Uint8Array) {
    this.#message = message;
  }

  count(of: string, most: number): number {
    const { value, end } = said(() => decodeVarint(this.#message, this.#at));
    if (value > most) throw malformed(`${value} ${of} are more than ${most}`);
    this.#at = end;
    return value;
  }

  bytes(length: number): Uint8Array {
    const bytes = this.#message.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw malformed("it ends too early");
    this.#at += length;
    return bytes;
  }

  text(): string {
    const length = this.count("bytes of an address", discoveryLimits.addressBytes);
    if (length === 0) throw malformed("an address is empty");
    return said(() => utf8Decode(this.bytes(length)));
  }

  end(): void {
    if (this.#at < this.#message.length) throw malformed("there is something behind its end");
  }
}

/** What the functions below call invalid is the peer's fault here. */
function said<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    throw malformed(GlowError.from(cause, "gossip.decode").message, cause);
  }
}

function malformed(fault: string, cause?: unknown): GlowError {
  return new GlowError("protocol", "gossip.decode", { message: `no message of addresses: ${fault}`, cause });
}

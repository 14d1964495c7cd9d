// Generated from daemon-pair.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

import {
  type Awaitable,
  call,
  type CallContext,
  type CallOptions,
  type CapabilityCodec,
  type Codec,
  type Interface,
  malformed,
  type Method,
  mismatch,
  type Reader,
  Stub,
  type Writer,
} from "#firefly/runtime.ts";

/** Two daemons of one user, of which neither can dial the other: how a test steers them. The first is named first. */
export interface DaemonPair {
  members(context?: CallContext): Awaitable<readonly Member[]>;
  /** The code of an invitation to become a tab of the user, from the first. */
  invite(context?: CallContext): Awaitable<string>;
  /** Returns when each has a route to the other over this many hops. */
  untilApart(hops: number, context?: CallContext): Awaitable<readonly Route[]>;
  /** What each takes its neighbour of this id for, when both have it as one that may relay. */
  untilRelay(node: string, context?: CallContext): Awaitable<readonly NeighbourPolicy[]>;
  /** Sends so much each way at the same time, and joins the two hosts by a network when `joinAtBytes` have come. */
  exchange(sizeBytes: bigint, joinAtBytes?: bigint, context?: CallContext): Awaitable<readonly Transfer[]>;
  /** What the first hears from an object of the second, called so many times at once. */
  count(calls: number, context?: CallContext): Awaitable<readonly number[]>;
}

export class DaemonPairStub extends Stub implements DaemonPair {
  override get $interface(): Interface {
    return DaemonPairInterface;
  }

  members(options?: CallOptions): Promise<readonly Member[]> {
    return call(this, DaemonPair$members, [], options);
  }

  invite(options?: CallOptions): Promise<string> {
    return call(this, DaemonPair$invite, [], options);
  }

  untilApart(hops: number, options?: CallOptions): Promise<readonly Route[]> {
    return call(this, DaemonPair$untilApart, [hops], options);
  }

  untilRelay(node: string, options?: CallOptions): Promise<readonly NeighbourPolicy[]> {
    return call(this, DaemonPair$untilRelay, [node], options);
  }

  exchange(sizeBytes: bigint, joinAtBytes?: bigint, options?: CallOptions): Promise<readonly Transfer[]> {
    return call(this, DaemonPair$exchange, [sizeBytes, joinAtBytes], options);
  }

  count(calls: number, options?: CallOptions): Promise<readonly number[]> {
    return call(this, DaemonPair$count, [calls], options);
  }
}

export interface Member {
  id: string;
  address: string;
}

export interface Route {
  next: string;
  costMs: number;
}

export interface NeighbourPolicy {
  tab: boolean;
  relay: boolean;
}

/** SHA-256 of what went in at one end and came out at the other, in hexadecimal digits. */
export interface Transfer {
  sent: string;
  received: string;
  receivedBytes: bigint;
}

// How values are packed, and what sessions need to know.

export function writeMember(writer: Writer, value: Member): void {
  if (typeof value !== "object" || value === null) throw mismatch("Member", value);
  writer.string(value.id);
  writer.string(value.address);
}

export function readMember(reader: Reader): Member {
  return {
    id: reader.string(),
    address: reader.string(),
  };
}

export function writeRoute(writer: Writer, value: Route): void {
  if (typeof value !== "object" || value === null) throw mismatch("Route", value);
  writer.string(value.next);
  writer.f64(value.costMs);
}

export function readRoute(reader: Reader): Route {
  return {
    next: reader.string(),
    costMs: reader.f64(),
  };
}

export function writeNeighbourPolicy(writer: Writer, value: NeighbourPolicy): void {
  if (typeof value !== "object" || value === null) throw mismatch("NeighbourPolicy", value);
  writer.boolean(value.tab);
  writer.boolean(value.relay);
}

export function readNeighbourPolicy(reader: Reader): NeighbourPolicy {
  return {
    tab: reader.boolean(),
    relay: reader.boolean(),
  };
}

export function writeTransfer(writer: Writer, value: Transfer): void {
  if (typeof value !== "object" || value === null) throw mismatch("Transfer", value);
  writer.string(value.sent);
  writer.string(value.received);
  writer.u64(value.receivedBytes);
}

export function readTransfer(reader: Reader): Transfer {
  return {
    sent: reader.string(),
    received: reader.string(),
    receivedBytes: reader.u64(),
  };
}

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

function write$list$Member(writer: Writer, value: readonly Member[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeMember(writer, value[i] as Member);
}

function read$list$Member(reader: Reader): readonly Member[] {
  const count = reader.count();
  const value: Member[] = [];
  for (let i = 0; i < count; i++) value.push(readMember(reader));
  return value;
}

const codec$list$Member: Codec<readonly Member[]> = {
  write: write$list$Member,
  read: read$list$Member,
};

const codec$string: Codec<string> = {
  write: (writer, value) => writer.string(value),
  read: (reader) => reader.string(),
};

function write$list$Route(writer: Writer, value: readonly Route[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeRoute(writer, value[i] as Route);
}

function read$list$Route(reader: Reader): readonly Route[] {
  const count = reader.count();
  const value: Route[] = [];
  for (let i = 0; i < count; i++) value.push(readRoute(reader));
  return value;
}

const codec$list$Route: Codec<readonly Route[]> = {
  write: write$list$Route,
  read: read$list$Route,
};

function write$list$NeighbourPolicy(writer: Writer, value: readonly NeighbourPolicy[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeNeighbourPolicy(writer, value[i] as NeighbourPolicy);
}

function read$list$NeighbourPolicy(reader: Reader): readonly NeighbourPolicy[] {
  const count = reader.count();
  const value: NeighbourPolicy[] = [];
  for (let i = 0; i < count; i++) value.push(readNeighbourPolicy(reader));
  return value;
}

const codec$list$NeighbourPolicy: Codec<readonly NeighbourPolicy[]> = {
  write: write$list$NeighbourPolicy,
  read: read$list$NeighbourPolicy,
};

function write$list$Transfer(writer: Writer, value: readonly Transfer[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeTransfer(writer, value[i] as Transfer);
}

function read$list$Transfer(reader: Reader): readonly Transfer[] {
  const count = reader.count();
  const value: Transfer[] = [];
  for (let i = 0; i < count; i++) value.push(readTransfer(reader));
  return value;
}

const codec$list$Transfer: Codec<readonly Transfer[]> = {
  write: write$list$Transfer,
  read: read$list$Transfer,
};

function write$list$i32(writer: Writer, value: readonly number[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writer.i32(value[i] as number);
}

function read$list$i32(reader: Reader): readonly number[] {
  const count = reader.count();
  const value: number[] = [];
  for (let i = 0; i < count; i++) value.push(reader.i32());
  return value;
}

const codec$list$i32: Codec<readonly number[]> = {
  write: write$list$i32,
  read: read$list$i32,
};

const DaemonPair$members: Method = {
  name: "members",
  number: 0,
  parameters: codec$none,
  result: codec$list$Member,
};

const DaemonPair$invite: Method = {
  name: "invite",
  number: 1,
  parameters: codec$none,
  result: codec$string,
};

const DaemonPair$untilApart: Method = {
  name: "untilApart",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writer.u32(args[0] as number);
    },
    read: (reader) => [reader.u32()],
  },
  result: codec$list$Route,
};

const DaemonPair$untilRelay: Method = {
  name: "untilRelay",
  number: 3,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$list$NeighbourPolicy,
};

const DaemonPair$exchange: Method = {
  name: "exchange",
  number: 4,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[1] !== undefined) present |= 1;
      writer.u8(present);
      writer.u64(args[0] as bigint);
      if (args[1] !== undefined) writer.u64(args[1] as bigint);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [reader.u64(), (present & 1) === 0 ? undefined : reader.u64()];
    },
  },
  result: codec$list$Transfer,
};

const DaemonPair$count: Method = {
  name: "count",
  number: 5,
  parameters: {
    write: (writer, args) => {
      writer.u32(args[0] as number);
    },
    read: (reader) => [reader.u32()],
  },
  result: codec$list$i32,
};

export const DaemonPairInterface: Interface<DaemonPair> = {
  name: "DaemonPair",
  hash: "12285a7d71afcd9664e0fcccc91ea6de2d2f731641888817d9bec56a2e6657b97b",
  methods: [
    DaemonPair$members,
    DaemonPair$invite,
    DaemonPair$untilApart,
    DaemonPair$untilRelay,
    DaemonPair$exchange,
    DaemonPair$count,
  ],
  stub: DaemonPairStub,
};

export const DaemonPair$capability: CapabilityCodec = { name: "DaemonPair", interface: () => DaemonPairInterface };

// Generated from node.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

import {
  type Awaitable,
  call,
  type CallContext,
  type CallOptions,
  type CapabilityCodec,
  type Codec,
  type Interface,
  type Method,
  mismatch,
  type Reader,
  Stub,
  type Writer,
} from "#firefly/runtime.ts";

/** A node: the first thing one gets to hold of on the other side. */
export interface Node {
  /** What is running there. */
  info(context?: CallContext): Awaitable<NodeInfo>;
  /** The same bytes back: whether the node answers, and how fast. */
  ping(payload: Uint8Array, context?: CallContext): Awaitable<Uint8Array>;
  /** The time of day as the node believes. */
  time(context?: CallContext): Awaitable<Date>;
}

export class NodeStub extends Stub implements Node {
  override get $interface(): Interface {
    return NodeInterface;
  }

  info(options?: CallOptions): Promise<NodeInfo> {
    return call(this, Node$info, [], options);
  }

  ping(payload: Uint8Array, options?: CallOptions): Promise<Uint8Array> {
    return call(this, Node$ping, [payload], options);
  }

  time(options?: CallOptions): Promise<Date> {
    return call(this, Node$time, [], options);
  }
}

export interface NodeInfo {
  /** For people; not unique. */
  name: string;
  /** Of Glow, as in its package: `0.1.0`. */
  version: string;
  /** What the node runs on: `nodejs`, `browser`, `simulated`. */
  platform: string;
  startedAt: Date;
  /** Version of the Firefly protocol. */
  protocol: number;
}

// How values are packed, and what sessions need to know.

export function writeNodeInfo(writer: Writer, value: NodeInfo): void {
  if (typeof value !== "object" || value === null) throw mismatch("NodeInfo", value);
  writer.string(value.name);
  writer.string(value.version);
  writer.string(value.platform);
  writer.date(value.startedAt);
  writer.u32(value.protocol);
}

export function readNodeInfo(reader: Reader): NodeInfo {
  return {
    name: reader.string(),
    version: reader.string(),
    platform: reader.string(),
    startedAt: reader.date(),
    protocol: reader.u32(),
  };
}

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

const codec$NodeInfo: Codec<NodeInfo> = {
  write: writeNodeInfo,
  read: readNodeInfo,
};

const codec$bytes: Codec<Uint8Array> = {
  write: (writer, value) => writer.bytesOf(value),
  read: (reader) => reader.bytesOf(),
};

const codec$date: Codec<Date> = {
  write: (writer, value) => writer.date(value),
  read: (reader) => reader.date(),
};

const Node$info: Method = {
  name: "info",
  number: 0,
  parameters: codec$none,
  result: codec$NodeInfo,
};

const Node$ping: Method = {
  name: "ping",
  number: 1,
  parameters: {
    write: (writer, args) => {
      writer.bytesOf(args[0] as Uint8Array);
    },
    read: (reader) => [reader.bytesOf()],
  },
  result: codec$bytes,
};

const Node$time: Method = {
  name: "time",
  number: 2,
  parameters: codec$none,
  result: codec$date,
};

export const NodeInterface: Interface<Node> = {
  name: "Node",
  hash: "12790d96008bfab073491921e20f3cc672d076f75ba429fbe8a5d0b761f0798549",
  methods: [Node$info, Node$ping, Node$time],
  stub: NodeStub,
};

export const Node$capability: CapabilityCodec = { name: "Node", interface: () => NodeInterface };

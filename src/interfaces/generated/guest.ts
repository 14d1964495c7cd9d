// Generated from guest.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

import {
  ask,
  type Awaitable,
  call,
  type CallContext,
  type CallOptions,
  type CapabilityCodec,
  type Codec,
  type Interface,
  type Method,
  mismatch,
  type ObjectFields,
  objectResult,
  Pipeline,
  type Pipelined,
  pipelined,
  type Reader,
  recordResult,
  Stub,
  type Writer,
} from "#firefly/runtime.ts";
import { type Node, Node$capability, NodeInterface, NodeStub } from "./node.ts";

/**
 * What the page of a guest finds first, over a WebSocket of the server that it is from. What goes over it can be read by others
 * in that network, and holds from one address only.
 */
export interface GuestDoor {
  /** Spends the token of a link, once. `denied` if it was used, has expired, or there was none. */
  enter(token: string, browser: string, context?: CallContext): Awaitable<GuestEntry>;
  /** Comes back. `denied` if the time is over, or this is another address. */
  resume(session: string, context?: CallContext): Awaitable<Node>;
  /** Gives up what the link gave. */
  leave(session: string, context?: CallContext): Awaitable<void>;
}

export class GuestDoorStub extends Stub implements GuestDoor {
  override get $interface(): Interface {
    return GuestDoorInterface;
  }

  enter(token: string, browser: string, options?: CallOptions): GuestEntryPipeline {
    return new GuestEntryPipeline(ask(this, GuestDoor$enter, [token, browser], options));
  }

  resume(session: string, options?: CallOptions): Pipelined<NodeStub> {
    return pipelined(ask(this, GuestDoor$resume, [session], options), NodeStub);
  }

  leave(session: string, options?: CallOptions): Promise<void> {
    return call(this, GuestDoor$leave, [session], options);
  }
}

export interface GuestEntry {
  /** By which this browser comes back. */
  session: string;
  node: Node;
}

export interface ReceivedGuestEntry {
  /** By which this browser comes back. */
  session: string;
  node: NodeStub;
}

export class GuestEntryPipeline extends Pipeline<ReceivedGuestEntry> {
  get node(): Pipelined<NodeStub> {
    return this.$field(NodeStub, 1);
  }
}

// How values are packed, and what sessions need to know.

export function writeGuestEntry(writer: Writer, value: GuestEntry): void {
  if (typeof value !== "object" || value === null) throw mismatch("GuestEntry", value);
  writer.string(value.session);
  writer.capability(Node$capability, value.node);
}

export function readGuestEntry(reader: Reader): ReceivedGuestEntry {
  return {
    session: reader.string(),
    node: reader.capability(Node$capability) as NodeStub,
  };
}

const codec$GuestEntry: Codec<GuestEntry> = {
  write: writeGuestEntry,
  read: readGuestEntry,
};

const codec$Node: Codec<Node> = {
  write: (writer, value) => writer.capability(Node$capability, value),
  read: (reader) => reader.capability(Node$capability) as NodeStub,
};

const codec$void: Codec = { write: () => undefined, read: () => undefined };

const GuestDoor$enter: Method = {
  name: "enter",
  number: 0,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
      writer.string(args[1] as string);
    },
    read: (reader) => [reader.string(), reader.string()],
  },
  result: codec$GuestEntry,
  pipeline: recordResult(() => GuestEntry$objects),
};

const GuestDoor$resume: Method = {
  name: "resume",
  number: 1,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$Node,
  pipeline: objectResult(() => NodeInterface),
};

const GuestDoor$leave: Method = {
  name: "leave",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$void,
};

export const GuestDoorInterface: Interface<GuestDoor> = {
  name: "GuestDoor",
  hash: "1202d3fdedfa18ba8f8a85c6294e9c82be2db6b786aa3ea90cd85fd9d0e4ab7f11",
  methods: [GuestDoor$enter, GuestDoor$resume, GuestDoor$leave],
  stub: GuestDoorStub,
};

export const GuestDoor$capability: CapabilityCodec = { name: "GuestDoor", interface: () => GuestDoorInterface };

export const GuestEntry$objects: ObjectFields = {
  1: { name: "node", type: () => NodeInterface },
};

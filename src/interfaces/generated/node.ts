// Generated from node.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

import {
  ask,
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
  objectResult,
  type Pipelined,
  pipelined,
  type Reader,
  Stub,
  type Writer,
} from "#firefly/runtime.ts";
import {
  type DeviceRole,
  readDeviceRole,
  type User,
  User$capability,
  UserInterface,
  UserStub,
  writeDeviceRole,
} from "./user.ts";
import { type Links, Links$capability, LinksInterface, LinksStub } from "./links.ts";
import { type Drives, Drives$capability, DrivesInterface, DrivesStub } from "./drive.ts";
import { type Names, Names$capability, NamesInterface, NamesStub } from "./names.ts";
import { type Folders, Folders$capability, FoldersInterface, FoldersStub } from "./folders.ts";
import { type Log, Log$capability, LogInterface, LogStub } from "./log.ts";
import { type Settings, Settings$capability, SettingsInterface, SettingsStub } from "./settings.ts";
import { type Pages, Pages$capability, PagesInterface, PagesStub } from "./pages.ts";

/**
 * A node: the first thing one gets to hold of on the other side. Whoever holds one can do what its `rights` say; what they
 * do not allow is `denied`. Texts and lists that are given to any of its objects have limits: `invalid` or `too-large` past
 * them. A resource that this node has not, or not yet, is `unavailable`, with what to do.
 */
export interface Node {
  /** What is running there. */
  info(context?: CallContext): Awaitable<NodeInfo>;
  /** The same bytes back: whether the node answers, and how fast. At most 65,536 bytes. */
  ping(payload: Uint8Array, context?: CallContext): Awaitable<Uint8Array>;
  /** The time of day as the node believes. */
  time(context?: CallContext): Awaitable<Date>;
  /** Whose node it is, and which devices that user has. */
  user(context?: CallContext): Awaitable<User>;
  /** Its links to other nodes, and its ways to all of them. */
  links(context?: CallContext): Awaitable<Links>;
  /** What it stores. */
  drives(context?: CallContext): Awaitable<Drives>;
  /** The one tree of names: `/me/drives/NAME/path`, `/me/nodes/NAME`. */
  names(context?: CallContext): Awaitable<Names>;
  /** Folders of its machine that are bound to drives. */
  folders(context?: CallContext): Awaitable<Folders>;
  /** What it has to tell of its work. */
  log(context?: CallContext): Awaitable<Log>;
  /** What can be set. */
  settings(context?: CallContext): Awaitable<Settings>;
  /**
   * Another node of the user, over the mesh: by name, by the id of its device, or by its id as a node. It gives the rights
   * that it gives to this node's role, and never more than this capability has. `not-found` if there is none,
   * `unavailable` if there is no way to it.
   */
  reach(node: string, context?: CallContext): Awaitable<Node>;
  /**
   * This node with fewer rights, for so many seconds, at most a year: to be given to somebody else. When they are over, or
   * nobody holds it any more, all that was got through it is `denied`, and its streams end. The rights of `rights` that this
   * one has not are not given; `drives` names the only ones that can be seen.
   */
  lend(
    rights: readonly Right[],
    lifetimeSeconds: number,
    drives?: readonly string[],
    context?: CallContext,
  ): Awaitable<Node>;
  /** Stops it. Answered before it does. */
  stop(context?: CallContext): Awaitable<void>;
  /** Its page for browsers. `unavailable` if it serves none. */
  pages(context?: CallContext): Awaitable<Pages>;
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

  user(options?: CallOptions): Pipelined<UserStub> {
    return pipelined(ask(this, Node$user, [], options), UserStub);
  }

  links(options?: CallOptions): Pipelined<LinksStub> {
    return pipelined(ask(this, Node$links, [], options), LinksStub);
  }

  drives(options?: CallOptions): Pipelined<DrivesStub> {
    return pipelined(ask(this, Node$drives, [], options), DrivesStub);
  }

  names(options?: CallOptions): Pipelined<NamesStub> {
    return pipelined(ask(this, Node$names, [], options), NamesStub);
  }

  folders(options?: CallOptions): Pipelined<FoldersStub> {
    return pipelined(ask(this, Node$folders, [], options), FoldersStub);
  }

  log(options?: CallOptions): Pipelined<LogStub> {
    return pipelined(ask(this, Node$log, [], options), LogStub);
  }

  settings(options?: CallOptions): Pipelined<SettingsStub> {
    return pipelined(ask(this, Node$settings, [], options), SettingsStub);
  }

  reach(node: string, options?: CallOptions): Pipelined<NodeStub> {
    return pipelined(ask(this, Node$reach, [node], options), NodeStub);
  }

  lend(
    rights: readonly Right[],
    lifetimeSeconds: number,
    drives?: readonly string[],
    options?: CallOptions,
  ): Pipelined<NodeStub> {
    return pipelined(ask(this, Node$lend, [rights, lifetimeSeconds, drives], options), NodeStub);
  }

  stop(options?: CallOptions): Promise<void> {
    return call(this, Node$stop, [], options);
  }

  pages(options?: CallOptions): Pipelined<PagesStub> {
    return pipelined(ask(this, Node$pages, [], options), PagesStub);
  }
}

/** What the holder of a node may do. Whoever may do something with drives may see who the user is, and the links. */
export type Right =
  /** Read files of drives. */
  | "read"
  /** Write them, and make drives. */
  | "write"
  /** Bind folders of the machine, and see those that are bound. */
  | "folders"
  /** Invite tabs. */
  | "invite"
  /** Everything else: invite and revoke devices, settings, log, stop. */
  | "administer";

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
  /** In the mesh: the hash of its key. */
  id?: string | undefined;
  /** Its id among the devices of its user, and what it is there. Left out while it belongs to none. */
  device?: string | undefined;
  role?: DeviceRole | undefined;
  /** Name of its user. */
  user?: string | undefined;
  /** The folder in which it keeps what is its own, and its process. Only for who may administer it. */
  home?: string | undefined;
  pid?: number | undefined;
  /** What the holder of this capability may do. */
  rights: readonly Right[];
  /** Until when, if not for ever. */
  expiresAt?: Date | undefined;
  /** Where other nodes can reach it. */
  addresses?: readonly string[] | undefined;
}

// How values are packed, and what sessions need to know.

export function writeRight(writer: Writer, value: Right): void {
  switch (value) {
    case "read":
      return writer.varint(0);
    case "write":
      return writer.varint(1);
    case "folders":
      return writer.varint(2);
    case "invite":
      return writer.varint(3);
    case "administer":
      return writer.varint(4);
    default:
      throw mismatch("Right", value);
  }
}

export function readRight(reader: Reader): Right {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "read";
    case 1:
      return "write";
    case 2:
      return "folders";
    case 3:
      return "invite";
    case 4:
      return "administer";
    default:
      throw malformed(`Right ${number}`);
  }
}

export function writeNodeInfo(writer: Writer, value: NodeInfo): void {
  if (typeof value !== "object" || value === null) throw mismatch("NodeInfo", value);
  const id$ = value.id;
  const device$ = value.device;
  const role$ = value.role;
  const user$ = value.user;
  const home$ = value.home;
  const pid$ = value.pid;
  const expiresAt$ = value.expiresAt;
  const addresses$ = value.addresses;
  let present = 0;
  if (id$ !== undefined) present |= 1;
  if (device$ !== undefined) present |= 2;
  if (role$ !== undefined) present |= 4;
  if (user$ !== undefined) present |= 8;
  if (home$ !== undefined) present |= 16;
  if (pid$ !== undefined) present |= 32;
  if (expiresAt$ !== undefined) present |= 64;
  if (addresses$ !== undefined) present |= 128;
  writer.u8(present);
  writer.string(value.name);
  writer.string(value.version);
  writer.string(value.platform);
  writer.date(value.startedAt);
  writer.u32(value.protocol);
  if (id$ !== undefined) writer.string(id$);
  if (device$ !== undefined) writer.string(device$);
  if (role$ !== undefined) writeDeviceRole(writer, role$);
  if (user$ !== undefined) writer.string(user$);
  if (home$ !== undefined) writer.string(home$);
  if (pid$ !== undefined) writer.u32(pid$);
  write$list$Right(writer, value.rights);
  if (expiresAt$ !== undefined) writer.date(expiresAt$);
  if (addresses$ !== undefined) write$list$string(writer, addresses$);
}

export function readNodeInfo(reader: Reader): NodeInfo {
  const present = reader.u8();
  const name$ = reader.string();
  const version$ = reader.string();
  const platform$ = reader.string();
  const startedAt$ = reader.date();
  const protocol$ = reader.u32();
  const id$ = (present & 1) === 0 ? undefined : reader.string();
  const device$ = (present & 2) === 0 ? undefined : reader.string();
  const role$ = (present & 4) === 0 ? undefined : readDeviceRole(reader);
  const user$ = (present & 8) === 0 ? undefined : reader.string();
  const home$ = (present & 16) === 0 ? undefined : reader.string();
  const pid$ = (present & 32) === 0 ? undefined : reader.u32();
  const rights$ = read$list$Right(reader);
  const expiresAt$ = (present & 64) === 0 ? undefined : reader.date();
  const addresses$ = (present & 128) === 0 ? undefined : read$list$string(reader);
  const value: NodeInfo = {
    name: name$,
    version: version$,
    platform: platform$,
    startedAt: startedAt$,
    protocol: protocol$,
    rights: rights$,
  };
  if (id$ !== undefined) value.id = id$;
  if (device$ !== undefined) value.device = device$;
  if (role$ !== undefined) value.role = role$;
  if (user$ !== undefined) value.user = user$;
  if (home$ !== undefined) value.home = home$;
  if (pid$ !== undefined) value.pid = pid$;
  if (expiresAt$ !== undefined) value.expiresAt = expiresAt$;
  if (addresses$ !== undefined) value.addresses = addresses$;
  return value;
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

const codec$User: Codec<User> = {
  write: (writer, value) => writer.capability(User$capability, value),
  read: (reader) => reader.capability(User$capability) as UserStub,
};

const codec$Links: Codec<Links> = {
  write: (writer, value) => writer.capability(Links$capability, value),
  read: (reader) => reader.capability(Links$capability) as LinksStub,
};

const codec$Drives: Codec<Drives> = {
  write: (writer, value) => writer.capability(Drives$capability, value),
  read: (reader) => reader.capability(Drives$capability) as DrivesStub,
};

const codec$Names: Codec<Names> = {
  write: (writer, value) => writer.capability(Names$capability, value),
  read: (reader) => reader.capability(Names$capability) as NamesStub,
};

const codec$Folders: Codec<Folders> = {
  write: (writer, value) => writer.capability(Folders$capability, value),
  read: (reader) => reader.capability(Folders$capability) as FoldersStub,
};

const codec$Log: Codec<Log> = {
  write: (writer, value) => writer.capability(Log$capability, value),
  read: (reader) => reader.capability(Log$capability) as LogStub,
};

const codec$Settings: Codec<Settings> = {
  write: (writer, value) => writer.capability(Settings$capability, value),
  read: (reader) => reader.capability(Settings$capability) as SettingsStub,
};

const codec$Node: Codec<Node> = {
  write: (writer, value) => writer.capability(Node$capability, value),
  read: (reader) => reader.capability(Node$capability) as NodeStub,
};

function write$list$Right(writer: Writer, value: readonly Right[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeRight(writer, value[i] as Right);
}

function write$list$string(writer: Writer, value: readonly string[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writer.string(value[i] as string);
}

function read$list$Right(reader: Reader): readonly Right[] {
  const count = reader.count();
  const value: Right[] = [];
  for (let i = 0; i < count; i++) value.push(readRight(reader));
  return value;
}

function read$list$string(reader: Reader): readonly string[] {
  const count = reader.count();
  const value: string[] = [];
  for (let i = 0; i < count; i++) value.push(reader.string());
  return value;
}

const codec$void: Codec = { write: () => undefined, read: () => undefined };

const codec$Pages: Codec<Pages> = {
  write: (writer, value) => writer.capability(Pages$capability, value),
  read: (reader) => reader.capability(Pages$capability) as PagesStub,
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

const Node$user: Method = {
  name: "user",
  number: 3,
  parameters: codec$none,
  result: codec$User,
  pipeline: objectResult(() => UserInterface),
};

const Node$links: Method = {
  name: "links",
  number: 4,
  parameters: codec$none,
  result: codec$Links,
  pipeline: objectResult(() => LinksInterface),
};

const Node$drives: Method = {
  name: "drives",
  number: 5,
  parameters: codec$none,
  result: codec$Drives,
  pipeline: objectResult(() => DrivesInterface),
};

const Node$names: Method = {
  name: "names",
  number: 6,
  parameters: codec$none,
  result: codec$Names,
  pipeline: objectResult(() => NamesInterface),
};

const Node$folders: Method = {
  name: "folders",
  number: 7,
  parameters: codec$none,
  result: codec$Folders,
  pipeline: objectResult(() => FoldersInterface),
};

const Node$log: Method = {
  name: "log",
  number: 8,
  parameters: codec$none,
  result: codec$Log,
  pipeline: objectResult(() => LogInterface),
};

const Node$settings: Method = {
  name: "settings",
  number: 9,
  parameters: codec$none,
  result: codec$Settings,
  pipeline: objectResult(() => SettingsInterface),
};

const Node$reach: Method = {
  name: "reach",
  number: 10,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$Node,
  pipeline: objectResult(() => NodeInterface),
};

const Node$lend: Method = {
  name: "lend",
  number: 11,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[2] !== undefined) present |= 1;
      writer.u8(present);
      write$list$Right(writer, args[0] as readonly Right[]);
      writer.u32(args[1] as number);
      if (args[2] !== undefined) write$list$string(writer, args[2] as readonly string[]);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [read$list$Right(reader), reader.u32(), (present & 1) === 0 ? undefined : read$list$string(reader)];
    },
  },
  result: codec$Node,
  pipeline: objectResult(() => NodeInterface),
};

const Node$stop: Method = {
  name: "stop",
  number: 12,
  parameters: codec$none,
  result: codec$void,
};

const Node$pages: Method = {
  name: "pages",
  number: 13,
  parameters: codec$none,
  result: codec$Pages,
  pipeline: objectResult(() => PagesInterface),
};

export const NodeInterface: Interface<Node> = {
  name: "Node",
  hash: "1290b28edc6a3efba5305722ecaf1afaa85fa06948255c118d31087e4ebd6d238d",
  methods: [
    Node$info,
    Node$ping,
    Node$time,
    Node$user,
    Node$links,
    Node$drives,
    Node$names,
    Node$folders,
    Node$log,
    Node$settings,
    Node$reach,
    Node$lend,
    Node$stop,
    Node$pages,
  ],
  stub: NodeStub,
};

export const Node$capability: CapabilityCodec = { name: "Node", interface: () => NodeInterface };

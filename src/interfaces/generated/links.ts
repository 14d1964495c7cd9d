// Generated from links.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

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
  type Stream,
  type StreamCodec,
  type StreamSource,
  Stub,
  type UnknownMember,
  unknownNumber,
  type Writer,
} from "#firefly/runtime.ts";

/** How a node is connected with others. */
export interface Links {
  /** The state of its links and routes. */
  state(context?: CallContext): Awaitable<LinksState>;
  /** `state`, now and whenever links or routes have changed, and every few seconds; of many changes, the last. */
  watch(context?: CallContext): Awaitable<StreamSource<LinksState>>;
  /**
   * The way to a node as it is now: the neighbour it goes through, and what it costs. `unavailable` if there is none.
   */
  route(node: string, context?: CallContext): Awaitable<RouteInfo>;
  /**
   * Asks each node on the way to another one, by name or id, how long an answer takes: of the last one, that of the whole
   * way. `not-found` for who is no device of the user, `unavailable` if there is no way.
   */
  probe(node: string, context?: CallContext): Awaitable<Path>;
  /** Sees to it that there is a link to this device of the user, at these addresses and those it knows. */
  keep(node: string, addresses: readonly string[], context?: CallContext): Awaitable<void>;
}

export class LinksStub extends Stub implements Links {
  override get $interface(): Interface {
    return LinksInterface;
  }

  state(options?: CallOptions): Promise<LinksState> {
    return call(this, Links$state, [], options);
  }

  watch(options?: CallOptions): Promise<Stream<LinksState>> {
    return call(this, Links$watch, [], options);
  }

  route(node: string, options?: CallOptions): Promise<RouteInfo> {
    return call(this, Links$route, [node], options);
  }

  probe(node: string, options?: CallOptions): Promise<Path> {
    return call(this, Links$probe, [node], options);
  }

  keep(node: string, addresses: readonly string[], options?: CallOptions): Promise<void> {
    return call(this, Links$keep, [node, addresses], options);
  }
}

export interface LinksState {
  /** This node. */
  self: string;
  links: readonly LinkInfo[];
  routes: readonly RouteInfo[];
}

/** One link. There may be several to one neighbour: the fastest carries everything. */
export interface LinkInfo {
  node: string;
  /** Of the device, if it is one of the user. */
  name?: string | undefined;
  role?: string | undefined;
  /** `tcp`, `ws`, `wss`, ...: what it goes over; `relay` while a device joins over another one. */
  transport: string;
  /** Of the other side, if it is known: of links that this node has dialled. */
  address?: string | undefined;
  direction?: LinkDirection | undefined;
  /** Carries what goes to this neighbour; the others stand by. */
  active: boolean;
  scope: LinkScope;
  roundTripMs: number;
  since?: Date | undefined;
  /** Both since it was made; left out where they are not counted. */
  sentBytes?: number | undefined;
  receivedBytes?: number | undefined;
}

export type LinkDirection = "dialled" | "accepted" | UnknownMember;

/** `local` and `wide` area; `control` is too thin for bulk. */
export type LinkScope = "local" | "wide" | "control" | UnknownMember;

export interface RouteInfo {
  node: string;
  name?: string | undefined;
  /** The neighbour it goes through: the node itself, if it is one. */
  next: string;
  nextName?: string | undefined;
  /** What it costs, in ms of round trip and what is added for scopes and relays: less is better. */
  cost: number;
  /** Links on the way: 1 for a neighbour. */
  hops: number;
}

export interface Path {
  /** From the first relay to the node itself. */
  hops: readonly Hop[];
  /** Whether the way beyond the last hop that is told of is unknown: a relay would not say. */
  isPartial: boolean;
  /** Of the whole way, end to end. */
  roundTripMs: number;
}

export interface Hop {
  node: string;
  name?: string | undefined;
  /** From this node to there and back. Left out if it did not answer. */
  roundTripMs?: number | undefined;
}

// How values are packed, and what sessions need to know.

export function writeLinksState(writer: Writer, value: LinksState): void {
  if (typeof value !== "object" || value === null) throw mismatch("LinksState", value);
  writer.string(value.self);
  write$list$LinkInfo(writer, value.links);
  write$list$RouteInfo(writer, value.routes);
}

export function readLinksState(reader: Reader): LinksState {
  return {
    self: reader.string(),
    links: read$list$LinkInfo(reader),
    routes: read$list$RouteInfo(reader),
  };
}

export function writeLinkInfo(writer: Writer, value: LinkInfo): void {
  if (typeof value !== "object" || value === null) throw mismatch("LinkInfo", value);
  const name$ = value.name;
  const role$ = value.role;
  const address$ = value.address;
  const direction$ = value.direction;
  const since$ = value.since;
  const sentBytes$ = value.sentBytes;
  const receivedBytes$ = value.receivedBytes;
  let present = 0;
  if (name$ !== undefined) present |= 1;
  if (role$ !== undefined) present |= 2;
  if (address$ !== undefined) present |= 4;
  if (direction$ !== undefined) present |= 8;
  if (since$ !== undefined) present |= 16;
  if (sentBytes$ !== undefined) present |= 32;
  if (receivedBytes$ !== undefined) present |= 64;
  writer.u8(present);
  writer.string(value.node);
  if (name$ !== undefined) writer.string(name$);
  if (role$ !== undefined) writer.string(role$);
  writer.string(value.transport);
  if (address$ !== undefined) writer.string(address$);
  if (direction$ !== undefined) writeLinkDirection(writer, direction$);
  writer.boolean(value.active);
  writeLinkScope(writer, value.scope);
  writer.f64(value.roundTripMs);
  if (since$ !== undefined) writer.date(since$);
  if (sentBytes$ !== undefined) writer.f64(sentBytes$);
  if (receivedBytes$ !== undefined) writer.f64(receivedBytes$);
}

export function readLinkInfo(reader: Reader): LinkInfo {
  const present = reader.u8();
  if (present > 127) throw malformed("presence bits of no field");
  const node$ = reader.string();
  const name$ = (present & 1) === 0 ? undefined : reader.string();
  const role$ = (present & 2) === 0 ? undefined : reader.string();
  const transport$ = reader.string();
  const address$ = (present & 4) === 0 ? undefined : reader.string();
  const direction$ = (present & 8) === 0 ? undefined : readLinkDirection(reader);
  const active$ = reader.boolean();
  const scope$ = readLinkScope(reader);
  const roundTripMs$ = reader.f64();
  const since$ = (present & 16) === 0 ? undefined : reader.date();
  const sentBytes$ = (present & 32) === 0 ? undefined : reader.f64();
  const receivedBytes$ = (present & 64) === 0 ? undefined : reader.f64();
  const value: LinkInfo = {
    node: node$,
    transport: transport$,
    active: active$,
    scope: scope$,
    roundTripMs: roundTripMs$,
  };
  if (name$ !== undefined) value.name = name$;
  if (role$ !== undefined) value.role = role$;
  if (address$ !== undefined) value.address = address$;
  if (direction$ !== undefined) value.direction = direction$;
  if (since$ !== undefined) value.since = since$;
  if (sentBytes$ !== undefined) value.sentBytes = sentBytes$;
  if (receivedBytes$ !== undefined) value.receivedBytes = receivedBytes$;
  return value;
}

export function writeLinkDirection(writer: Writer, value: LinkDirection): void {
  switch (value) {
    case "dialled":
      return writer.varint(0);
    case "accepted":
      return writer.varint(1);
    default:
      return writer.varint(unknownNumber("LinkDirection", value, [0, 1]));
  }
}

export function readLinkDirection(reader: Reader): LinkDirection {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "dialled";
    case 1:
      return "accepted";
    default:
      return `#${number}`;
  }
}

export function writeLinkScope(writer: Writer, value: LinkScope): void {
  switch (value) {
    case "local":
      return writer.varint(0);
    case "wide":
      return writer.varint(1);
    case "control":
      return writer.varint(2);
    default:
      return writer.varint(unknownNumber("LinkScope", value, [0, 1, 2]));
  }
}

export function readLinkScope(reader: Reader): LinkScope {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "local";
    case 1:
      return "wide";
    case 2:
      return "control";
    default:
      return `#${number}`;
  }
}

export function writeRouteInfo(writer: Writer, value: RouteInfo): void {
  if (typeof value !== "object" || value === null) throw mismatch("RouteInfo", value);
  const name$ = value.name;
  const nextName$ = value.nextName;
  let present = 0;
  if (name$ !== undefined) present |= 1;
  if (nextName$ !== undefined) present |= 2;
  writer.u8(present);
  writer.string(value.node);
  if (name$ !== undefined) writer.string(name$);
  writer.string(value.next);
  if (nextName$ !== undefined) writer.string(nextName$);
  writer.f64(value.cost);
  writer.u32(value.hops);
}

export function readRouteInfo(reader: Reader): RouteInfo {
  const present = reader.u8();
  if (present > 3) throw malformed("presence bits of no field");
  const node$ = reader.string();
  const name$ = (present & 1) === 0 ? undefined : reader.string();
  const next$ = reader.string();
  const nextName$ = (present & 2) === 0 ? undefined : reader.string();
  const cost$ = reader.f64();
  const hops$ = reader.u32();
  const value: RouteInfo = {
    node: node$,
    next: next$,
    cost: cost$,
    hops: hops$,
  };
  if (name$ !== undefined) value.name = name$;
  if (nextName$ !== undefined) value.nextName = nextName$;
  return value;
}

export function writePath(writer: Writer, value: Path): void {
  if (typeof value !== "object" || value === null) throw mismatch("Path", value);
  write$list$Hop(writer, value.hops);
  writer.boolean(value.isPartial);
  writer.f64(value.roundTripMs);
}

export function readPath(reader: Reader): Path {
  return {
    hops: read$list$Hop(reader),
    isPartial: reader.boolean(),
    roundTripMs: reader.f64(),
  };
}

export function writeHop(writer: Writer, value: Hop): void {
  if (typeof value !== "object" || value === null) throw mismatch("Hop", value);
  const name$ = value.name;
  const roundTripMs$ = value.roundTripMs;
  let present = 0;
  if (name$ !== undefined) present |= 1;
  if (roundTripMs$ !== undefined) present |= 2;
  writer.u8(present);
  writer.string(value.node);
  if (name$ !== undefined) writer.string(name$);
  if (roundTripMs$ !== undefined) writer.f64(roundTripMs$);
}

export function readHop(reader: Reader): Hop {
  const present = reader.u8();
  if (present > 3) throw malformed("presence bits of no field");
  const node$ = reader.string();
  const name$ = (present & 1) === 0 ? undefined : reader.string();
  const roundTripMs$ = (present & 2) === 0 ? undefined : reader.f64();
  const value: Hop = {
    node: node$,
  };
  if (name$ !== undefined) value.name = name$;
  if (roundTripMs$ !== undefined) value.roundTripMs = roundTripMs$;
  return value;
}

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

const codec$LinksState: Codec<LinksState> = {
  write: writeLinksState,
  read: readLinksState,
};

const stream$LinksState: StreamCodec = { item: codec$LinksState };

const codec$stream$LinksState: Codec<StreamSource<LinksState>> = {
  write: (writer, value) => writer.stream(stream$LinksState, value),
  read: (reader) => reader.stream(stream$LinksState) as Stream<LinksState>,
};

const codec$RouteInfo: Codec<RouteInfo> = {
  write: writeRouteInfo,
  read: readRouteInfo,
};

const codec$Path: Codec<Path> = {
  write: writePath,
  read: readPath,
};

function write$list$string(writer: Writer, value: readonly string[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writer.string(value[i] as string);
}

function read$list$string(reader: Reader): readonly string[] {
  const count = reader.count();
  const value: string[] = [];
  for (let i = 0; i < count; i++) value.push(reader.string());
  return value;
}

const codec$void: Codec = { write: () => undefined, read: () => undefined };

function write$list$LinkInfo(writer: Writer, value: readonly LinkInfo[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeLinkInfo(writer, value[i] as LinkInfo);
}

function write$list$RouteInfo(writer: Writer, value: readonly RouteInfo[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeRouteInfo(writer, value[i] as RouteInfo);
}

function read$list$LinkInfo(reader: Reader): readonly LinkInfo[] {
  const count = reader.count();
  const value: LinkInfo[] = [];
  for (let i = 0; i < count; i++) value.push(readLinkInfo(reader));
  return value;
}

function read$list$RouteInfo(reader: Reader): readonly RouteInfo[] {
  const count = reader.count();
  const value: RouteInfo[] = [];
  for (let i = 0; i < count; i++) value.push(readRouteInfo(reader));
  return value;
}

function write$list$Hop(writer: Writer, value: readonly Hop[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeHop(writer, value[i] as Hop);
}

function read$list$Hop(reader: Reader): readonly Hop[] {
  const count = reader.count();
  const value: Hop[] = [];
  for (let i = 0; i < count; i++) value.push(readHop(reader));
  return value;
}

const Links$state: Method = {
  name: "state",
  number: 0,
  parameters: codec$none,
  result: codec$LinksState,
};

const Links$watch: Method = {
  name: "watch",
  number: 1,
  parameters: codec$none,
  result: codec$stream$LinksState,
};

const Links$route: Method = {
  name: "route",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$RouteInfo,
};

const Links$probe: Method = {
  name: "probe",
  number: 3,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$Path,
};

const Links$keep: Method = {
  name: "keep",
  number: 4,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
      write$list$string(writer, args[1] as readonly string[]);
    },
    read: (reader) => [reader.string(), read$list$string(reader)],
  },
  result: codec$void,
};

export const LinksInterface: Interface<Links> = {
  name: "Links",
  hash: "1295e73767eb0776a37cdcde9baf49e98d9648bc195e915cadc2cc2883cd172579",
  methods: [Links$state, Links$watch, Links$route, Links$probe, Links$keep],
  stub: LinksStub,
};

export const Links$capability: CapabilityCodec = { name: "Links", interface: () => LinksInterface };

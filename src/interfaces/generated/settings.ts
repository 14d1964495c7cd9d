// Generated from settings.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

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
  type Writer,
} from "#firefly/runtime.ts";

/** What can be set of a node: one file in its home, of which every version is kept, and whose changes count at once. */
export interface Settings {
  get(context?: CallContext): Awaitable<NodeSettings>;
  /** `get`, now and whenever they have changed. */
  watch(context?: CallContext): Awaitable<StreamSource<NodeSettings>>;
  /** Changes those that are given, all or none. `invalid`, saying which and why. */
  set(changes: SettingsChange, context?: CallContext): Awaitable<NodeSettings>;
  /** Earlier ones, newest first, at most 32. */
  history(context?: CallContext): Awaitable<readonly PastSettings[]>;
  /**
   * All is as it was in an earlier revision, defaults included, and that as a new revision. `not-found` if it is not kept any
   * more; `invalid` if something in it cannot be set any more.
   */
  restore(revision: number, context?: CallContext): Awaitable<NodeSettings>;
}

export class SettingsStub extends Stub implements Settings {
  override get $interface(): Interface {
    return SettingsInterface;
  }

  get(options?: CallOptions): Promise<NodeSettings> {
    return call(this, Settings$get, [], options);
  }

  watch(options?: CallOptions): Promise<Stream<NodeSettings>> {
    return call(this, Settings$watch, [], options);
  }

  set(changes: SettingsChange, options?: CallOptions): Promise<NodeSettings> {
    return call(this, Settings$set, [changes], options);
  }

  history(options?: CallOptions): Promise<readonly PastSettings[]> {
    return call(this, Settings$history, [], options);
  }

  restore(revision: number, options?: CallOptions): Promise<NodeSettings> {
    return call(this, Settings$restore, [revision], options);
  }
}

export interface NodeSettings {
  /** The file. */
  path: string;
  /** Counted up with each change. */
  revision: number;
  /** Name of this node. */
  name: string;
  /**
   * Addresses to listen at: `tcp://0.0.0.0:PORT`, ... Those that are changed take effect when the node starts again.
   */
  listen: readonly string[];
  /** Whether nodes of the local network find each other by multicast DNS. At the next start. */
  discovery: boolean;
  /** What is kept here. At the next start, or when it comes to belong to a user. */
  content: KeptContent;
  logLevel: SettingsLogLevel;
  /** Where the page is served; 0: nowhere, left out: at a port of its own choice. At the next start. */
  pagePort?: number | undefined;
  /** Set, but not in force before the node starts again. */
  pending: readonly string[];
  /** Whether others in the local network are served the page by HTTPS. At once. */
  pageHttps?: boolean | undefined;
  /** Whether guests in the local network are served over plain HTTP. At once. */
  pageGuests?: boolean | undefined;
  /** How many bytes one guest who may write may write in all. At once. */
  pageGuestBytes?: number | undefined;
}

/**
 * All content; only what was asked for, with all names; or nothing: no drive of other devices is taken up, and the device
 * carries what the others send each other. `nothing` is `invalid` for one that holds drives already.
 */
export type KeptContent = "all" | "names" | "nothing";

export type SettingsLogLevel = "error" | "warning" | "info" | "debug";

export interface SettingsChange {
  name?: string | undefined;
  listen?: readonly string[] | undefined;
  discovery?: boolean | undefined;
  content?: KeptContent | undefined;
  logLevel?: SettingsLogLevel | undefined;
  pagePort?: number | undefined;
  pageHttps?: boolean | undefined;
  pageGuests?: boolean | undefined;
  pageGuestBytes?: number | undefined;
}

export interface PastSettings {
  revision: number;
  at: Date;
  /** The file as it was. */
  text: string;
}

// How values are packed, and what sessions need to know.

export function writeNodeSettings(writer: Writer, value: NodeSettings): void {
  if (typeof value !== "object" || value === null) throw mismatch("NodeSettings", value);
  const pagePort$ = value.pagePort;
  const pageHttps$ = value.pageHttps;
  const pageGuests$ = value.pageGuests;
  const pageGuestBytes$ = value.pageGuestBytes;
  let present = 0;
  if (pagePort$ !== undefined) present |= 1;
  if (pageHttps$ !== undefined) present |= 2;
  if (pageGuests$ !== undefined) present |= 4;
  if (pageGuestBytes$ !== undefined) present |= 8;
  writer.u8(present);
  writer.string(value.path);
  writer.u32(value.revision);
  writer.string(value.name);
  write$list$string(writer, value.listen);
  writer.boolean(value.discovery);
  writeKeptContent(writer, value.content);
  writeSettingsLogLevel(writer, value.logLevel);
  if (pagePort$ !== undefined) writer.u16(pagePort$);
  write$list$string(writer, value.pending);
  if (pageHttps$ !== undefined) writer.boolean(pageHttps$);
  if (pageGuests$ !== undefined) writer.boolean(pageGuests$);
  if (pageGuestBytes$ !== undefined) writer.f64(pageGuestBytes$);
}

export function readNodeSettings(reader: Reader): NodeSettings {
  const present = reader.u8();
  if (present > 15) throw malformed("presence bits of no field");
  const path$ = reader.string();
  const revision$ = reader.u32();
  const name$ = reader.string();
  const listen$ = read$list$string(reader);
  const discovery$ = reader.boolean();
  const content$ = readKeptContent(reader);
  const logLevel$ = readSettingsLogLevel(reader);
  const pagePort$ = (present & 1) === 0 ? undefined : reader.u16();
  const pending$ = read$list$string(reader);
  const pageHttps$ = (present & 2) === 0 ? undefined : reader.boolean();
  const pageGuests$ = (present & 4) === 0 ? undefined : reader.boolean();
  const pageGuestBytes$ = (present & 8) === 0 ? undefined : reader.f64();
  const value: NodeSettings = {
    path: path$,
    revision: revision$,
    name: name$,
    listen: listen$,
    discovery: discovery$,
    content: content$,
    logLevel: logLevel$,
    pending: pending$,
  };
  if (pagePort$ !== undefined) value.pagePort = pagePort$;
  if (pageHttps$ !== undefined) value.pageHttps = pageHttps$;
  if (pageGuests$ !== undefined) value.pageGuests = pageGuests$;
  if (pageGuestBytes$ !== undefined) value.pageGuestBytes = pageGuestBytes$;
  return value;
}

export function writeKeptContent(writer: Writer, value: KeptContent): void {
  switch (value) {
    case "all":
      return writer.varint(0);
    case "names":
      return writer.varint(1);
    case "nothing":
      return writer.varint(2);
    default:
      throw mismatch("KeptContent", value);
  }
}

export function readKeptContent(reader: Reader): KeptContent {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "all";
    case 1:
      return "names";
    case 2:
      return "nothing";
    default:
      throw malformed(`KeptContent ${number}`);
  }
}

export function writeSettingsLogLevel(writer: Writer, value: SettingsLogLevel): void {
  switch (value) {
    case "error":
      return writer.varint(0);
    case "warning":
      return writer.varint(1);
    case "info":
      return writer.varint(2);
    case "debug":
      return writer.varint(3);
    default:
      throw mismatch("SettingsLogLevel", value);
  }
}

export function readSettingsLogLevel(reader: Reader): SettingsLogLevel {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "error";
    case 1:
      return "warning";
    case 2:
      return "info";
    case 3:
      return "debug";
    default:
      throw malformed(`SettingsLogLevel ${number}`);
  }
}

export function writeSettingsChange(writer: Writer, value: SettingsChange): void {
  if (typeof value !== "object" || value === null) throw mismatch("SettingsChange", value);
  const name$ = value.name;
  const listen$ = value.listen;
  const discovery$ = value.discovery;
  const content$ = value.content;
  const logLevel$ = value.logLevel;
  const pagePort$ = value.pagePort;
  const pageHttps$ = value.pageHttps;
  const pageGuests$ = value.pageGuests;
  const pageGuestBytes$ = value.pageGuestBytes;
  let present = 0;
  if (name$ !== undefined) present |= 1;
  if (listen$ !== undefined) present |= 2;
  if (discovery$ !== undefined) present |= 4;
  if (content$ !== undefined) present |= 8;
  if (logLevel$ !== undefined) present |= 16;
  if (pagePort$ !== undefined) present |= 32;
  if (pageHttps$ !== undefined) present |= 64;
  if (pageGuests$ !== undefined) present |= 128;
  writer.u8(present);
  present = 0;
  if (pageGuestBytes$ !== undefined) present |= 1;
  writer.u8(present);
  if (name$ !== undefined) writer.string(name$);
  if (listen$ !== undefined) write$list$string(writer, listen$);
  if (discovery$ !== undefined) writer.boolean(discovery$);
  if (content$ !== undefined) writeKeptContent(writer, content$);
  if (logLevel$ !== undefined) writeSettingsLogLevel(writer, logLevel$);
  if (pagePort$ !== undefined) writer.u16(pagePort$);
  if (pageHttps$ !== undefined) writer.boolean(pageHttps$);
  if (pageGuests$ !== undefined) writer.boolean(pageGuests$);
  if (pageGuestBytes$ !== undefined) writer.f64(pageGuestBytes$);
}

export function readSettingsChange(reader: Reader): SettingsChange {
  const present0 = reader.u8();
  const present1 = reader.u8();
  if (present1 > 1) throw malformed("presence bits of no field");
  const name$ = (present0 & 1) === 0 ? undefined : reader.string();
  const listen$ = (present0 & 2) === 0 ? undefined : read$list$string(reader);
  const discovery$ = (present0 & 4) === 0 ? undefined : reader.boolean();
  const content$ = (present0 & 8) === 0 ? undefined : readKeptContent(reader);
  const logLevel$ = (present0 & 16) === 0 ? undefined : readSettingsLogLevel(reader);
  const pagePort$ = (present0 & 32) === 0 ? undefined : reader.u16();
  const pageHttps$ = (present0 & 64) === 0 ? undefined : reader.boolean();
  const pageGuests$ = (present0 & 128) === 0 ? undefined : reader.boolean();
  const pageGuestBytes$ = (present1 & 1) === 0 ? undefined : reader.f64();
  const value: SettingsChange = {};
  if (name$ !== undefined) value.name = name$;
  if (listen$ !== undefined) value.listen = listen$;
  if (discovery$ !== undefined) value.discovery = discovery$;
  if (content$ !== undefined) value.content = content$;
  if (logLevel$ !== undefined) value.logLevel = logLevel$;
  if (pagePort$ !== undefined) value.pagePort = pagePort$;
  if (pageHttps$ !== undefined) value.pageHttps = pageHttps$;
  if (pageGuests$ !== undefined) value.pageGuests = pageGuests$;
  if (pageGuestBytes$ !== undefined) value.pageGuestBytes = pageGuestBytes$;
  return value;
}

export function writePastSettings(writer: Writer, value: PastSettings): void {
  if (typeof value !== "object" || value === null) throw mismatch("PastSettings", value);
  writer.u32(value.revision);
  writer.date(value.at);
  writer.string(value.text);
}

export function readPastSettings(reader: Reader): PastSettings {
  return {
    revision: reader.u32(),
    at: reader.date(),
    text: reader.string(),
  };
}

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

const codec$NodeSettings: Codec<NodeSettings> = {
  write: writeNodeSettings,
  read: readNodeSettings,
};

const stream$NodeSettings: StreamCodec = { item: codec$NodeSettings };

const codec$stream$NodeSettings: Codec<StreamSource<NodeSettings>> = {
  write: (writer, value) => writer.stream(stream$NodeSettings, value),
  read: (reader) => reader.stream(stream$NodeSettings) as Stream<NodeSettings>,
};

function write$list$PastSettings(writer: Writer, value: readonly PastSettings[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writePastSettings(writer, value[i] as PastSettings);
}

function read$list$PastSettings(reader: Reader): readonly PastSettings[] {
  const count = reader.count();
  const value: PastSettings[] = [];
  for (let i = 0; i < count; i++) value.push(readPastSettings(reader));
  return value;
}

const codec$list$PastSettings: Codec<readonly PastSettings[]> = {
  write: write$list$PastSettings,
  read: read$list$PastSettings,
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

const Settings$get: Method = {
  name: "get",
  number: 0,
  parameters: codec$none,
  result: codec$NodeSettings,
};

const Settings$watch: Method = {
  name: "watch",
  number: 1,
  parameters: codec$none,
  result: codec$stream$NodeSettings,
};

const Settings$set: Method = {
  name: "set",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writeSettingsChange(writer, args[0] as SettingsChange);
    },
    read: (reader) => [readSettingsChange(reader)],
  },
  result: codec$NodeSettings,
};

const Settings$history: Method = {
  name: "history",
  number: 3,
  parameters: codec$none,
  result: codec$list$PastSettings,
};

const Settings$restore: Method = {
  name: "restore",
  number: 4,
  parameters: {
    write: (writer, args) => {
      writer.u32(args[0] as number);
    },
    read: (reader) => [reader.u32()],
  },
  result: codec$NodeSettings,
};

export const SettingsInterface: Interface<Settings> = {
  name: "Settings",
  hash: "12e5fdaf2c9c6dceff85f1dc060c4e1a2780a450c75ef5fbc2c2a24818d6d4559f",
  methods: [Settings$get, Settings$watch, Settings$set, Settings$history, Settings$restore],
  stub: SettingsStub,
};

export const Settings$capability: CapabilityCodec = { name: "Settings", interface: () => SettingsInterface };

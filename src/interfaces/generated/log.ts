// Generated from log.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

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

/** What a node tells of its work. */
export interface Log {
  /** The last lines, oldest first, at most `limit` (and 1000), of this level and those that are more serious. */
  recent(limit: number, level?: LogLevel, context?: CallContext): Awaitable<readonly LogLine[]>;
  /** Lines as they come. Who is slow is told how many were left out. */
  follow(level?: LogLevel, context?: CallContext): Awaitable<StreamSource<LogLine>>;
}

export class LogStub extends Stub implements Log {
  override get $interface(): Interface {
    return LogInterface;
  }

  recent(limit: number, level?: LogLevel, options?: CallOptions): Promise<readonly LogLine[]> {
    return call(this, Log$recent, [limit, level], options);
  }

  follow(level?: LogLevel, options?: CallOptions): Promise<Stream<LogLine>> {
    return call(this, Log$follow, [level], options);
  }
}

export type LogLevel = "error" | "warning" | "info" | "debug";

export interface LogLine {
  at: Date;
  level: LogLevel;
  /** The part of the node that speaks: `node`, `mesh`, `store`, ... */
  source: string;
  text: string;
  /** Details, by name. */
  fields: ReadonlyMap<string, string>;
  /** Lines before this one that a slow reader has missed. */
  missed?: number | undefined;
}

// How values are packed, and what sessions need to know.

export function writeLogLevel(writer: Writer, value: LogLevel): void {
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
      throw mismatch("LogLevel", value);
  }
}

export function readLogLevel(reader: Reader): LogLevel {
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
      throw malformed(`LogLevel ${number}`);
  }
}

export function writeLogLine(writer: Writer, value: LogLine): void {
  if (typeof value !== "object" || value === null) throw mismatch("LogLine", value);
  const missed$ = value.missed;
  let present = 0;
  if (missed$ !== undefined) present |= 1;
  writer.u8(present);
  writer.date(value.at);
  writeLogLevel(writer, value.level);
  writer.string(value.source);
  writer.string(value.text);
  write$map$string$string(writer, value.fields);
  if (missed$ !== undefined) writer.u32(missed$);
}

export function readLogLine(reader: Reader): LogLine {
  const present = reader.u8();
  if (present > 1) throw malformed("presence bits of no field");
  const at$ = reader.date();
  const level$ = readLogLevel(reader);
  const source$ = reader.string();
  const text$ = reader.string();
  const fields$ = read$map$string$string(reader);
  const missed$ = (present & 1) === 0 ? undefined : reader.u32();
  const value: LogLine = {
    at: at$,
    level: level$,
    source: source$,
    text: text$,
    fields: fields$,
  };
  if (missed$ !== undefined) value.missed = missed$;
  return value;
}

function write$list$LogLine(writer: Writer, value: readonly LogLine[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeLogLine(writer, value[i] as LogLine);
}

function read$list$LogLine(reader: Reader): readonly LogLine[] {
  const count = reader.count();
  const value: LogLine[] = [];
  for (let i = 0; i < count; i++) value.push(readLogLine(reader));
  return value;
}

const codec$list$LogLine: Codec<readonly LogLine[]> = {
  write: write$list$LogLine,
  read: read$list$LogLine,
};

const codec$LogLine: Codec<LogLine> = {
  write: writeLogLine,
  read: readLogLine,
};

const stream$LogLine: StreamCodec = { item: codec$LogLine };

const codec$stream$LogLine: Codec<StreamSource<LogLine>> = {
  write: (writer, value) => writer.stream(stream$LogLine, value),
  read: (reader) => reader.stream(stream$LogLine) as Stream<LogLine>,
};

function write$map$string$string(writer: Writer, value: ReadonlyMap<string, string>): void {
  if (!(value instanceof Map)) throw mismatch("a Map", value);
  writer.varint(value.size);
  for (const [key, item] of value) {
    writer.string(key);
    writer.string(item);
  }
}

function read$map$string$string(reader: Reader): ReadonlyMap<string, string> {
  const count = reader.count();
  const value = new Map<string, string>();
  for (let i = 0; i < count; i++) value.set(reader.string(), reader.string());
  if (value.size !== count) throw malformed("a key of a Map twice");
  return value;
}

const Log$recent: Method = {
  name: "recent",
  number: 0,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[1] !== undefined) present |= 1;
      writer.u8(present);
      writer.u32(args[0] as number);
      if (args[1] !== undefined) writeLogLevel(writer, args[1] as LogLevel);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [reader.u32(), (present & 1) === 0 ? undefined : readLogLevel(reader)];
    },
  },
  result: codec$list$LogLine,
};

const Log$follow: Method = {
  name: "follow",
  number: 1,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[0] !== undefined) present |= 1;
      writer.u8(present);
      if (args[0] !== undefined) writeLogLevel(writer, args[0] as LogLevel);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [(present & 1) === 0 ? undefined : readLogLevel(reader)];
    },
  },
  result: codec$stream$LogLine,
};

export const LogInterface: Interface<Log> = {
  name: "Log",
  hash: "125f6d7e15bbda647e0b75a268240a6063782b89644da600913be53e39b355d0f8",
  methods: [Log$recent, Log$follow],
  stub: LogStub,
};

export const Log$capability: CapabilityCodec = { name: "Log", interface: () => LogInterface };

// Generated from sample.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

import {
  answerPart,
  ask,
  type Awaitable,
  type ByteStream,
  call,
  type CallContext,
  type CallOptions,
  type CapabilityCodec,
  type Codec,
  type Interface,
  malformed,
  type Method,
  mismatch,
  type ObjectFields,
  objectResult,
  Pipeline,
  type Pipelined,
  pipelined,
  type Reader,
  readUnknown,
  recordResult,
  type Stream,
  type StreamCodec,
  type StreamSource,
  Stub,
  type UnknownMember,
  unknownNumber,
  type Writer,
  writeUnknown,
} from "#firefly/runtime.ts";

/** A bit of everything: what tests and benchmarks call. */
export interface Echo {
  /** The message again. */
  echo(message: Message, context?: CallContext): Awaitable<Message>;
  /** How many bytes came. */
  put(data: Uint8Array, context?: CallContext): Awaitable<number>;
  increment(value: number, context?: CallContext): Awaitable<number>;
  /** The start of a chain, in which each object leads to the next. */
  first(context?: CallContext): Awaitable<Chain>;
  items(count: number, context?: CallContext): Awaitable<StreamSource<Message>>;
  bytes(sizeBytes: bigint, context?: CallContext): Awaitable<StreamSource<Uint8Array>>;
  sum(values: Stream<number>, context?: CallContext): Awaitable<bigint>;
  /** How many bytes came. */
  upload(data: ByteStream, context?: CallContext): Awaitable<bigint>;
  /** Holds the callback until the session ends. */
  keep(callback: ListenerStub, context?: CallContext): Awaitable<void>;
  /** What the listener answers. */
  call(listener: ListenerStub, text: string, context?: CallContext): Awaitable<string>;
  /** A new object each time. */
  give(context?: CallContext): Awaitable<Chain>;
  inspect(context?: CallContext): Awaitable<Inspection>;
  /** A list of objects, which does not pipeline. */
  giveMany(count: number, context?: CallContext): Awaitable<readonly Chain[]>;
  /** Null if the index is odd. */
  find(index: number, context?: CallContext): Awaitable<Chain | null>;
  /** A drawing without its circles, in the order they had. */
  withoutCircles(shapes: readonly Shape[], color?: Color, context?: CallContext): Awaitable<Drawing>;
  /** Fails with an error of this kind. */
  fail(kind: string, context?: CallContext): Awaitable<void>;
  /** Returns after this long, or when the caller gives up. */
  sleep(ms: number, context?: CallContext): Awaitable<void>;
}

export class EchoStub extends Stub implements Echo {
  override get $interface(): Interface {
    return EchoInterface;
  }

  echo(message: Message, options?: CallOptions): Promise<Message> {
    return call(this, Echo$echo, [message], options);
  }

  put(data: Uint8Array, options?: CallOptions): Promise<number> {
    return call(this, Echo$put, [data], options);
  }

  increment(value: number, options?: CallOptions): Promise<number> {
    return call(this, Echo$increment, [value], options);
  }

  first(options?: CallOptions): Pipelined<ChainStub> {
    return pipelined(ask(this, Echo$first, [], options), ChainStub);
  }

  items(count: number, options?: CallOptions): Promise<Stream<Message>> {
    return call(this, Echo$items, [count], options);
  }

  bytes(sizeBytes: bigint, options?: CallOptions): Promise<ByteStream> {
    return call(this, Echo$bytes, [sizeBytes], options);
  }

  sum(values: StreamSource<number>, options?: CallOptions): Promise<bigint> {
    return call(this, Echo$sum, [values], options);
  }

  upload(data: StreamSource<Uint8Array>, options?: CallOptions): Promise<bigint> {
    return call(this, Echo$upload, [data], options);
  }

  keep(callback: Listener, options?: CallOptions): Promise<void> {
    return call(this, Echo$keep, [callback], options);
  }

  call(listener: Listener, text: string, options?: CallOptions): Promise<string> {
    return call(this, Echo$call, [listener, text], options);
  }

  give(options?: CallOptions): Pipelined<ChainStub> {
    return pipelined(ask(this, Echo$give, [], options), ChainStub);
  }

  inspect(options?: CallOptions): InspectionPipeline {
    return new InspectionPipeline(ask(this, Echo$inspect, [], options));
  }

  giveMany(count: number, options?: CallOptions): Promise<readonly ChainStub[]> {
    return call(this, Echo$giveMany, [count], options);
  }

  find(index: number, options?: CallOptions): Promise<ChainStub | null> {
    return call(this, Echo$find, [index], options);
  }

  withoutCircles(shapes: readonly Shape[], color?: Color, options?: CallOptions): Promise<Drawing> {
    return call(this, Echo$withoutCircles, [shapes, color], options);
  }

  fail(kind: string, options?: CallOptions): Promise<void> {
    return call(this, Echo$fail, [kind], options);
  }

  sleep(ms: number, options?: CallOptions): Promise<void> {
    return call(this, Echo$sleep, [ms], options);
  }
}

/** An object that leads to the next of its kind. */
export interface Chain {
  next(context?: CallContext): Awaitable<Chain>;
  /** How many steps it is from the first. */
  value(context?: CallContext): Awaitable<number>;
  /** The same object back. */
  itself(listener: ListenerStub, context?: CallContext): Awaitable<Listener>;
}

export class ChainStub extends Stub implements Chain {
  override get $interface(): Interface {
    return ChainInterface;
  }

  next(options?: CallOptions): Pipelined<ChainStub> {
    return pipelined(ask(this, Chain$next, [], options), ChainStub);
  }

  value(options?: CallOptions): Promise<number> {
    return call(this, Chain$value, [], options);
  }

  itself(listener: Listener, options?: CallOptions): Pipelined<ListenerStub> {
    return pipelined(ask(this, Chain$itself, [listener], options), ListenerStub);
  }
}

export interface Listener {
  heard(text: string, context?: CallContext): Awaitable<string>;
}

export class ListenerStub extends Stub implements Listener {
  override get $interface(): Interface {
    return ListenerInterface;
  }

  heard(text: string, options?: CallOptions): Promise<string> {
    return call(this, Listener$heard, [text], options);
  }
}

export interface Message {
  id: number;
  name: string;
}

/** Objects in a record, and in a record inside it. */
export interface Inspection {
  chain: Chain;
  label: string;
  nested: NestedInspection;
}

/** Objects in a record, and in a record inside it. */
export interface ReceivedInspection {
  chain: ChainStub;
  label: string;
  nested: ReceivedNestedInspection;
}

export class InspectionPipeline extends Pipeline<ReceivedInspection> {
  #nested: NestedInspectionPipeline | undefined;

  get chain(): Pipelined<ChainStub> {
    return this.$field(ChainStub, 0);
  }

  get nested(): NestedInspectionPipeline {
    this.#nested ??= new NestedInspectionPipeline(answerPart(this.$answer, 2, "nested"));
    return this.#nested;
  }

  override [Symbol.dispose](): void {
    this.#nested?.[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

export interface NestedInspection {
  chain: Chain;
  listener: Listener | null;
}

export interface ReceivedNestedInspection {
  chain: ChainStub;
  listener: ListenerStub | null;
}

export class NestedInspectionPipeline extends Pipeline<ReceivedNestedInspection> {
  get chain(): Pipelined<ChainStub> {
    return this.$field(ChainStub, 0);
  }
}

export type Color = "red" | "green" | "blue" | UnknownMember;

export type Shape =
  | {
      kind: "circle";
      radius: number;
    }
  | {
      kind: "square";
      side: number;
      color?: Color | undefined;
    };

export interface Drawing {
  shapes: readonly Shape[];
  title?: string | undefined;
  byColor: ReadonlyMap<Color, number>;
  tags: ReadonlySet<string>;
  parts?: readonly Drawing[] | undefined;
  made: Date;
  extra: unknown;
}

// How values are packed, and what sessions need to know.

export function writeMessage(writer: Writer, value: Message): void {
  if (typeof value !== "object" || value === null) throw mismatch("Message", value);
  writer.i32(value.id);
  writer.string(value.name);
}

export function readMessage(reader: Reader): Message {
  return {
    id: reader.i32(),
    name: reader.string(),
  };
}

export function writeInspection(writer: Writer, value: Inspection): void {
  if (typeof value !== "object" || value === null) throw mismatch("Inspection", value);
  writer.capability(Chain$capability, value.chain);
  writer.string(value.label);
  writeNestedInspection(writer, value.nested);
}

export function readInspection(reader: Reader): ReceivedInspection {
  return {
    chain: reader.capability(Chain$capability) as ChainStub,
    label: reader.string(),
    nested: readNestedInspection(reader),
  };
}

export function writeNestedInspection(writer: Writer, value: NestedInspection): void {
  if (typeof value !== "object" || value === null) throw mismatch("NestedInspection", value);
  writer.capability(Chain$capability, value.chain);
  write$nullable$Listener(writer, value.listener);
}

export function readNestedInspection(reader: Reader): ReceivedNestedInspection {
  return {
    chain: reader.capability(Chain$capability) as ChainStub,
    listener: read$nullable$Listener(reader),
  };
}

export function writeColor(writer: Writer, value: Color): void {
  switch (value) {
    case "red":
      return writer.varint(0);
    case "green":
      return writer.varint(1);
    case "blue":
      return writer.varint(2);
    default:
      return writer.varint(unknownNumber("Color", value, [0, 1, 2]));
  }
}

export function readColor(reader: Reader): Color {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "red";
    case 1:
      return "green";
    case 2:
      return "blue";
    default:
      return `#${number}`;
  }
}

export function writeShape(writer: Writer, value: Shape): void {
  if (typeof value !== "object" || value === null) throw mismatch("Shape", value);
  switch (value.kind) {
    case "circle": {
      writer.varint(0);
      writer.f64(value.radius);
      break;
    }
    case "square": {
      writer.varint(1);
      const color$ = value.color;
      let present = 0;
      if (color$ !== undefined) present |= 1;
      writer.u8(present);
      writer.f64(value.side);
      if (color$ !== undefined) writeColor(writer, color$);
      break;
    }
    default:
      throw mismatch("a kind of Shape", (value as Shape).kind);
  }
}

export function readShape(reader: Reader): Shape {
  const number = reader.u32();
  switch (number) {
    case 0: {
      return {
        kind: "circle",
        radius: reader.f64(),
      };
    }
    case 1: {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      const side$ = reader.f64();
      const color$ = (present & 1) === 0 ? undefined : readColor(reader);
      const value: Shape = {
        kind: "square",
        side: side$,
      };
      if (color$ !== undefined) value.color = color$;
      return value;
    }
    default:
      throw malformed(`Shape ${number}`);
  }
}

export function writeDrawing(writer: Writer, value: Drawing): void {
  if (typeof value !== "object" || value === null) throw mismatch("Drawing", value);
  writer.enter();
  const title$ = value.title;
  const parts$ = value.parts;
  let present = 0;
  if (title$ !== undefined) present |= 1;
  if (parts$ !== undefined) present |= 2;
  writer.u8(present);
  write$list$Shape(writer, value.shapes);
  if (title$ !== undefined) writer.string(title$);
  write$map$Color$u32(writer, value.byColor);
  write$set$string(writer, value.tags);
  if (parts$ !== undefined) write$list$Drawing(writer, parts$);
  writer.date(value.made);
  writeUnknown(writer, value.extra);
  writer.leave();
}

export function readDrawing(reader: Reader): Drawing {
  reader.enter();
  const present = reader.u8();
  if (present > 3) throw malformed("presence bits of no field");
  const shapes$ = read$list$Shape(reader);
  const title$ = (present & 1) === 0 ? undefined : reader.string();
  const byColor$ = read$map$Color$u32(reader);
  const tags$ = read$set$string(reader);
  const parts$ = (present & 2) === 0 ? undefined : read$list$Drawing(reader);
  const made$ = reader.date();
  const extra$ = readUnknown(reader);
  const value: Drawing = {
    shapes: shapes$,
    byColor: byColor$,
    tags: tags$,
    made: made$,
    extra: extra$,
  };
  if (title$ !== undefined) value.title = title$;
  if (parts$ !== undefined) value.parts = parts$;
  reader.leave();
  return value;
}

const codec$Message: Codec<Message> = {
  write: writeMessage,
  read: readMessage,
};

const codec$u32: Codec<number> = {
  write: (writer, value) => writer.u32(value),
  read: (reader) => reader.u32(),
};

const codec$i32: Codec<number> = {
  write: (writer, value) => writer.i32(value),
  read: (reader) => reader.i32(),
};

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

const codec$Chain: Codec<Chain> = {
  write: (writer, value) => writer.capability(Chain$capability, value),
  read: (reader) => reader.capability(Chain$capability) as ChainStub,
};

const stream$Message: StreamCodec = { item: codec$Message };

const codec$stream$Message: Codec<StreamSource<Message>> = {
  write: (writer, value) => writer.stream(stream$Message, value),
  read: (reader) => reader.stream(stream$Message) as Stream<Message>,
};

const bytestream: StreamCodec = { item: "bytes" };

const codec$bytestream: Codec<StreamSource<Uint8Array>> = {
  write: (writer, value) => writer.stream(bytestream, value),
  read: (reader) => reader.stream(bytestream) as ByteStream,
};

const stream$i32: StreamCodec = { item: codec$i32 };

const codec$i64: Codec<bigint> = {
  write: (writer, value) => writer.i64(value),
  read: (reader) => reader.i64(),
};

const codec$u64: Codec<bigint> = {
  write: (writer, value) => writer.u64(value),
  read: (reader) => reader.u64(),
};

const codec$void: Codec = { write: () => undefined, read: () => undefined };

const codec$string: Codec<string> = {
  write: (writer, value) => writer.string(value),
  read: (reader) => reader.string(),
};

const codec$Inspection: Codec<Inspection> = {
  write: writeInspection,
  read: readInspection,
};

function write$list$Chain(writer: Writer, value: readonly Chain[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writer.capability(Chain$capability, value[i] as Chain);
}

function read$list$Chain(reader: Reader): readonly ChainStub[] {
  const count = reader.count();
  const value: ChainStub[] = [];
  for (let i = 0; i < count; i++) value.push(reader.capability(Chain$capability) as ChainStub);
  return value;
}

const codec$list$Chain: Codec<readonly Chain[]> = {
  write: write$list$Chain,
  read: read$list$Chain,
};

function write$nullable$Chain(writer: Writer, value: Chain | null): void {
  writer.boolean(value !== null);
  if (value !== null) writer.capability(Chain$capability, value);
}

function read$nullable$Chain(reader: Reader): ChainStub | null {
  return reader.boolean() ? (reader.capability(Chain$capability) as ChainStub) : null;
}

const codec$nullable$Chain: Codec<Chain | null> = {
  write: write$nullable$Chain,
  read: read$nullable$Chain,
};

function write$list$Shape(writer: Writer, value: readonly Shape[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeShape(writer, value[i] as Shape);
}

function read$list$Shape(reader: Reader): readonly Shape[] {
  const count = reader.count();
  const value: Shape[] = [];
  for (let i = 0; i < count; i++) value.push(readShape(reader));
  return value;
}

const codec$Drawing: Codec<Drawing> = {
  write: writeDrawing,
  read: readDrawing,
};

const codec$Listener: Codec<Listener> = {
  write: (writer, value) => writer.capability(Listener$capability, value),
  read: (reader) => reader.capability(Listener$capability) as ListenerStub,
};

function write$nullable$Listener(writer: Writer, value: Listener | null): void {
  writer.boolean(value !== null);
  if (value !== null) writer.capability(Listener$capability, value);
}

function read$nullable$Listener(reader: Reader): ListenerStub | null {
  return reader.boolean() ? (reader.capability(Listener$capability) as ListenerStub) : null;
}

function write$map$Color$u32(writer: Writer, value: ReadonlyMap<Color, number>): void {
  if (!(value instanceof Map)) throw mismatch("a Map", value);
  writer.varint(value.size);
  for (const [key, item] of value) {
    writeColor(writer, key);
    writer.u32(item);
  }
}

function write$set$string(writer: Writer, value: ReadonlySet<string>): void {
  if (!(value instanceof Set)) throw mismatch("a Set", value);
  writer.varint(value.size);
  for (const item of value) writer.string(item);
}

function write$list$Drawing(writer: Writer, value: readonly Drawing[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeDrawing(writer, value[i] as Drawing);
}

function read$map$Color$u32(reader: Reader): ReadonlyMap<Color, number> {
  const count = reader.count();
  const value = new Map<Color, number>();
  for (let i = 0; i < count; i++) value.set(readColor(reader), reader.u32());
  if (value.size !== count) throw malformed("a key of a Map twice");
  return value;
}

function read$set$string(reader: Reader): ReadonlySet<string> {
  const count = reader.count();
  const value = new Set<string>();
  for (let i = 0; i < count; i++) value.add(reader.string());
  if (value.size !== count) throw malformed("an item of a Set twice");
  return value;
}

function read$list$Drawing(reader: Reader): readonly Drawing[] {
  const count = reader.count();
  const value: Drawing[] = [];
  for (let i = 0; i < count; i++) value.push(readDrawing(reader));
  return value;
}

const Echo$echo: Method = {
  name: "echo",
  number: 0,
  parameters: {
    write: (writer, args) => {
      writeMessage(writer, args[0] as Message);
    },
    read: (reader) => [readMessage(reader)],
  },
  result: codec$Message,
};

const Echo$put: Method = {
  name: "put",
  number: 1,
  parameters: {
    write: (writer, args) => {
      writer.bytesOf(args[0] as Uint8Array);
    },
    read: (reader) => [reader.bytesOf()],
  },
  result: codec$u32,
};

const Echo$increment: Method = {
  name: "increment",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writer.i32(args[0] as number);
    },
    read: (reader) => [reader.i32()],
  },
  result: codec$i32,
};

const Echo$first: Method = {
  name: "first",
  number: 3,
  parameters: codec$none,
  result: codec$Chain,
  pipeline: objectResult(() => ChainInterface),
};

const Echo$items: Method = {
  name: "items",
  number: 4,
  parameters: {
    write: (writer, args) => {
      writer.u32(args[0] as number);
    },
    read: (reader) => [reader.u32()],
  },
  result: codec$stream$Message,
};

const Echo$bytes: Method = {
  name: "bytes",
  number: 5,
  parameters: {
    write: (writer, args) => {
      writer.u64(args[0] as bigint);
    },
    read: (reader) => [reader.u64()],
  },
  result: codec$bytestream,
};

const Echo$sum: Method = {
  name: "sum",
  number: 6,
  parameters: {
    write: (writer, args) => {
      writer.stream(stream$i32, args[0] as StreamSource<number>);
    },
    read: (reader) => [reader.stream(stream$i32)],
  },
  result: codec$i64,
};

const Echo$upload: Method = {
  name: "upload",
  number: 7,
  parameters: {
    write: (writer, args) => {
      writer.stream(bytestream, args[0] as StreamSource<Uint8Array>);
    },
    read: (reader) => [reader.stream(bytestream)],
  },
  result: codec$u64,
};

const Echo$keep: Method = {
  name: "keep",
  number: 8,
  parameters: {
    write: (writer, args) => {
      writer.capability(Listener$capability, args[0] as Listener);
    },
    read: (reader) => [reader.capability(Listener$capability)],
  },
  result: codec$void,
};

const Echo$call: Method = {
  name: "call",
  number: 9,
  parameters: {
    write: (writer, args) => {
      writer.capability(Listener$capability, args[0] as Listener);
      writer.string(args[1] as string);
    },
    read: (reader) => [reader.capability(Listener$capability), reader.string()],
  },
  result: codec$string,
};

const Echo$give: Method = {
  name: "give",
  number: 10,
  parameters: codec$none,
  result: codec$Chain,
  pipeline: objectResult(() => ChainInterface),
};

const Echo$inspect: Method = {
  name: "inspect",
  number: 11,
  parameters: codec$none,
  result: codec$Inspection,
  pipeline: recordResult(() => Inspection$objects),
};

const Echo$giveMany: Method = {
  name: "giveMany",
  number: 12,
  parameters: {
    write: (writer, args) => {
      writer.u32(args[0] as number);
    },
    read: (reader) => [reader.u32()],
  },
  result: codec$list$Chain,
};

const Echo$find: Method = {
  name: "find",
  number: 13,
  parameters: {
    write: (writer, args) => {
      writer.u32(args[0] as number);
    },
    read: (reader) => [reader.u32()],
  },
  result: codec$nullable$Chain,
};

const Echo$withoutCircles: Method = {
  name: "withoutCircles",
  number: 14,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[1] !== undefined) present |= 1;
      writer.u8(present);
      write$list$Shape(writer, args[0] as readonly Shape[]);
      if (args[1] !== undefined) writeColor(writer, args[1] as Color);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [read$list$Shape(reader), (present & 1) === 0 ? undefined : readColor(reader)];
    },
  },
  result: codec$Drawing,
};

const Echo$fail: Method = {
  name: "fail",
  number: 15,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$void,
};

const Echo$sleep: Method = {
  name: "sleep",
  number: 16,
  parameters: {
    write: (writer, args) => {
      writer.u32(args[0] as number);
    },
    read: (reader) => [reader.u32()],
  },
  result: codec$void,
};

export const EchoInterface: Interface<Echo> = {
  name: "Echo",
  hash: "12602ff2ac6d37a76cadae4f3a2c85d7b3c12fd7380bf5eecc4bbc0c129c842515",
  methods: [
    Echo$echo,
    Echo$put,
    Echo$increment,
    Echo$first,
    Echo$items,
    Echo$bytes,
    Echo$sum,
    Echo$upload,
    Echo$keep,
    Echo$call,
    Echo$give,
    Echo$inspect,
    Echo$giveMany,
    Echo$find,
    Echo$withoutCircles,
    Echo$fail,
    Echo$sleep,
  ],
  stub: EchoStub,
};

export const Echo$capability: CapabilityCodec = { name: "Echo", interface: () => EchoInterface };

const Chain$next: Method = {
  name: "next",
  number: 0,
  parameters: codec$none,
  result: codec$Chain,
  pipeline: objectResult(() => ChainInterface),
};

const Chain$value: Method = {
  name: "value",
  number: 1,
  parameters: codec$none,
  result: codec$i32,
};

const Chain$itself: Method = {
  name: "itself",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writer.capability(Listener$capability, args[0] as Listener);
    },
    read: (reader) => [reader.capability(Listener$capability)],
  },
  result: codec$Listener,
  pipeline: objectResult(() => ListenerInterface),
};

export const ChainInterface: Interface<Chain> = {
  name: "Chain",
  hash: "1206046102c45d2a137ca3a1e97c5c3e82e6de349dc7a3c19082212793b711b769",
  methods: [Chain$next, Chain$value, Chain$itself],
  stub: ChainStub,
};

export const Chain$capability: CapabilityCodec = { name: "Chain", interface: () => ChainInterface };

const Listener$heard: Method = {
  name: "heard",
  number: 0,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$string,
};

export const ListenerInterface: Interface<Listener> = {
  name: "Listener",
  hash: "12234120afe5912b28d5fc259c3400e9e494edcea611ea3df8ae5912dab18e1a5a",
  methods: [Listener$heard],
  stub: ListenerStub,
};

export const Listener$capability: CapabilityCodec = { name: "Listener", interface: () => ListenerInterface };

export const Inspection$objects: ObjectFields = {
  0: { name: "chain", type: () => ChainInterface },
  2: { name: "nested", fields: () => NestedInspection$objects },
};

export const NestedInspection$objects: ObjectFields = {
  0: { name: "chain", type: () => ChainInterface },
};

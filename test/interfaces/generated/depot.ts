// Generated from depot.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

import {
  ask,
  type Awaitable,
  type ByteStream,
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
  type Stream,
  type StreamCodec,
  type StreamSource,
  Stub,
  type Writer,
} from "#firefly/runtime.ts";

/** Objects and streams in every place of a value that can hold them: what tests of sessions call. */
export interface Depot {
  /** How many wagons came. */
  count(wagons: readonly WagonStub[], context?: CallContext): Awaitable<number>;
  /** Objects and numbers in turn, so that a number behind some objects can be wrong. */
  mixed(
    first: WagonStub,
    a: number,
    second: WagonStub,
    b: number,
    third: WagonStub,
    context?: CallContext,
  ): Awaitable<number>;
  /** As many new wagons, one by one. */
  train(count: number, context?: CallContext): Awaitable<StreamSource<Wagon>>;
  /** The sum of what the wagons carry. */
  unload(wagons: Stream<WagonStub>, context?: CallContext): Awaitable<number>;
  /** The wagon itself. */
  same(wagon: WagonStub, context?: CallContext): Awaitable<Wagon>;
  /** The stream itself. */
  pass(data: ByteStream, context?: CallContext): Awaitable<StreamSource<Uint8Array>>;
  /** How many bytes came in all the streams. */
  join(parts: readonly ByteStream[], context?: CallContext): Awaitable<bigint>;
  /** What every wagon carries, in their order. */
  loads(wagons: readonly WagonStub[], context?: CallContext): Awaitable<readonly number[]>;
  pair(context?: CallContext): Awaitable<Pair>;
  /** Byte strings as items, which stay as they are; a stream of bytes is cut as it suits. */
  crates(count: number, context?: CallContext): Awaitable<StreamSource<Uint8Array>>;
}

export class DepotStub extends Stub implements Depot {
  override get $interface(): Interface {
    return DepotInterface;
  }

  count(wagons: readonly Wagon[], options?: CallOptions): Promise<number> {
    return call(this, Depot$count, [wagons], options);
  }

  mixed(first: Wagon, a: number, second: Wagon, b: number, third: Wagon, options?: CallOptions): Promise<number> {
    return call(this, Depot$mixed, [first, a, second, b, third], options);
  }

  train(count: number, options?: CallOptions): Promise<Stream<WagonStub>> {
    return call(this, Depot$train, [count], options);
  }

  unload(wagons: StreamSource<Wagon>, options?: CallOptions): Promise<number> {
    return call(this, Depot$unload, [wagons], options);
  }

  same(wagon: Wagon, options?: CallOptions): Pipelined<WagonStub> {
    return pipelined(ask(this, Depot$same, [wagon], options), WagonStub);
  }

  pass(data: StreamSource<Uint8Array>, options?: CallOptions): Promise<ByteStream> {
    return call(this, Depot$pass, [data], options);
  }

  join(parts: readonly StreamSource<Uint8Array>[], options?: CallOptions): Promise<bigint> {
    return call(this, Depot$join, [parts], options);
  }

  loads(wagons: readonly Wagon[], options?: CallOptions): Promise<readonly number[]> {
    return call(this, Depot$loads, [wagons], options);
  }

  pair(options?: CallOptions): PairPipeline {
    return new PairPipeline(ask(this, Depot$pair, [], options));
  }

  crates(count: number, options?: CallOptions): Promise<Stream<Uint8Array>> {
    return call(this, Depot$crates, [count], options);
  }
}

export interface Wagon {
  /** What it carries. */
  load(context?: CallContext): Awaitable<number>;
  /** A new wagon behind this one. */
  couple(context?: CallContext): Awaitable<Wagon>;
}

export class WagonStub extends Stub implements Wagon {
  override get $interface(): Interface {
    return WagonInterface;
  }

  load(options?: CallOptions): Promise<number> {
    return call(this, Wagon$load, [], options);
  }

  couple(options?: CallOptions): Pipelined<WagonStub> {
    return pipelined(ask(this, Wagon$couple, [], options), WagonStub);
  }
}

/** The first two of a train. */
export interface Pair {
  near: Wagon;
  far: Wagon;
  note: string;
}

/** The first two of a train. */
export interface ReceivedPair {
  near: WagonStub;
  far: WagonStub;
  note: string;
}

export class PairPipeline extends Pipeline<ReceivedPair> {
  get near(): Pipelined<WagonStub> {
    return this.$field(WagonStub, 0);
  }

  get far(): Pipelined<WagonStub> {
    return this.$field(WagonStub, 1);
  }
}

// How values are packed, and what sessions need to know.

export function writePair(writer: Writer, value: Pair): void {
  if (typeof value !== "object" || value === null) throw mismatch("Pair", value);
  writer.capability(Wagon$capability, value.near);
  writer.capability(Wagon$capability, value.far);
  writer.string(value.note);
}

export function readPair(reader: Reader): ReceivedPair {
  return {
    near: reader.capability(Wagon$capability) as WagonStub,
    far: reader.capability(Wagon$capability) as WagonStub,
    note: reader.string(),
  };
}

function write$list$Wagon(writer: Writer, value: readonly Wagon[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writer.capability(Wagon$capability, value[i] as Wagon);
}

function read$list$Wagon(reader: Reader): readonly WagonStub[] {
  const count = reader.count();
  const value: WagonStub[] = [];
  for (let i = 0; i < count; i++) value.push(reader.capability(Wagon$capability) as WagonStub);
  return value;
}

const codec$u32: Codec<number> = {
  write: (writer, value) => writer.u32(value),
  read: (reader) => reader.u32(),
};

const codec$Wagon: Codec<Wagon> = {
  write: (writer, value) => writer.capability(Wagon$capability, value),
  read: (reader) => reader.capability(Wagon$capability) as WagonStub,
};

const stream$Wagon: StreamCodec = { item: codec$Wagon };

const codec$stream$Wagon: Codec<StreamSource<Wagon>> = {
  write: (writer, value) => writer.stream(stream$Wagon, value),
  read: (reader) => reader.stream(stream$Wagon) as Stream<WagonStub>,
};

const bytestream: StreamCodec = { item: "bytes" };

const codec$bytestream: Codec<StreamSource<Uint8Array>> = {
  write: (writer, value) => writer.stream(bytestream, value),
  read: (reader) => reader.stream(bytestream) as ByteStream,
};

function write$list$bytestream(writer: Writer, value: readonly StreamSource<Uint8Array>[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writer.stream(bytestream, value[i] as StreamSource<Uint8Array>);
}

function read$list$bytestream(reader: Reader): readonly ByteStream[] {
  const count = reader.count();
  const value: ByteStream[] = [];
  for (let i = 0; i < count; i++) value.push(reader.stream(bytestream) as ByteStream);
  return value;
}

const codec$u64: Codec<bigint> = {
  write: (writer, value) => writer.u64(value),
  read: (reader) => reader.u64(),
};

function write$list$u32(writer: Writer, value: readonly number[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writer.u32(value[i] as number);
}

function read$list$u32(reader: Reader): readonly number[] {
  const count = reader.count();
  const value: number[] = [];
  for (let i = 0; i < count; i++) value.push(reader.u32());
  return value;
}

const codec$list$u32: Codec<readonly number[]> = {
  write: write$list$u32,
  read: read$list$u32,
};

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

const codec$Pair: Codec<Pair> = {
  write: writePair,
  read: readPair,
};

const codec$bytes: Codec<Uint8Array> = {
  write: (writer, value) => writer.bytesOf(value),
  read: (reader) => reader.bytesOf(),
};

const stream$bytes: StreamCodec = { item: codec$bytes };

const codec$stream$bytes: Codec<StreamSource<Uint8Array>> = {
  write: (writer, value) => writer.stream(stream$bytes, value),
  read: (reader) => reader.stream(stream$bytes) as Stream<Uint8Array>,
};

const Depot$count: Method = {
  name: "count",
  number: 0,
  parameters: {
    write: (writer, args) => {
      write$list$Wagon(writer, args[0] as readonly Wagon[]);
    },
    read: (reader) => [read$list$Wagon(reader)],
  },
  result: codec$u32,
};

const Depot$mixed: Method = {
  name: "mixed",
  number: 1,
  parameters: {
    write: (writer, args) => {
      writer.capability(Wagon$capability, args[0] as Wagon);
      writer.u8(args[1] as number);
      writer.capability(Wagon$capability, args[2] as Wagon);
      writer.u8(args[3] as number);
      writer.capability(Wagon$capability, args[4] as Wagon);
    },
    read: (reader) => [
      reader.capability(Wagon$capability),
      reader.u8(),
      reader.capability(Wagon$capability),
      reader.u8(),
      reader.capability(Wagon$capability),
    ],
  },
  result: codec$u32,
};

const Depot$train: Method = {
  name: "train",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writer.u32(args[0] as number);
    },
    read: (reader) => [reader.u32()],
  },
  result: codec$stream$Wagon,
};

const Depot$unload: Method = {
  name: "unload",
  number: 3,
  parameters: {
    write: (writer, args) => {
      writer.stream(stream$Wagon, args[0] as StreamSource<Wagon>);
    },
    read: (reader) => [reader.stream(stream$Wagon)],
  },
  result: codec$u32,
};

const Depot$same: Method = {
  name: "same",
  number: 4,
  parameters: {
    write: (writer, args) => {
      writer.capability(Wagon$capability, args[0] as Wagon);
    },
    read: (reader) => [reader.capability(Wagon$capability)],
  },
  result: codec$Wagon,
  pipeline: objectResult(() => WagonInterface),
};

const Depot$pass: Method = {
  name: "pass",
  number: 5,
  parameters: {
    write: (writer, args) => {
      writer.stream(bytestream, args[0] as StreamSource<Uint8Array>);
    },
    read: (reader) => [reader.stream(bytestream)],
  },
  result: codec$bytestream,
};

const Depot$join: Method = {
  name: "join",
  number: 6,
  parameters: {
    write: (writer, args) => {
      write$list$bytestream(writer, args[0] as readonly StreamSource<Uint8Array>[]);
    },
    read: (reader) => [read$list$bytestream(reader)],
  },
  result: codec$u64,
};

const Depot$loads: Method = {
  name: "loads",
  number: 7,
  parameters: {
    write: (writer, args) => {
      write$list$Wagon(writer, args[0] as readonly Wagon[]);
    },
    read: (reader) => [read$list$Wagon(reader)],
  },
  result: codec$list$u32,
};

const Depot$pair: Method = {
  name: "pair",
  number: 8,
  parameters: codec$none,
  result: codec$Pair,
  pipeline: recordResult(() => Pair$objects),
};

const Depot$crates: Method = {
  name: "crates",
  number: 9,
  parameters: {
    write: (writer, args) => {
      writer.u32(args[0] as number);
    },
    read: (reader) => [reader.u32()],
  },
  result: codec$stream$bytes,
};

export const DepotInterface: Interface<Depot> = {
  name: "Depot",
  hash: "1270d6b4451921ed5efdb9b645573b8e69b3d376b16ea2844ab6d4605f584fb867",
  methods: [
    Depot$count,
    Depot$mixed,
    Depot$train,
    Depot$unload,
    Depot$same,
    Depot$pass,
    Depot$join,
    Depot$loads,
    Depot$pair,
    Depot$crates,
  ],
  stub: DepotStub,
};

export const Depot$capability: CapabilityCodec = { name: "Depot", interface: () => DepotInterface };

const Wagon$load: Method = {
  name: "load",
  number: 0,
  parameters: codec$none,
  result: codec$u32,
};

const Wagon$couple: Method = {
  name: "couple",
  number: 1,
  parameters: codec$none,
  result: codec$Wagon,
  pipeline: objectResult(() => WagonInterface),
};

export const WagonInterface: Interface<Wagon> = {
  name: "Wagon",
  hash: "124db6bf1a131117346fbb00b79910d61536ec81ce935c5a71ce4de17e700d74f5",
  methods: [Wagon$load, Wagon$couple],
  stub: WagonStub,
};

export const Wagon$capability: CapabilityCodec = { name: "Wagon", interface: () => WagonInterface };

export const Pair$objects: ObjectFields = {
  0: { name: "near", type: () => WagonInterface },
  1: { name: "far", type: () => WagonInterface },
};

// Generated from replica.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

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
  malformed,
  type Method,
  mismatch,
  objectResult,
  type Pipelined,
  pipelined,
  type Reader,
  type Stream,
  type StreamCodec,
  type StreamSource,
  Stub,
  type Writer,
} from "#firefly/runtime.ts";

/**
 * The spaces that a node holds, to one caller: protocol `glow replica 1`. Whoever keeps a space with another asks it here,
 * and is asked likewise.
 */
export interface Replicas {
  /** The ids of the spaces that it holds and gives to the caller, 33 bytes each. */
  spaces(context?: CallContext): Awaitable<readonly Uint8Array[]>;
  /** An item each time when `spaces` may have come to say something else: how many there are then. */
  changes(context?: CallContext): Awaitable<StreamSource<number>>;
  /** `not-found` if it has no such space, `denied` if it does not give it to the caller. */
  open(space: Uint8Array, context?: CallContext): Awaitable<Replica>;
}

export class ReplicasStub extends Stub implements Replicas {
  override get $interface(): Interface {
    return ReplicasInterface;
  }

  spaces(options?: CallOptions): Promise<readonly Uint8Array[]> {
    return call(this, Replicas$spaces, [], options);
  }

  changes(options?: CallOptions): Promise<Stream<number>> {
    return call(this, Replicas$changes, [], options);
  }

  open(space: Uint8Array, options?: CallOptions): Pipelined<ReplicaStub> {
    return pipelined(ask(this, Replicas$open, [space], options), ReplicaStub);
  }
}

/** A space, as its holder gives it to another one. `denied` as soon as the caller is no holder any more. */
export interface Replica {
  /** What the holder has and `known` has not, parents first; then what comes to it. At most 2048 positions. */
  follow(known: readonly ReplicaPosition[], context?: CallContext): Awaitable<StreamSource<ReplicaNews>>;
  /** Of ranges of batch hashes, at most 256 in a call: how many they are, and a hash of their sum. */
  fingerprints(ranges: readonly ReplicaRange[], context?: CallContext): Awaitable<readonly ReplicaFingerprint[]>;
  /** The hashes in a range. `too-large` if they are more than 4096. */
  hashes(range: ReplicaRange, context?: CallContext): Awaitable<readonly Uint8Array[]>;
  /** Of these batches, at most 1024, those that it has. */
  batches(hashes: readonly Uint8Array[], context?: CallContext): Awaitable<StreamSource<BatchPiece>>;
  /**
   * These blobs, at most 1024, in this order: of each its length (u32, little-endian; 2^32 - 1 if the holder has it not),
   * and the bytes.
   */
  fetch(blobs: readonly Uint8Array[], context?: CallContext): Awaitable<StreamSource<Uint8Array>>;
  /**
   * The caller holds durably everything up to these positions, at most 2048, with all blobs, but for those of the batches
   * in `lacking`, at most 1024 (none without it): nobody whom it could ask has them.
   */
  acknowledge(
    positions: readonly ReplicaPosition[],
    lacking?: readonly Uint8Array[],
    context?: CallContext,
  ): Awaitable<void>;
}

export class ReplicaStub extends Stub implements Replica {
  override get $interface(): Interface {
    return ReplicaInterface;
  }

  follow(known: readonly ReplicaPosition[], options?: CallOptions): Promise<Stream<ReplicaNews>> {
    return call(this, Replica$follow, [known], options);
  }

  fingerprints(ranges: readonly ReplicaRange[], options?: CallOptions): Promise<readonly ReplicaFingerprint[]> {
    return call(this, Replica$fingerprints, [ranges], options);
  }

  hashes(range: ReplicaRange, options?: CallOptions): Promise<readonly Uint8Array[]> {
    return call(this, Replica$hashes, [range], options);
  }

  batches(hashes: readonly Uint8Array[], options?: CallOptions): Promise<Stream<BatchPiece>> {
    return call(this, Replica$batches, [hashes], options);
  }

  fetch(blobs: readonly Uint8Array[], options?: CallOptions): Promise<ByteStream> {
    return call(this, Replica$fetch, [blobs], options);
  }

  acknowledge(
    positions: readonly ReplicaPosition[],
    lacking?: readonly Uint8Array[],
    options?: CallOptions,
  ): Promise<void> {
    return call(this, Replica$acknowledge, [positions, lacking], options);
  }
}

/** The batch with this hash, and all of its author's incarnation before it. */
export interface ReplicaPosition {
  author: Uint8Array;
  incarnation: number;
  sequence: number;
  hash: Uint8Array;
}

/** From `from` up to but not including `to`, in the order of bytes; without it, to the end. */
export interface ReplicaRange {
  from: Uint8Array;
  to?: Uint8Array | undefined;
}

export interface ReplicaFingerprint {
  count: number;
  fingerprint: Uint8Array;
}

/** Part of a batch; they are cut to 64 KiB. */
export interface BatchPiece {
  bytes: Uint8Array;
  last: boolean;
}

export type ReplicaNews =
  /** Part of a batch, further ones and a `batch` follow. */
  | {
      kind: "piece";
      bytes: Uint8Array;
    }
  /** A batch, or the last part of it. */
  | {
      kind: "batch";
      bytes: Uint8Array;
    }
  /** So far the holder has come: as in `acknowledge`. Without `lacking` it lacks none. */
  | {
      kind: "complete";
      positions: readonly ReplicaPosition[];
      lacking?: readonly Uint8Array[] | undefined;
    }
  /** Blobs have come to the holder that it said it had not. */
  | {
      kind: "more";
    }
  /** Positions do not tell what the caller lacks: it is to compare fingerprints. */
  | {
      kind: "diverged";
    };

// How values are packed, and what sessions need to know.

export function writeReplicaPosition(writer: Writer, value: ReplicaPosition): void {
  if (typeof value !== "object" || value === null) throw mismatch("ReplicaPosition", value);
  writer.bytesOf(value.author);
  writer.u32(value.incarnation);
  writer.u32(value.sequence);
  writer.bytesOf(value.hash);
}

export function readReplicaPosition(reader: Reader): ReplicaPosition {
  return {
    author: reader.bytesOf(),
    incarnation: reader.u32(),
    sequence: reader.u32(),
    hash: reader.bytesOf(),
  };
}

export function writeReplicaRange(writer: Writer, value: ReplicaRange): void {
  if (typeof value !== "object" || value === null) throw mismatch("ReplicaRange", value);
  const to$ = value.to;
  let present = 0;
  if (to$ !== undefined) present |= 1;
  writer.u8(present);
  writer.bytesOf(value.from);
  if (to$ !== undefined) writer.bytesOf(to$);
}

export function readReplicaRange(reader: Reader): ReplicaRange {
  const present = reader.u8();
  if (present > 1) throw malformed("presence bits of no field");
  const from$ = reader.bytesOf();
  const to$ = (present & 1) === 0 ? undefined : reader.bytesOf();
  const value: ReplicaRange = {
    from: from$,
  };
  if (to$ !== undefined) value.to = to$;
  return value;
}

export function writeReplicaFingerprint(writer: Writer, value: ReplicaFingerprint): void {
  if (typeof value !== "object" || value === null) throw mismatch("ReplicaFingerprint", value);
  writer.u32(value.count);
  writer.bytesOf(value.fingerprint);
}

export function readReplicaFingerprint(reader: Reader): ReplicaFingerprint {
  return {
    count: reader.u32(),
    fingerprint: reader.bytesOf(),
  };
}

export function writeBatchPiece(writer: Writer, value: BatchPiece): void {
  if (typeof value !== "object" || value === null) throw mismatch("BatchPiece", value);
  writer.bytesOf(value.bytes);
  writer.boolean(value.last);
}

export function readBatchPiece(reader: Reader): BatchPiece {
  return {
    bytes: reader.bytesOf(),
    last: reader.boolean(),
  };
}

export function writeReplicaNews(writer: Writer, value: ReplicaNews): void {
  if (typeof value !== "object" || value === null) throw mismatch("ReplicaNews", value);
  switch (value.kind) {
    case "piece": {
      writer.varint(0);
      writer.bytesOf(value.bytes);
      break;
    }
    case "batch": {
      writer.varint(1);
      writer.bytesOf(value.bytes);
      break;
    }
    case "complete": {
      writer.varint(2);
      const lacking$ = value.lacking;
      let present = 0;
      if (lacking$ !== undefined) present |= 1;
      writer.u8(present);
      write$list$ReplicaPosition(writer, value.positions);
      if (lacking$ !== undefined) write$list$bytes(writer, lacking$);
      break;
    }
    case "more": {
      writer.varint(3);
      writer.u8(0);
      break;
    }
    case "diverged": {
      writer.varint(4);
      writer.u8(0);
      break;
    }
    default:
      throw mismatch("a kind of ReplicaNews", (value as ReplicaNews).kind);
  }
}

export function readReplicaNews(reader: Reader): ReplicaNews {
  const number = reader.u32();
  switch (number) {
    case 0: {
      return {
        kind: "piece",
        bytes: reader.bytesOf(),
      };
    }
    case 1: {
      return {
        kind: "batch",
        bytes: reader.bytesOf(),
      };
    }
    case 2: {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      const positions$ = read$list$ReplicaPosition(reader);
      const lacking$ = (present & 1) === 0 ? undefined : read$list$bytes(reader);
      const value: ReplicaNews = {
        kind: "complete",
        positions: positions$,
      };
      if (lacking$ !== undefined) value.lacking = lacking$;
      return value;
    }
    case 3: {
      if (reader.u8() !== 0) throw malformed("an empty record that is not empty");
      return {
        kind: "more",
      };
    }
    case 4: {
      if (reader.u8() !== 0) throw malformed("an empty record that is not empty");
      return {
        kind: "diverged",
      };
    }
    default:
      throw malformed(`ReplicaNews ${number}`);
  }
}

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

function write$list$bytes(writer: Writer, value: readonly Uint8Array[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writer.bytesOf(value[i] as Uint8Array);
}

function read$list$bytes(reader: Reader): readonly Uint8Array[] {
  const count = reader.count();
  const value: Uint8Array[] = [];
  for (let i = 0; i < count; i++) value.push(reader.bytesOf());
  return value;
}

const codec$list$bytes: Codec<readonly Uint8Array[]> = {
  write: write$list$bytes,
  read: read$list$bytes,
};

const codec$u32: Codec<number> = {
  write: (writer, value) => writer.u32(value),
  read: (reader) => reader.u32(),
};

const stream$u32: StreamCodec = { item: codec$u32 };

const codec$stream$u32: Codec<StreamSource<number>> = {
  write: (writer, value) => writer.stream(stream$u32, value),
  read: (reader) => reader.stream(stream$u32) as Stream<number>,
};

const codec$Replica: Codec<Replica> = {
  write: (writer, value) => writer.capability(Replica$capability, value),
  read: (reader) => reader.capability(Replica$capability) as ReplicaStub,
};

function write$list$ReplicaPosition(writer: Writer, value: readonly ReplicaPosition[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeReplicaPosition(writer, value[i] as ReplicaPosition);
}

function read$list$ReplicaPosition(reader: Reader): readonly ReplicaPosition[] {
  const count = reader.count();
  const value: ReplicaPosition[] = [];
  for (let i = 0; i < count; i++) value.push(readReplicaPosition(reader));
  return value;
}

const codec$ReplicaNews: Codec<ReplicaNews> = {
  write: writeReplicaNews,
  read: readReplicaNews,
};

const stream$ReplicaNews: StreamCodec = { item: codec$ReplicaNews };

const codec$stream$ReplicaNews: Codec<StreamSource<ReplicaNews>> = {
  write: (writer, value) => writer.stream(stream$ReplicaNews, value),
  read: (reader) => reader.stream(stream$ReplicaNews) as Stream<ReplicaNews>,
};

function write$list$ReplicaRange(writer: Writer, value: readonly ReplicaRange[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeReplicaRange(writer, value[i] as ReplicaRange);
}

function read$list$ReplicaRange(reader: Reader): readonly ReplicaRange[] {
  const count = reader.count();
  const value: ReplicaRange[] = [];
  for (let i = 0; i < count; i++) value.push(readReplicaRange(reader));
  return value;
}

function write$list$ReplicaFingerprint(writer: Writer, value: readonly ReplicaFingerprint[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeReplicaFingerprint(writer, value[i] as ReplicaFingerprint);
}

function read$list$ReplicaFingerprint(reader: Reader): readonly ReplicaFingerprint[] {
  const count = reader.count();
  const value: ReplicaFingerprint[] = [];
  for (let i = 0; i < count; i++) value.push(readReplicaFingerprint(reader));
  return value;
}

const codec$list$ReplicaFingerprint: Codec<readonly ReplicaFingerprint[]> = {
  write: write$list$ReplicaFingerprint,
  read: read$list$ReplicaFingerprint,
};

const codec$BatchPiece: Codec<BatchPiece> = {
  write: writeBatchPiece,
  read: readBatchPiece,
};

const stream$BatchPiece: StreamCodec = { item: codec$BatchPiece };

const codec$stream$BatchPiece: Codec<StreamSource<BatchPiece>> = {
  write: (writer, value) => writer.stream(stream$BatchPiece, value),
  read: (reader) => reader.stream(stream$BatchPiece) as Stream<BatchPiece>,
};

const bytestream: StreamCodec = { item: "bytes" };

const codec$bytestream: Codec<StreamSource<Uint8Array>> = {
  write: (writer, value) => writer.stream(bytestream, value),
  read: (reader) => reader.stream(bytestream) as ByteStream,
};

const codec$void: Codec = { write: () => undefined, read: () => undefined };

const Replicas$spaces: Method = {
  name: "spaces",
  number: 0,
  parameters: codec$none,
  result: codec$list$bytes,
};

const Replicas$changes: Method = {
  name: "changes",
  number: 1,
  parameters: codec$none,
  result: codec$stream$u32,
};

const Replicas$open: Method = {
  name: "open",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writer.bytesOf(args[0] as Uint8Array);
    },
    read: (reader) => [reader.bytesOf()],
  },
  result: codec$Replica,
  pipeline: objectResult(() => ReplicaInterface),
};

export const ReplicasInterface: Interface<Replicas> = {
  name: "Replicas",
  hash: "12dde99710f4fa4b6520cbd57db62e3a6e0519c764e6e3674d68795ec5e702bb59",
  methods: [Replicas$spaces, Replicas$changes, Replicas$open],
  stub: ReplicasStub,
};

export const Replicas$capability: CapabilityCodec = { name: "Replicas", interface: () => ReplicasInterface };

const Replica$follow: Method = {
  name: "follow",
  number: 0,
  parameters: {
    write: (writer, args) => {
      write$list$ReplicaPosition(writer, args[0] as readonly ReplicaPosition[]);
    },
    read: (reader) => [read$list$ReplicaPosition(reader)],
  },
  result: codec$stream$ReplicaNews,
};

const Replica$fingerprints: Method = {
  name: "fingerprints",
  number: 1,
  parameters: {
    write: (writer, args) => {
      write$list$ReplicaRange(writer, args[0] as readonly ReplicaRange[]);
    },
    read: (reader) => [read$list$ReplicaRange(reader)],
  },
  result: codec$list$ReplicaFingerprint,
};

const Replica$hashes: Method = {
  name: "hashes",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writeReplicaRange(writer, args[0] as ReplicaRange);
    },
    read: (reader) => [readReplicaRange(reader)],
  },
  result: codec$list$bytes,
};

const Replica$batches: Method = {
  name: "batches",
  number: 3,
  parameters: {
    write: (writer, args) => {
      write$list$bytes(writer, args[0] as readonly Uint8Array[]);
    },
    read: (reader) => [read$list$bytes(reader)],
  },
  result: codec$stream$BatchPiece,
};

const Replica$fetch: Method = {
  name: "fetch",
  number: 4,
  parameters: {
    write: (writer, args) => {
      write$list$bytes(writer, args[0] as readonly Uint8Array[]);
    },
    read: (reader) => [read$list$bytes(reader)],
  },
  result: codec$bytestream,
};

const Replica$acknowledge: Method = {
  name: "acknowledge",
  number: 5,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[1] !== undefined) present |= 1;
      writer.u8(present);
      write$list$ReplicaPosition(writer, args[0] as readonly ReplicaPosition[]);
      if (args[1] !== undefined) write$list$bytes(writer, args[1] as readonly Uint8Array[]);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [read$list$ReplicaPosition(reader), (present & 1) === 0 ? undefined : read$list$bytes(reader)];
    },
  },
  result: codec$void,
};

export const ReplicaInterface: Interface<Replica> = {
  name: "Replica",
  hash: "129c03682275ceeb8b3765a84c5fe57399806900bda98de80aa8a005b6d7ad1e3e",
  methods: [Replica$follow, Replica$fingerprints, Replica$hashes, Replica$batches, Replica$fetch, Replica$acknowledge],
  stub: ReplicaStub,
};

export const Replica$capability: CapabilityCodec = { name: "Replica", interface: () => ReplicaInterface };

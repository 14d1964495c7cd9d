// Takes a session packet's payload apart (frame.ts), frame by frame. The bytes are the peer's, who may be hostile:
// whatever makes no sense is `protocol`, and ends the session.

import { utf8Decode } from "#base/bytes.ts";
import { errorKindOf, GlowError } from "#base/errors.ts";
import { meshSessionLimits } from "#base/limits.ts";
import type { PieceReader } from "../wire/piece-reader.ts";
import type { PriorityClass } from "../wire/priority.ts";
import { frameType, violation } from "./frame.ts";

/** What an ACK says. */
export interface Acknowledgement {
  /** From the newest range to the oldest: its first number, then the one after its last. Used again for the next ACK. */
  readonly bounds: readonly number[];
  readonly delayMs: number;
  readonly congested: number;
}

/** Takes frames. Those that say false have no room for what they were told: the packet is to come again, later. */
export interface FrameSink {
  acknowledged(acknowledgement: Acknowledgement): void;
  opened(stream: number, priority: PriorityClass, protocol: string): boolean;
  data(stream: number, offset: number, pieces: readonly Uint8Array[], length: number): boolean;
  credit(stream: number, offset: number): void;
  ended(stream: number, offset: number): void;
  reset(stream: number, reason: GlowError): void;
  probed(unanswered: number): void;
  closed(reason: GlowError): void;
  /** Takes no more frames: the session has ended. */
  readonly done: boolean;
}

/** What has become of a packet. `deferred`: it is to come again, and so is not acknowledged. */
export type PacketFate = "acknowledge" | "nothing" | "deferred";

/** Hands on the frames in the next `sizeBytes`. All of these are read, whatever happens. */
export function readFrames(reader: PieceReader, sizeBytes: number, sink: FrameSink): PacketFate {
  const rest = reader.left - sizeBytes;
  let fate: PacketFate = "nothing";
  while (reader.left > rest && !sink.done) {
    const type = reader.u8();
    if (type !== frameType.ack && type !== frameType.close) fate = "acknowledge";
    if (!readFrame(type, reader, rest, sink)) {
      fate = "deferred";
      break;
    }
    if (reader.left < rest) throw violation("a frame is longer than its packet");
  }
  if (reader.left > rest) reader.take(reader.left - rest);
  return fate;
}

function readFrame(type: number, reader: PieceReader, rest: number, sink: FrameSink): boolean {
  switch (type) {
    case frameType.data: {
      const stream = reader.u32();
      const offset = reader.u48();
      const length = reader.u24();
      if (length > reader.left - rest) throw violation("a frame is longer than its packet");
      return sink.data(stream, offset, reader.take(length), length);
    }
    case frameType.ack:
      sink.acknowledged(readAck(reader));
      return true;
    case frameType.open: {
      const stream = reader.u32();
      const priority = reader.u8();
      if (priority > 2) throw violation(`a stream of priority ${priority}`);
      return sink.opened(stream, priority as PriorityClass, readProtocol(reader));
    }
    case frameType.credit:
      sink.credit(reader.u32(), reader.u48());
      return true;
    case frameType.end:
      sink.ended(reader.u32(), reader.u48());
      return true;
    case frameType.reset:
      sink.reset(reader.u32(), readReason(reader, "pipe.receive"));
      return true;
    case frameType.probe:
      sink.probed(reader.u8());
      return true;
    case frameType.close:
      sink.closed(readReason(reader, "mesh.session"));
      return true;
    default:
      throw violation(`a frame of type ${type} means nothing in this version`);
  }
}

const bounds: number[] = [];

function readAck(reader: PieceReader): Acknowledgement {
  let largest = reader.u48();
  const delayMs = reader.u16() / 10;
  const congested = reader.u32();
  const count = reader.u8();
  if (count === 0 || count > meshSessionLimits.ackRanges) throw violation(`an ACK of ${count} ranges`);
  bounds.length = 0;
  for (let i = 0; i < count; i++) {
    if (i > 0) largest -= readVarint(reader) + 2;
    const smallest = largest - readVarint(reader);
    if (smallest < 0) throw violation("an ACK of numbers below 0");
    bounds.push(smallest, largest + 1);
    largest = smallest;
  }
  return { bounds, delayMs, congested };
}

function readVarint(reader: PieceReader): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 7; i++) {
    const byte = reader.u8();
    value += (byte & 127) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
  throw violation("a number in an ACK is too long");
}

function readProtocol(reader: PieceReader): string {
  const length = reader.u8();
  if (length === 0 || length > meshSessionLimits.protocolBytes) throw violation(`a protocol's name of ${length} bytes`);
  return readText(reader.bytes(length));
}

function readReason(reader: PieceReader, op: string): GlowError {
  const kind = errorKindOf(reader.u8());
  const length = reader.u16();
  if (length > meshSessionLimits.reasonBytes) throw violation(`a reason of ${length} bytes`);
  const message = readText(reader.bytes(length));
  return new GlowError(kind, op, { message: message === "" ? "the other side gave no reason" : message });
}

function readText(bytes: Uint8Array): string {
  try {
    return utf8Decode(bytes);
  } catch {
    throw violation("a text is not UTF-8");
  }
}

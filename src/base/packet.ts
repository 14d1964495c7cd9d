// What every Pipe does with packets: takes them in parts, and hands them to a receiver whole or in pieces.

import { concatBytes, totalBytes } from "./bytes.ts";
import { GlowError } from "./errors.ts";
import { fireflyLimits } from "./limits.ts";

/** What takes packets: the part of `PipeReceiver` (src/glow.ts) that base, being below it, needs to know. */
export interface PacketSink {
  packet(bytes: Uint8Array, start: number, end: number): void;
  /** A sink that has this gets packets by it alone. */
  piece?(bytes: Uint8Array, start: number, end: number, last: boolean): void;
}

/** Hands on a packet that is there as a whole. */
export function deliverPacket(sink: PacketSink, bytes: Uint8Array, start: number, end: number): void {
  if (sink.piece === undefined) sink.packet(bytes, start, end);
  else sink.piece(bytes, start, end, true);
}

/** The bytes of all parts together. More than `packetBytes` is a defect of whoever sends, and thrown as one. */
export function packetLength(parts: readonly Uint8Array[]): number {
  const length = totalBytes(parts);
  if (length <= fireflyLimits.packetBytes) return length;
  // Not an assertion: its text would be put together for every packet.
  const message = `a packet of ${length} bytes is above the limit of ${fireflyLimits.packetBytes}; send it in pieces`;
  throw new GlowError("internal", "pipe.send", { message });
}

/** The packet in one piece: a single part as it is, more of them copied. Too large a one is a defect, as above. */
export function joinedPacket(parts: readonly Uint8Array[]): Uint8Array {
  packetLength(parts);
  return parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(parts);
}

// A packet that is given in parts, as every Pipe takes it.

import { concatBytes, totalBytes } from "./bytes.ts";
import { GlowError } from "./errors.ts";
import { fireflyLimits } from "./limits.ts";

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

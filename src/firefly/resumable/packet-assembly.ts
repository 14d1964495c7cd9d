// The packet that is arriving in several segments. What has come of it stays over cuts: its segments are acknowledged,
// so they do not come again.

import { type Bytes, concatBytes } from "#base/bytes.ts";
import { fireflyLimits, resumableLimits } from "#base/limits.ts";
import { violation } from "./message.ts";

const { segmentBytes } = resumableLimits;

export class PacketAssembly {
  #parts: Bytes[] = [];
  #heldBytes = 0;

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether the next PACKET ends one that has begun. */
  get hasBegun(): boolean {
    return this.#parts.length > 0;
  }

  /** Takes a PART. `protocol` unless it is full: short ones could hold much memory with few bytes. */
  add(part: Bytes): void {
    if (part.length !== segmentBytes) throw violation(`a PART of ${part.length} bytes instead of ${segmentBytes}`);
    this.#hold(part);
  }

  /** Takes the PACKET that is the end, and returns all of it. */
  finish(last: Bytes): Uint8Array {
    if (last.length === 0 || last.length > segmentBytes) {
      throw violation(`a PACKET of ${last.length} bytes after PARTs, instead of 1 to ${segmentBytes}`);
    }
    this.#hold(last);
    const whole = concatBytes(this.#parts);
    this.clear();
    return whole;
  }

  clear(): void {
    this.#parts = [];
    this.#heldBytes = 0;
  }

  #hold(part: Bytes): void {
    this.#heldBytes += part.length;
    if (this.#heldBytes > fireflyLimits.packetBytes) {
      throw violation(`a packet of more than ${fireflyLimits.packetBytes} bytes`);
    }
    this.#parts.push(part);
  }
}

// The packet that is arriving in several segments. What has come of it stays over cuts: its segments are acknowledged,
// so they do not come again.

import { type Bytes, concatBytes } from "#base/bytes.ts";
import { fireflyLimits, resumableLimits } from "#base/limits.ts";

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

  /**
   * Adds a segment. False, with nothing added, if it does not belong: all but the last must be full, since short ones
   * could hold much memory with few bytes, the last must not be empty, and the whole is no longer than a packet may be.
   */
  add(segment: Bytes, more: boolean): boolean {
    if (more ? segment.length !== segmentBytes : segment.length === 0 || segment.length > segmentBytes) return false;
    if (this.#heldBytes + segment.length > fireflyLimits.packetBytes) return false;
    this.#parts.push(segment);
    this.#heldBytes += segment.length;
    return true;
  }

  /** The packet, of which the last segment was added; nothing is left here. */
  take(): Uint8Array {
    const whole = concatBytes(this.#parts);
    this.clear();
    return whole;
  }

  clear(): void {
    this.#parts = [];
    this.#heldBytes = 0;
  }
}

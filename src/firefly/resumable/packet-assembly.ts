// The packet that is arriving in several segments. What has come of it stays over cuts: its segments are acknowledged,
// so they do not come again. It is kept here until it is whole, or, for a receiver of pieces, passed on and counted.

import { type Bytes, concatBytes } from "#base/bytes.ts";
import { fireflyLimits, resumableLimits } from "#base/limits.ts";

const { segmentBytes } = resumableLimits;

export class PacketAssembly {
  #parts: Bytes[] = [];
  #heldBytes = 0;
  #passedBytes = 0;

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether the next PACKET ends one that has begun. */
  get hasBegun(): boolean {
    return this.#parts.length > 0 || this.#passedBytes > 0;
  }

  /** Whether the packet that has begun is passed on in pieces. */
  get isPassing(): boolean {
    return this.#passedBytes > 0;
  }

  /**
   * Whether a segment of so many bytes belongs to the packet: all but the last must be full, since short ones could hold
   * much memory with few bytes, the last must not be empty, and the whole is no longer than a packet may be.
   */
  fits(sizeBytes: number, more: boolean): boolean {
    if (more ? sizeBytes !== segmentBytes : sizeBytes === 0 || sizeBytes > segmentBytes) return false;
    return this.#heldBytes + this.#passedBytes + sizeBytes <= fireflyLimits.packetBytes;
  }

  /** Keeps a segment that fits. */
  add(segment: Bytes): void {
    this.#parts.push(segment);
    this.#heldBytes += segment.length;
  }

  /** Counts a segment that fits, and is not kept. */
  pass(sizeBytes: number, more: boolean): void {
    this.#passedBytes = more ? this.#passedBytes + sizeBytes : 0;
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
    this.#passedBytes = 0;
  }
}

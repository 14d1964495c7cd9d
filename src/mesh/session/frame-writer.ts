// Puts a session packet's payload together: frames as described in frame.ts, in parts. Headers lie in memory that is used
// again for the next packet; the bytes of streams are views.

import { utf8Encode } from "#base/bytes.ts";
import { errorKinds, type GlowError } from "#base/errors.ts";
import { meshSessionLimits } from "#base/limits.ts";
import type { PriorityClass } from "../wire/priority.ts";
import {
  ackHeaderBytes,
  closeHeaderBytes,
  dataHeaderBytes,
  frameType,
  offsetFrameBytes,
  openHeaderBytes,
  probeFrameBytes,
  resetHeaderBytes,
} from "./frame.ts";
import type { ReceivedNumbers } from "./received-numbers.ts";

/** All headers of one packet. Below the size from which a link refers to a part instead of copying it. */
const scratchBytes = 4000;
/** A number below 2^48. */
const longestVarintBytes = 7;

export class FrameWriter {
  readonly #scratch = new Uint8Array(scratchBytes);
  readonly #view = new DataView(this.#scratch.buffer);
  readonly #parts: Uint8Array[] = [];
  #partAt = 0;
  #at = 0;
  #sizeBytes = 0;
  #roomBytes = 0;

  /** Begins a payload of at most `roomBytes`. What was written before is overwritten. */
  begin(roomBytes: number): void {
    this.#parts.length = 0;
    this.#partAt = 0;
    this.#at = 0;
    this.#sizeBytes = 0;
    this.#roomBytes = roomBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Valid until the next `begin`, the array and what is in it but for the bytes of streams. */
  parts(): readonly Uint8Array[] {
    this.#endPart();
    return this.#parts;
  }

  /** Whether a frame of this size fits. */
  fits(sizeBytes: number): boolean {
    return this.#sizeBytes + sizeBytes <= this.#roomBytes && this.#at + sizeBytes <= scratchBytes;
  }

  /** How many bytes a DATA frame may have; not above 0 if there is no room for one. */
  get dataRoomBytes(): number {
    return this.#at + dataHeaderBytes > scratchBytes ? 0 : this.#roomBytes - this.#sizeBytes - dataHeaderBytes;
  }

  /** As many of the newest ranges as fit. False if there is no room, or nothing to acknowledge. */
  ack(received: ReceivedNumbers, delayMs: number): boolean {
    const { ranges } = received;
    let last = ranges.count - 1;
    if (last < 0 || !this.fits(ackHeaderBytes + longestVarintBytes)) return false;
    const at = this.#reserve(ackHeaderBytes);
    this.#scratch[at] = frameType.ack;
    this.#setU48(at + 1, ranges.to(last) - 1);
    this.#view.setUint16(at + 7, Math.min(0xffff, Math.round(delayMs * 10)), true);
    this.#view.setUint32(at + 9, received.congested, true);
    this.#varint(ranges.to(last) - 1 - ranges.from(last));
    let count = 1;
    for (; last > 0 && count < meshSessionLimits.ackRanges && this.fits(2 * longestVarintBytes); last--, count++) {
      this.#varint(ranges.from(last) - ranges.to(last - 1) - 1);
      this.#varint(ranges.to(last - 1) - 1 - ranges.from(last - 1));
    }
    this.#scratch[at + 13] = count;
    return true;
  }

  open(stream: number, priority: PriorityClass, protocol: Uint8Array): void {
    const at = this.#begin(frameType.open, stream, openHeaderBytes);
    this.#scratch[at + 5] = priority;
    this.#scratch[at + 6] = protocol.length;
    this.#bytes(protocol);
  }

  /** Its `length` bytes follow, by `add`. */
  data(stream: number, offset: number, length: number): void {
    const at = this.#begin(frameType.data, stream, dataHeaderBytes);
    this.#setU48(at + 5, offset);
    this.#view.setUint16(at + 11, length & 0xffff, true);
    this.#scratch[at + 13] = length >>> 16;
  }

  /** Bytes that stay as they are for as long as anybody may look at this payload. */
  add(bytes: Uint8Array): void {
    this.#endPart();
    this.#parts.push(bytes);
    this.#sizeBytes += bytes.length;
  }

  credit(stream: number, offset: number): void {
    this.#setU48(this.#begin(frameType.credit, stream, offsetFrameBytes) + 5, offset);
  }

  end(stream: number, offset: number): void {
    this.#setU48(this.#begin(frameType.end, stream, offsetFrameBytes) + 5, offset);
  }

  reset(stream: number, reason: GlowError, message: Uint8Array): void {
    this.#reason(this.#begin(frameType.reset, stream, resetHeaderBytes) + 5, reason, message);
  }

  probe(unanswered: number): void {
    const at = this.#reserve(probeFrameBytes);
    this.#scratch[at] = frameType.probe;
    this.#scratch[at + 1] = Math.min(unanswered, 255);
  }

  close(reason: GlowError, message: Uint8Array): void {
    const at = this.#reserve(closeHeaderBytes);
    this.#scratch[at] = frameType.close;
    this.#reason(at + 1, reason, message);
  }

  #begin(type: number, stream: number, headerBytes: number): number {
    const at = this.#reserve(headerBytes);
    this.#scratch[at] = type;
    this.#view.setUint32(at + 1, stream, true);
    return at;
  }

  #reason(at: number, reason: GlowError, message: Uint8Array): void {
    this.#scratch[at] = errorKinds[reason.kind].code;
    this.#view.setUint16(at + 1, message.length, true);
    this.#bytes(message);
  }

  #bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#scratch.set(bytes, at);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#scratch[this.#reserve(1)] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#scratch[this.#reserve(1)] = rest;
  }

  #reserve(sizeBytes: number): number {
    const at = this.#at;
    this.#at = at + sizeBytes;
    this.#sizeBytes += sizeBytes;
    return at;
  }

  #endPart(): void {
    if (this.#at > this.#partAt) this.#parts.push(this.#scratch.subarray(this.#partAt, this.#at));
    this.#partAt = this.#at;
  }

  #setU48(at: number, value: number): void {
    this.#view.setUint32(at, value % 2 ** 32, true);
    this.#view.setUint16(at + 4, Math.floor(value / 2 ** 32), true);
  }
}

/** An error's message as a frame takes it: at most `reasonBytes`, of which a UTF-16 unit takes three at the most. */
export function reasonText(reason: GlowError): Uint8Array {
  const most = Math.floor(meshSessionLimits.reasonBytes / 3);
  const { message } = reason;
  return utf8Encode(message.length > most ? `${message.slice(0, most - 1)}…` : message);
}

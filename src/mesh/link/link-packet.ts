// One packet on a link, as it is put together: what one flush sends.
//
//   packet  = block length (u32) | sealed block (that many bytes, tag included) | bodies
//   block   = frames, sealed together (a Noise transport message: counter nonce, no associated data)
//   frame   = 1 PING     | id (u32)
//           | 2 PONG     | id (u32)
//           | 3 CONTROL  | channel (u8) | length (u24) | message
//           | 4 SESSION  | tag (u32) | number (u48) | length (u24) | payload
//           | 5 RELAYED  | to (33) | from (33) | flags (u8) | hops left (u8) | length (u24)
//   flags   = priority (bits 0 and 1) | congested (bit 2)
//
// Numbers are little-endian. Each RELAYED frame has a body of its length behind the block, in the order of the frames:
// ciphertext from end to end, which nobody on the way seals again. A SESSION frame is for the neighbour itself, whose
// link is end to end already. An empty block says: alive.

import { assert } from "#base/errors.ts";
import { linkLimits } from "#base/limits.ts";
import { nodeIdBytes } from "#identity/node-identity.ts";

export const frameType = { ping: 1, pong: 2, control: 3, session: 4, relayed: 5 } as const;
export const congestedFlag = 0b100;

/** Bytes of a frame before its message. */
export const controlHeaderBytes = 5;
export const sessionHeaderBytes = 14;
export const relayedHeaderBytes = 1 + 2 * nodeIdBytes + 1 + 1 + 3;

/** From this size on, a part is sealed where it lies instead of being copied to its neighbours. */
const ownPartBytes = 4 * 1024;
const firstScratchBytes = 512;

/** Used again and again by its link: what `block` gave is valid until `clear`. */
export class LinkPacket {
  /** Parts of the block; what is small lies together in `#scratch`, which is added when a large part follows. */
  #parts: Uint8Array[] = [];
  #bodies: Uint8Array[] = [];
  #scratch = new Uint8Array(firstScratchBytes);
  #view = new DataView(this.#scratch.buffer);
  #partAt = 0;
  #at = 0;
  #blockBytes = 0;
  #bodyBytes = 0;

  /** Begins the next packet. */
  clear(): void {
    this.#parts = [];
    this.#bodies = [];
    this.#partAt = 0;
    this.#at = 0;
    this.#blockBytes = 0;
    this.#bodyBytes = 0;
  }

  get empty(): boolean {
    return this.#blockBytes === 0;
  }

  get blockBytes(): number {
    return this.#blockBytes;
  }

  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** What a CONTROL message may have. Negative if not even its header fits. */
  get controlRoomBytes(): number {
    return linkLimits.blockBytes - this.#blockBytes - controlHeaderBytes;
  }

  /** What a SESSION payload may have. */
  get sessionRoomBytes(): number {
    return linkLimits.blockBytes - this.#blockBytes - sessionHeaderBytes;
  }

  /** What a RELAYED body may have. */
  get bodyRoomBytes(): number {
    const fits = linkLimits.blockBytes - this.#blockBytes >= relayedHeaderBytes;
    return fits ? linkLimits.bodiesBytes - this.#bodyBytes : -1;
  }

  ping(type: typeof frameType.ping | typeof frameType.pong, id: number): void {
    const at = this.#reserve(5);
    this.#scratch[at] = type;
    this.#view.setUint32(at + 1, id, true);
  }

  control(channel: number, message: Uint8Array): void {
    assert(message.length <= this.controlRoomBytes, "a control message fits into the packet it is put in");
    const at = this.#reserve(controlHeaderBytes);
    this.#scratch[at] = frameType.control;
    this.#scratch[at + 1] = channel;
    this.#setU24(at + 2, message.length);
    this.#add(message);
  }

  /** `payload` has `sizeBytes` in all. */
  session(tag: number, number: number, payload: readonly Uint8Array[], sizeBytes: number): void {
    assert(sizeBytes <= this.sessionRoomBytes, "a session packet fits into the packet it is put in");
    const at = this.#reserve(sessionHeaderBytes);
    this.#scratch[at] = frameType.session;
    this.#view.setUint32(at + 1, tag, true);
    this.#setU48(at + 5, number);
    this.#setU24(at + 11, sizeBytes);
    for (const part of payload) this.#add(part);
  }

  /** `body` has `sizeBytes` in all. `to` and `from` are ids of 33 bytes. */
  relayed(
    to: Uint8Array,
    from: Uint8Array,
    flags: number,
    hopsLeft: number,
    body: readonly Uint8Array[],
    sizeBytes: number,
  ): void {
    assert(sizeBytes <= this.bodyRoomBytes, "a relayed body fits into the packet it is put in");
    const at = this.#reserve(relayedHeaderBytes);
    this.#scratch[at] = frameType.relayed;
    this.#scratch.set(to, at + 1);
    this.#scratch.set(from, at + 1 + nodeIdBytes);
    this.#scratch[at + 1 + 2 * nodeIdBytes] = flags;
    this.#scratch[at + 2 + 2 * nodeIdBytes] = hopsLeft;
    this.#setU24(at + 3 + 2 * nodeIdBytes, sizeBytes);
    for (const part of body) this.#bodies.push(part);
    this.#bodyBytes += sizeBytes;
  }

  /** The block, in parts. */
  block(): readonly Uint8Array[] {
    this.#endPart();
    return this.#parts;
  }

  bodies(): readonly Uint8Array[] {
    return this.#bodies;
  }

  #add(part: Uint8Array): void {
    if (part.length >= ownPartBytes) {
      this.#endPart();
      this.#parts.push(part);
      this.#blockBytes += part.length;
    } else if (part.length > 0) {
      const at = this.#reserve(part.length);
      this.#scratch.set(part, at);
    }
  }

  #reserve(sizeBytes: number): number {
    const at = this.#at;
    if (at + sizeBytes > this.#scratch.length) this.#grow(at + sizeBytes);
    this.#at = at + sizeBytes;
    this.#blockBytes += sizeBytes;
    return at;
  }

  #grow(sizeBytes: number): void {
    // What was handed out as a part already keeps the old memory; only the open part moves.
    const larger = new Uint8Array(Math.max(sizeBytes, 4 * this.#scratch.length));
    larger.set(this.#scratch.subarray(this.#partAt, this.#at), this.#partAt);
    this.#scratch = larger;
    this.#view = new DataView(larger.buffer);
  }

  #endPart(): void {
    if (this.#at > this.#partAt) this.#parts.push(this.#scratch.subarray(this.#partAt, this.#at));
    this.#partAt = this.#at;
  }

  #setU24(at: number, value: number): void {
    this.#view.setUint16(at, value & 0xffff, true);
    this.#scratch[at + 2] = value >>> 16;
  }

  #setU48(at: number, value: number): void {
    this.#view.setUint32(at, value % 2 ** 32, true);
    this.#view.setUint16(at + 4, value / 2 ** 32, true);
  }
}

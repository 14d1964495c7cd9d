// Cuts a stream of bytes into length-prefixed packets:
//
//   packet = length (u32, little-endian) | bytes (that many)
//
// A sink that takes pieces gets every byte as it comes, as ranges of the chunks that were read. Another one gets whole
// packets: those that lie in one chunk as a range of it, uncopied; only one that spans chunks is joined, into memory
// that grows with what has really come.

import { type Allocate, ByteAssembly } from "./byte-assembly.ts";
import type { PacketSink } from "./packet.ts";

const headerBytes = 4;

export class PacketReader {
  readonly #longestBytes: number;
  readonly #sink: PacketSink;
  readonly #takesPieces: boolean;
  readonly #allocate: Allocate | undefined;
  /** The header's bytes that have come when a chunk ended within it: their number and value. */
  #headerArrived = 0;
  #header = 0;
  /** The packet that has begun and not ended: its length, and what has still to come. */
  #length = 0;
  #missing = 0;
  #assembly: ByteAssembly | undefined;
  #stopped = false;

  /** `allocate` makes the memory in which packets are joined. */
  constructor(longestBytes: number, sink: PacketSink, allocate?: Allocate) {
    this.#longestBytes = longestBytes;
    this.#sink = sink;
    this.#takesPieces = sink.piece !== undefined;
    this.#allocate = allocate;
  }

  /**
   * Reads what follows in the stream, and calls the sink for what it completes. Returns the length of a packet that is
   * announced to be longer than the longest; nothing that follows makes sense. The sink may keep views of the bytes.
   */
  read(bytes: Uint8Array, start = 0, end = bytes.length): number | undefined {
    let at = start;
    while (at < end && !this.#stopped) {
      if (this.#missing > 0) {
        at = this.#continue(bytes, at, end);
        continue;
      }
      if (this.#headerArrived > 0 || end - at < headerBytes) {
        this.#header |= (bytes[at++] as number) << (8 * this.#headerArrived++);
        if (this.#headerArrived < headerBytes) continue;
      } else {
        this.#header =
          (bytes[at] as number) |
          ((bytes[at + 1] as number) << 8) |
          ((bytes[at + 2] as number) << 16) |
          ((bytes[at + 3] as number) << 24);
        at += headerBytes;
      }
      const length = this.#header >>> 0;
      this.#headerArrived = 0;
      this.#header = 0;
      if (length > this.#longestBytes) return length;
      if (length > end - at) {
        this.#begin(length);
      } else {
        at += length;
        if (this.#takesPieces) this.#sink.piece?.(bytes, at - length, at, true);
        else this.#sink.packet(bytes, at - length, at);
      }
    }
    return undefined;
  }

  /** From now on nothing is handed on, not even the rest of what is being read: for a sink that has had enough. */
  stop(): void {
    this.#stopped = true;
    this.#assembly = undefined;
  }

  /** How much of an unfinished packet has come, in words; undefined between packets. */
  partial(): string | undefined {
    if (this.#headerArrived > 0) return `${this.#headerArrived} of the ${headerBytes} bytes of its length`;
    if (this.#missing === 0) return undefined;
    return `${this.#length - this.#missing} of its ${this.#length} bytes`;
  }

  #begin(length: number): void {
    this.#length = length;
    this.#missing = length;
    if (!this.#takesPieces) this.#assembly = new ByteAssembly(length, this.#allocate);
  }

  /** Hands on or adds what there is of the packet that has begun. Returns where that ended. */
  #continue(bytes: Uint8Array, start: number, end: number): number {
    const until = Math.min(end, start + this.#missing);
    this.#missing -= until - start;
    const assembly = this.#assembly;
    if (assembly === undefined) {
      this.#sink.piece?.(bytes, start, until, this.#missing === 0);
      return until;
    }
    assembly.add(start === 0 && until === bytes.length ? bytes : bytes.subarray(start, until));
    if (this.#missing > 0) return until;
    this.#assembly = undefined;
    this.#sink.packet(assembly.whole, 0, this.#length);
    return until;
  }
}

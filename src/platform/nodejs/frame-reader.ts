// Cuts a byte stream into length-prefixed packets (the layout is in tcp-pipe.ts). A packet that lies in one chunk is
// handed on as a range of it, uncopied; only one that spans chunks is joined, into memory that grows with what has
// really come, so that a length alone costs a hostile peer's victim nothing.

/** Memory a packet gets on the word of its header alone. */
const trustedBytes = 256 * 1024;

/** Takes one packet: `bytes` from `start` to `end`. False: no more of them. */
export type TakePacket = (bytes: Uint8Array, start: number, end: number) => boolean;

export class FrameReader {
  readonly #longest: number;
  readonly #take: TakePacket;
  /** The header's bytes that have come when a chunk ended within it: their number and value. */
  #headerBytes = 0;
  #header = 0;
  /** The packet that has begun in an earlier chunk: its length, and what has come of it. */
  #length = 0;
  #arrived = 0;
  #joined: Uint8Array | undefined;

  constructor(longestBytes: number, take: TakePacket) {
    this.#longest = longestBytes;
    this.#take = take;
  }

  /** Hands on the packets that end in `chunk`. Returns the length of one that is too long; after it nothing makes sense. */
  read(chunk: Uint8Array): number | undefined {
    const end = chunk.length;
    let at = 0;
    while (at < end) {
      if (this.#joined !== undefined) {
        at = this.#join(chunk, at);
        if (this.#joined !== undefined) return undefined;
        continue;
      }
      if (this.#headerBytes > 0 || end - at < 4) {
        this.#header |= (chunk[at++] as number) << (8 * this.#headerBytes++);
        if (this.#headerBytes < 4) continue;
      } else {
        this.#header =
          (chunk[at] as number) |
          ((chunk[at + 1] as number) << 8) |
          ((chunk[at + 2] as number) << 16) |
          ((chunk[at + 3] as number) << 24);
        at += 4;
      }
      const length = this.#header >>> 0;
      this.#headerBytes = 0;
      this.#header = 0;
      if (length > this.#longest) return length;
      if (length > end - at) {
        this.#begin(length);
        continue;
      }
      at += length;
      if (!this.#take(chunk, at - length, at)) return undefined;
    }
    return undefined;
  }

  /** How much of an unfinished packet has come, in words; undefined between packets. */
  partial(): string | undefined {
    if (this.#headerBytes > 0) return `${this.#headerBytes} of the 4 bytes of its length`;
    if (this.#joined === undefined) return undefined;
    return `${this.#arrived} of its ${this.#length} bytes`;
  }

  #begin(length: number): void {
    this.#length = length;
    this.#arrived = 0;
    this.#joined = uninitialised(Math.min(length, trustedBytes));
  }

  /** Adds what `chunk` has of the packet, and hands it on when that was the rest. Returns where it ended. */
  #join(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#length - this.#arrived, chunk.length - at);
    const joined = this.#withRoom(this.#arrived + count);
    joined.set(at === 0 && count === chunk.length ? chunk : chunk.subarray(at, at + count), this.#arrived);
    this.#arrived += count;
    if (this.#arrived < this.#length) return at + count;
    this.#joined = undefined;
    return this.#take(joined, 0, this.#length) ? at + count : chunk.length;
  }

  #withRoom(bytes: number): Uint8Array {
    const joined = this.#joined as Uint8Array;
    if (bytes <= joined.length) return joined;
    const larger = uninitialised(Math.min(this.#length, Math.max(bytes, 2 * joined.length)));
    larger.set(joined.subarray(0, this.#arrived));
    this.#joined = larger;
    return larger;
  }
}

function uninitialised(sizeBytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer);
}

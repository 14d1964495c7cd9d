// Joins bytes that come in pieces and whose number was announced, into memory that grows with what has really come: so
// an announcement alone costs a hostile peer's victim nothing.

/** Makes memory of a size; what is in it does not matter, since all of it is written to before it is read. */
export type Allocate = (sizeBytes: number) => Uint8Array;

/**
 * Memory given on the word of an announcement: a full packet of a stream (64 KiB and what is around them), so that the most
 * frequent one is not copied again. A thousand streams that each make one cost 72 MiB.
 */
const trustedBytes = 72 * 1024;

const zeroed: Allocate = (sizeBytes) => new Uint8Array(sizeBytes);

export class ByteAssembly {
  readonly #sizeBytes: number;
  readonly #allocate: Allocate;
  #bytes: Uint8Array;
  #arrivedBytes = 0;

  constructor(sizeBytes: number, allocate = zeroed) {
    this.#sizeBytes = sizeBytes;
    this.#allocate = allocate;
    this.#bytes = allocate(Math.min(sizeBytes, trustedBytes));
  }

  get arrivedBytes(): number {
    return this.#arrivedBytes;
  }

  get missingBytes(): number {
    return this.#sizeBytes - this.#arrivedBytes;
  }

  /** Copies the bytes, no more than are missing. */
  add(piece: Uint8Array): void {
    const arrivedBytes = this.#arrivedBytes + piece.length;
    if (arrivedBytes > this.#bytes.length) this.#grow(arrivedBytes);
    this.#bytes.set(piece, this.#arrivedBytes);
    this.#arrivedBytes = arrivedBytes;
  }

  /** All of it, once nothing is missing: memory of exactly its size. */
  get whole(): Uint8Array {
    return this.#bytes;
  }

  #grow(leastBytes: number): void {
    const larger = this.#allocate(Math.min(this.#sizeBytes, Math.max(leastBytes, 2 * this.#bytes.length)));
    larger.set(this.#bytes.subarray(0, this.#arrivedBytes));
    this.#bytes = larger;
  }
}

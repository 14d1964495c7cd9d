// Batches in pieces, as an item of a stream is smaller than a batch may be; and who puts them together again.

import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { spaceLimits } from "#base/limits.ts";
import type { BatchPiece } from "#interfaces/generated/replica.ts";

/** Into such pieces batches are cut: many streams then take their turns, and what is read ahead is little. */
const pieceBytes = 64 * 1024;

export function* piecesOf(batch: Uint8Array): Iterable<BatchPiece> {
  let at = 0;
  for (; batch.length - at > pieceBytes; at += pieceBytes) {
    yield { bytes: batch.subarray(at, at + pieceBytes), last: false };
  }
  yield { bytes: batch.subarray(at), last: true };
}

export class BatchAssembly {
  #pieces: Uint8Array[] = [];
  #sizeBytes = 0;

  /** A batch has begun and not ended. */
  get isOpen(): boolean {
    return this.#pieces.length > 0;
  }

  /** `too-large` past what a batch may have, `protocol` for a piece with nothing in it. */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) {
      throw new GlowError("protocol", "replica.read", { message: "the peer sends an empty piece of a batch" });
    }
    this.#sizeBytes += bytes.length;
    if (this.#sizeBytes > spaceLimits.batchBytes) {
      const message = `the peer sends a batch of more than ${spaceLimits.batchBytes} bytes`;
      throw new GlowError("too-large", "replica.read", { message });
    }
    this.#pieces.push(bytes);
  }

  /** All of it: the next one begins. */
  take(): Uint8Array {
    const [first, ...others] = this.#pieces;
    const whole = first !== undefined && others.length === 0 ? first : concatBytes(this.#pieces);
    this.#pieces = [];
    this.#sizeBytes = 0;
    return whole;
  }
}

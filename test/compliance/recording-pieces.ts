// A RecordingReceiver that takes packets in pieces. It keeps the pieces too, and joins them again when asked, so that a
// pipe which writes again to bytes it gave away is found out.

import { expect } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { RecordingReceiver } from "./recording-receiver.ts";

export class RecordingPieces extends RecordingReceiver {
  /** Of each packet; the last one may still lack some. */
  readonly pieces: Uint8Array[][] = [];
  /** Pieces after `closed`, empty ones in a packet of others, and packets that came whole by `packet`: all wrong. */
  wrong = 0;
  /** Called for each piece, after it was kept. */
  onPiece: (last: boolean) => void = () => undefined;
  #within = false;

  override packet(): void {
    this.wrong++;
  }

  piece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (!this.#within) this.pieces.push([]);
    if (start === end && (this.#within || !last)) this.wrong++;
    if (this.ends.length > 0) this.wrong++;
    this.#within = !last;
    const pieces = this.pieces.at(-1) as Uint8Array[];
    pieces.push(bytes.subarray(start, end));
    this.onPiece(last);
    if (last) super.packet(...whole(concatBytes(pieces)));
  }

  override get arrived(): readonly Uint8Array[] {
    expect(this.wrong).toBe(0);
    // Node's Buffer is a Uint8Array whose `slice` does not copy; core code must never meet one.
    expect(this.pieces.flat().every((piece) => piece.constructor === Uint8Array)).toBe(true);
    return this.packets.map((_, i) => concatBytes(this.pieces[i] as Uint8Array[]));
  }
}

function whole(bytes: Uint8Array): [Uint8Array, number, number] {
  return [bytes, 0, bytes.length];
}

// How much a guest may write: all that came counts, whatever became of it, since what is replaced or removed stays on the disk.

import { webLimits } from "#base/limits.ts";

export interface GuestAllowance {
  /** `denied`, and nothing is counted, if so many bytes are not left. */
  check(bytes: number): void;
  /** Counts bytes as written; `denied` likewise. */
  take(bytes: number): void;
}

/** A file, folder or move: so that many small ones come to an end, too. */
export function takeEntries(allowance: GuestAllowance, count = 1): void {
  allowance.take(count * webLimits.guestEntryBytes);
}

/** Counts what passes through. */
export async function* counted(
  content: AsyncIterable<Uint8Array>,
  allowance: GuestAllowance,
): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    allowance.take(piece.length);
    yield piece;
  }
}

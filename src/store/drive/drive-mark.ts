// What is known of a drive as a whole, in one row that each batch reads and writes: by it most batches see at once that
// there is nothing more to look for. CBOR [knowledge, last move, conflicts, merged, claims]:
//
//   knowledge   of all that was taken in: batch-knowledge.ts
//   last move   entry key of the last move of a folder, or null
//   conflicts   objects that were removed and edited         merged   names under which several folders show as one
//   claims      rows of that kind: content-heads.ts

import { compareBytes } from "#base/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { Knowledge } from "./batch-knowledge.ts";

export interface DriveMark {
  readonly all: Knowledge;
  lastMove: Uint8Array | undefined;
  removalConflicts: number;
  mergedNames: number;
  claims: number;
}

export function decodeMark(bytes: Uint8Array | undefined): DriveMark {
  if (bytes === undefined) {
    return { all: new Knowledge(), lastMove: undefined, removalConflicts: 0, mergedNames: 0, claims: 0 };
  }
  const [knowledge, lastMove, removalConflicts, mergedNames, claims] = decodeCbor(bytes) as [
    readonly CborValue[],
    Uint8Array | null,
    number,
    number,
    number,
  ];
  return { all: Knowledge.decode(knowledge), lastMove: lastMove ?? undefined, removalConflicts, mergedNames, claims };
}

export function encodeMark(mark: DriveMark): Uint8Array {
  const { all, lastMove, removalConflicts, mergedNames, claims } = mark;
  return encodeCbor([all.encode(), lastMove ?? null, removalConflicts, mergedNames, claims]);
}

/** Whether a move comes after all that are here: nothing has to be looked at again. Remembers it if so. */
export function passesLastMove(mark: DriveMark, entryKey: Uint8Array): boolean {
  if (mark.lastMove !== undefined && compareBytes(entryKey, mark.lastMove) < 0) return false;
  mark.lastMove = entryKey;
  return true;
}

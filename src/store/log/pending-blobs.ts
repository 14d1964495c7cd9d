// What has come to be of blobs and is not in the index yet: put, written, moved, removed, found damaged. It lies over the
// index like a sheet over a map: whoever looks for a blob looks here first.

import { logLimits } from "#base/limits.ts";
import type { BlobId, LogPlace, StoredBlob } from "#glow";
import type { BlobChange, BlobRow } from "./pack-index.ts";

export interface PendingBlob {
  readonly id: BlobId;
  /**
   * `held`: put, and waiting to be written; `written`: in a pack, and perhaps not durable; `removed`; `damaged`: found to
   * be so where the index says that it lies.
   */
  state: "held" | "written" | "removed" | "damaged";
  /** Kept until it is durable, so that it can be written again. A blob that was only moved has its old copy for that. */
  readonly stored: Uint8Array | undefined;
  /** Where it was written. */
  row: BlobRow | undefined;
  /** What the index has. */
  base: BlobRow | undefined;
}

/** One that was put. */
export interface HeldBlob extends PendingBlob {
  readonly stored: Uint8Array;
}

export class PendingBlobs {
  readonly #blobs = new Map<string, PendingBlob>();
  /** Those that are held, and some that no longer are. */
  #queue: HeldBlob[] = [];
  #queuedBytes = 0;
  #heldBytes = 0;
  #heldBlobs = 0;

  /** Of what waits to be written. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Of what was put and is not durable and in the index. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** How many there are of which nothing is held: removed, moved, damaged. */
  get changed(): number {
    return this.#blobs.size - this.#heldBlobs;
  }

  values(): Iterable<PendingBlob> {
    return this.#blobs.values();
  }

  get(id: BlobId): PendingBlob | undefined {
    return this.#blobs.get(id.toHex());
  }

  /**
   * Takes a blob in that is neither here nor, whole, in a pack; `base` is what the index has all the same. Says where a
   * damaged copy lies, which is dead now.
   */
  hold({ id, stored }: StoredBlob, base: BlobRow | undefined): BlobRow | undefined {
    const known = this.get(id);
    const blob: HeldBlob = { id, state: "held", stored, row: undefined, base: known === undefined ? base : known.base };
    this.#blobs.set(id.toHex(), blob);
    this.#heldBytes += costOf(blob);
    this.#heldBlobs++;
    this.#enqueue(blob);
    return known?.state === "removed" ? undefined : blob.base;
  }

  /** A blob's copy is somewhere else now than the index says. */
  moved(id: BlobId, row: BlobRow, base: BlobRow): void {
    this.#blobs.set(id.toHex(), { id, state: "written", stored: undefined, row, base });
  }

  /** `base` is what the index has; says where copies lie that are dead now. */
  remove(id: BlobId, base: BlobRow | undefined): readonly BlobRow[] {
    const key = id.toHex();
    const blob = this.#blobs.get(key);
    if (blob === undefined) {
      if (base === undefined) return [];
      this.#blobs.set(key, { id, state: "removed", stored: undefined, row: undefined, base });
      return [base];
    }
    if (blob.state === "removed") return [];
    this.#release(blob);
    if (blob.state === "held") this.#queuedBytes -= costOf(blob);
    // Of what was moved the old copy is still there, and of what replaces another the dead place was told already.
    const old =
      blob.state === "damaged" || (blob.state === "written" && blob.stored === undefined) ? blob.base : undefined;
    blob.state = "removed";
    if (blob.base === undefined) this.#blobs.delete(key);
    return [blob.row, old].filter((row) => row !== undefined);
  }

  damage(id: BlobId, base: BlobRow): void {
    this.#blobs.set(id.toHex(), { id, state: "damaged", stored: undefined, row: undefined, base });
  }

  /** Takes the next blobs to be written out of the queue: at least one, if there is any, and about `sizeBytes`. */
  nextRun(sizeBytes: number): HeldBlob[] {
    const run: HeldBlob[] = [];
    let takenBytes = 0;
    let at = 0;
    for (; at < this.#queue.length && (run.length === 0 || takenBytes < sizeBytes); at++) {
      const blob = this.#queue[at] as HeldBlob;
      if (blob.state !== "held") continue;
      run.push(blob);
      takenBytes += costOf(blob);
    }
    this.#queue.splice(0, at);
    this.#queuedBytes -= takenBytes;
    return run;
  }

  /** Puts back what could not be written, and what is not in the log any more. */
  requeue(blobs: readonly HeldBlob[]): void {
    const later = this.#queue;
    this.#queue = [];
    for (const blob of blobs) this.#enqueue(blob);
    for (const blob of later) this.#queue.push(blob);
  }

  written(blob: HeldBlob, row: BlobRow): void {
    blob.state = "written";
    blob.row = row;
  }

  /** What was written behind this place is gone. */
  voided(from: LogPlace): void {
    const again: HeldBlob[] = [];
    for (const [key, blob] of this.#blobs) {
      const { state, row } = blob;
      if (state !== "written" || row?.segment !== from.segment || row.offset < from.offset) continue;
      if (wasPut(blob)) {
        blob.state = "held";
        blob.row = undefined;
        again.push(blob);
      } else {
        this.#blobs.delete(key);
      }
    }
    this.requeue(again);
  }

  /** What can go into the index now. Of what is held, that the copy is dead which the index has. */
  changes(): { readonly blob: PendingBlob; readonly change: BlobChange }[] {
    const changes: { blob: PendingBlob; change: BlobChange }[] = [];
    for (const blob of this.#blobs.values()) {
      const { id, base, state } = blob;
      if (state !== "held" || base !== undefined) changes.push({ blob, change: { id, base, row: becomes(blob) } });
    }
    return changes;
  }

  /** The index has them; some may have come to be something else meanwhile. */
  settle(changes: readonly { readonly blob: PendingBlob; readonly change: BlobChange }[]): void {
    for (const { blob, change } of changes) {
      const key = blob.id.toHex();
      const current = this.#blobs.get(key);
      if (current === blob && blob.state !== "held") this.#blobs.delete(key);
      else if (current !== undefined) current.base = change.row;
      if (blob.state === "written") this.#release(blob);
    }
  }

  #enqueue(blob: HeldBlob): void {
    this.#queue.push(blob);
    this.#queuedBytes += costOf(blob);
  }

  #release(blob: PendingBlob): void {
    if (!wasPut(blob)) return;
    this.#heldBytes -= costOf(blob);
    this.#heldBlobs--;
  }
}

function becomes({ state, row, base }: PendingBlob): BlobRow | undefined {
  if (state === "written") return row;
  return state === "damaged" && base !== undefined ? { ...base, damaged: true } : undefined;
}

function wasPut(blob: PendingBlob): blob is HeldBlob {
  return blob.stored !== undefined;
}

function costOf({ stored }: PendingBlob): number {
  return stored === undefined ? 0 : stored.length + logLimits.heldCostBytes;
}

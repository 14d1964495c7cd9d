// The blobs that are to come, in the order in which they are asked for: those that somebody waits for, those of batches
// that have just come, then the rest; of each, small ones first, since with them whole files become complete.

import { toHex } from "#base/bytes.ts";
import type { BlobId, DeviceId } from "#glow";

export type Urgency = "now" | "soon" | "whenever";

const urgencies: readonly Urgency[] = ["now", "soon", "whenever"];
const smallBytes = 64 * 1024;
/** Of those that a supplier cannot give, so many are passed over in the search for one that it can. */
const mostPassed = 2048;

export class QueuedBlob {
  readonly id: BlobId;
  /** As text, for tables. */
  readonly key: string;
  /** As stored; a guess where only the id is known. */
  readonly sizeBytes: number;
  urgency: Urgency;
  /** `nowhere`: nobody who can be asked has it. `here`: it has come. */
  state: "queued" | "asked" | "nowhere" | "here" = "queued";
  /** Whom it is asked of just now. */
  readonly askedOf = new Set<DeviceId>();
  /** From then on it may be asked of another one too. */
  lateMs = 0;
  /** Who said that it has it not, and how often that one had then been renewed. */
  lacking: Map<object, number> | undefined;

  constructor(id: BlobId, key: string, sizeBytes: number, urgency: Urgency) {
    this.id = id;
    this.key = key;
    this.sizeBytes = sizeBytes;
    this.urgency = urgency;
  }
}

interface Lists {
  readonly small: Set<QueuedBlob>;
  readonly large: Set<QueuedBlob>;
}

export class BlobQueue {
  readonly #known = new Map<string, QueuedBlob>();
  readonly #lists: Readonly<Record<Urgency, Lists>> = { now: lists(), soon: lists(), whenever: lists() };
  readonly #asked = new Set<QueuedBlob>();
  readonly #nowhere = new Set<QueuedBlob>();
  #queued = 0;

  /** All that are to come, in whatever state. */
  get size(): number {
    return this.#known.size;
  }

  /** Those that can be asked for. */
  get queued(): number {
    return this.#queued;
  }

  get asked(): Iterable<QueuedBlob> & { readonly size: number } {
    return this.#asked;
  }

  /** Somebody waits for one that can be asked for. */
  get isUrgent(): boolean {
    const { small, large } = this.#lists.now;
    return small.size + large.size > 0;
  }

  find(key: string): QueuedBlob | undefined {
    return this.#known.get(key);
  }

  /** Whether it is to come still. */
  has(blob: QueuedBlob): boolean {
    return this.#known.get(blob.key) === blob;
  }

  /** One that is known already comes to be as urgent as this, if it was less so. */
  add(id: BlobId, sizeBytes: number, urgency: Urgency): QueuedBlob {
    const key = toHex(id);
    const known = this.#known.get(key);
    if (known === undefined) {
      const blob = new QueuedBlob(id, key, sizeBytes, urgency);
      this.#known.set(key, blob);
      this.#enqueue(blob);
      return blob;
    }
    if (urgencies.indexOf(urgency) < urgencies.indexOf(known.urgency)) {
      const isQueued = known.state === "queued";
      if (isQueued) this.#dequeue(known);
      known.urgency = urgency;
      if (isQueued) this.#enqueue(known);
    }
    return known;
  }

  /** The next ones that fit, in order; at least one, if there is any that `canGive`. They count as asked. */
  take(roomBytes: number, most: number, canGive: (blob: QueuedBlob) => boolean): QueuedBlob[] {
    const taken: QueuedBlob[] = [];
    let leftBytes = roomBytes;
    let passed = 0;
    for (const urgency of urgencies) {
      for (const list of [this.#lists[urgency].small, this.#lists[urgency].large]) {
        for (const blob of list) {
          if (taken.length > 0 && (leftBytes < blob.sizeBytes || taken.length >= most)) return taken;
          if (canGive(blob)) {
            this.#dequeue(blob);
            this.#asked.add(blob);
            blob.state = "asked";
            taken.push(blob);
            leftBytes -= blob.sizeBytes;
          } else if (++passed > mostPassed) return taken;
        }
      }
    }
    return taken;
  }

  /** It was asked for in vain: it can be asked for again. */
  putBack(blob: QueuedBlob): void {
    if (blob.state !== "asked" && blob.state !== "nowhere") return;
    this.#asked.delete(blob);
    this.#nowhere.delete(blob);
    this.#enqueue(blob);
  }

  /** Nobody has it: it waits until that changes. */
  setAside(blob: QueuedBlob): void {
    this.#leave(blob);
    blob.state = "nowhere";
    this.#nowhere.add(blob);
  }

  get setAsideCount(): number {
    return this.#nowhere.size;
  }

  /** Those that were set aside can be asked for again, if `isWorthIt`. */
  recall(isWorthIt: (blob: QueuedBlob) => boolean): void {
    for (const blob of this.#nowhere) if (isWorthIt(blob)) this.putBack(blob);
  }

  /** Its bytes are here: it is known until `remove`, so that nobody asks for it again. */
  came(blob: QueuedBlob): void {
    this.#leave(blob);
    blob.state = "here";
  }

  /** The bytes that had come could not be kept. */
  wentAway(blob: QueuedBlob): void {
    this.#enqueue(blob);
  }

  remove(blob: QueuedBlob): void {
    this.#leave(blob);
    this.#known.delete(blob.key);
  }

  #leave(blob: QueuedBlob): void {
    if (blob.state === "queued") this.#dequeue(blob);
    this.#asked.delete(blob);
    this.#nowhere.delete(blob);
  }

  #enqueue(blob: QueuedBlob): void {
    blob.state = "queued";
    this.#listOf(blob).add(blob);
    this.#queued++;
  }

  #dequeue(blob: QueuedBlob): void {
    if (this.#listOf(blob).delete(blob)) this.#queued--;
  }

  #listOf({ urgency, sizeBytes }: QueuedBlob): Set<QueuedBlob> {
    return sizeBytes <= smallBytes ? this.#lists[urgency].small : this.#lists[urgency].large;
  }
}

function lists(): Lists {
  return { small: new Set(), large: new Set() };
}

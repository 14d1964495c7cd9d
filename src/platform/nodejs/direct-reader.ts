// Reads large blobs of packs past the system's cache, where they were never. Each by itself: blobs that are neighbours in a
// file came by several requests at once, so in a pack they have others in between. Who says what is wanted next has some of
// it read while he works on what came before, since nobody else reads ahead here.

import { closeSync, constants, openSync, read, readSync } from "node:fs";
import { directFlag, DirectMemory } from "./direct-memory.ts";

/** The longest chunk of the sizes that a space has by default, with what is around it. */
const slotBytes = 17 * 64 * 1024;
/** So many are read ahead. One more is in use. */
const slots = 4;
const memoryBytes = (slots + 1) * slotBytes;
/** What is only read may lie in one page of the cache with what was written through it: this is what media want. */
const blockBytes = 4096;
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/** Where a blob lies: in which file, by its full path. */
export interface DirectPlace {
  readonly full: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** One that is being read, or was. */
interface Ahead {
  readonly place: DirectPlace;
  readonly slot: Uint8Array;
  readonly bytes: Promise<Uint8Array | undefined>;
}

export class DirectReader {
  readonly #memories = new DirectMemory(memoryBytes);
  readonly #descriptors = new Map<string, number | undefined>();
  #free: Uint8Array[] = [];
  #isReading = false;
  #expected: readonly DirectPlace[] = [];
  #next = 0;
  #ahead: Ahead[] = [];
  /** Reads that have not ended, whether anybody waits for them or not. */
  #underWay = new Set<Promise<unknown>>();
  #borrowed: Uint8Array | undefined;

  /** These are read next, in this order. What was expected before is not. */
  expect(places: readonly DirectPlace[]): void {
    this.#begin();
    const free = this.#free;
    for (const { bytes, slot } of this.#ahead.splice(0)) void bytes.then(() => free.push(slot));
    this.#expected = places;
    this.#next = 0;
    this.#fill();
  }

  /** Borrowed until the next is read. Undefined if it cannot be read so, or is not all there. */
  read(place: DirectPlace): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    this.#begin();
    if (this.#borrowed !== undefined) this.#free.push(this.#borrowed);
    this.#borrowed = undefined;
    const first = this.#ahead[0];
    if (first !== undefined && isSame(first.place, place)) {
      this.#ahead.shift();
      this.#borrowed = first.slot;
      this.#fill();
      return first.bytes;
    }
    const slot = this.#free.pop();
    this.#borrowed = slot;
    return slot && this.#readNow(place, slot);
  }

  /** Lets go of files and memory, as soon as nothing is being read any more. */
  rest(): void {
    if (!this.#isReading) return;
    const descriptors = [...this.#descriptors.values()];
    const underWay = [...this.#underWay];
    this.#descriptors.clear();
    this.#ahead = [];
    this.#expected = [];
    this.#free = [];
    this.#borrowed = undefined;
    this.#isReading = false;
    const over = (): void => {
      for (const descriptor of descriptors) if (descriptor !== undefined) closeSync(descriptor);
      this.#memories.giveBack();
    };
    if (underWay.length === 0) over();
    else void Promise.all(underWay).then(over);
  }

  #begin(): void {
    if (this.#isReading) return;
    const memory = this.#memories.take();
    if (memory === undefined) return;
    this.#isReading = true;
    for (let at = 0; at < memoryBytes; at += slotBytes) this.#free.push(memory.subarray(at, at + slotBytes));
  }

  /** One slot stays free, for what was not expected. */
  #fill(): void {
    while (this.#free.length > 1 && this.#ahead.length < slots) {
      const place = this.#expected[this.#next++];
      if (place === undefined) return;
      const slot = this.#free.pop() as Uint8Array;
      this.#ahead.push({ place, slot, bytes: this.#readLater(place, slot) });
    }
  }

  #readLater(place: DirectPlace, slot: Uint8Array): Promise<Uint8Array | undefined> {
    const descriptor = this.#descriptor(place.full);
    const { at, length } = extentOf(place);
    if (descriptor === undefined || length > slotBytes) return Promise.resolve(undefined);
    const reading = new Promise<Uint8Array | undefined>((resolve) => {
      read(descriptor, slot, 0, length, place.offset - at, (error, count) => {
        this.#underWay.delete(reading);
        resolve(error === null ? within(slot, count, at, place.sizeBytes) : undefined);
      });
    });
    this.#underWay.add(reading);
    return reading;
  }

  #readNow(place: DirectPlace, slot: Uint8Array): Uint8Array | undefined {
    const descriptor = this.#descriptor(place.full);
    const { at, length } = extentOf(place);
    if (descriptor === undefined || length > slotBytes) return undefined;
    try {
      return within(slot, readSync(descriptor, slot, 0, length, place.offset - at), at, place.sizeBytes);
    } catch {
      // Whoever reads it through the cache is told why not.
      return undefined;
    }
  }

  /** Undefined on a file system without such a thing. */
  #descriptor(full: string): number | undefined {
    if (!this.#descriptors.has(full)) this.#descriptors.set(full, openedDirectly(full));
    return this.#descriptors.get(full);
  }
}

/** What has to be read for a blob: where in it that begins, and how much. */
function extentOf({ offset, sizeBytes }: DirectPlace): { readonly at: number; readonly length: number } {
  const at = offset % blockBytes;
  return { at, length: Math.ceil((at + sizeBytes) / blockBytes) * blockBytes };
}

function within(slot: Uint8Array, count: number, at: number, sizeBytes: number): Uint8Array | undefined {
  return count < at + sizeBytes ? undefined : slot.subarray(at, at + sizeBytes);
}

function isSame(a: DirectPlace, b: DirectPlace): boolean {
  return a.offset === b.offset && a.sizeBytes === b.sizeBytes && a.full === b.full;
}

function openedDirectly(full: string): number | undefined {
  try {
    return openSync(full, openFlags | directFlag);
  } catch {
    return undefined;
  }
}

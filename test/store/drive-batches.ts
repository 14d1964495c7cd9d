// Batches of a drive as several devices write them while apart, honest ones and not: for tests of what they add up to.

import { encodeCbor } from "#base/cbor.ts";
import { idBytes, idText } from "#base/ids.ts";
import { chance, integerBelow, pick, randomBytes, type SeededRandom, shuffled } from "#base/random.ts";
import type { DeviceId, Entry, EntryId, Hash, ObjectId, OpenedBatch, SpaceId } from "#glow";
import { rootId, trashId } from "#store/drive/object-id.ts";

/** Nothing depends on which space it is. */
export const driveSpace = "space" as SpaceId;

export const hashOf = (random: SeededRandom): Hash => Uint8Array.of(0x1e, ...randomBytes(random, 32)) as Hash;

export function deviceOf(random: SeededRandom): DeviceId {
  return idText(hashOf(random)) as DeviceId;
}

/** A batch with all that its author has known when writing it. */
export interface MadeBatch {
  readonly batch: OpenedBatch;
  /** Hashes as text, its own included. */
  readonly knows: ReadonlySet<string>;
}

export class BatchMaker {
  readonly batches: MadeBatch[] = [];
  readonly #random: SeededRandom;
  readonly #devices: readonly DeviceId[];
  /** What each device knows: indexes into `batches`, closed under parents. */
  readonly #known: Set<number>[];

  constructor(random: SeededRandom, devices: number) {
    this.#random = random;
    this.#devices = Array.from({ length: devices }, () => deviceOf(random));
    this.#known = this.#devices.map(() => new Set());
  }

  /** One device hears of what some other knows, as far as some batch of it. */
  sync(): void {
    this.#hear(pick(this.#random, this.#known), integerBelow(this.#random, this.#devices.length));
  }

  /** One device hears of all that another knows. */
  tell(from: number, to: number): void {
    for (const i of this.#known[from] as Set<number>) this.#known[to]?.add(i);
  }

  #hear(from: ReadonlySet<number>, to: number): void {
    const heads = [...from];
    if (heads.length === 0) return;
    const { knows } = this.batches[pick(this.#random, heads)] as MadeBatch;
    for (const [i, { batch }] of this.batches.entries()) {
      if (knows.has(textOf(batch.hash))) this.#known[to]?.add(i);
    }
  }

  /** Some device writes what `entries` gives it, which is told what the device knows. */
  write(entries: (known: readonly OpenedBatch[]) => readonly Entry[]): void {
    this.writeAs(integerBelow(this.#random, this.#devices.length), entries);
  }

  writeAs(at: number, entries: (known: readonly OpenedBatch[]) => readonly Entry[]): void {
    const mine = this.#known[at] as Set<number>;
    const known = [...mine].map((i) => this.batches[i] as MadeBatch);
    const own = known.filter(({ batch }) => batch.author === this.#devices[at]);
    const builtOn = new Set(known.flatMap(({ batch }) => batch.parents.map(textOf)));
    const parents = known.filter(({ batch }) => !builtOn.has(textOf(batch.hash)));
    const last = own.at(-1)?.batch;
    const ordered = parents.map(({ batch }) => batch).sort((a, b) => Number(b === last) - Number(a === last));
    const hash = hashOf(this.#random);
    const batch: OpenedBatch = {
      hash,
      space: driveSpace,
      author: this.#devices[at] as DeviceId,
      incarnation: 1,
      sequence: own.length + 1,
      parents: ordered.map((parent) => parent.hash),
      stamp: Math.max(0, ...ordered.map(({ stamp }) => stamp)) + 1,
      timeMs: 1_700_000_000_000 + this.batches.length,
      entries: entries(known.map((each) => each.batch)),
      placements: [],
      blobs: [],
    };
    const knows = new Set([textOf(hash), ...parents.flatMap((each) => [...each.knows])]);
    mine.add(this.batches.push({ batch, knows }) - 1);
  }

  /** All batches in some order that puts parents first. */
  anyOrder(random: SeededRandom): OpenedBatch[] {
    const order: OpenedBatch[] = [];
    const done = new Set<string>();
    for (let left = shuffled(random, this.batches); left.length > 0; left = shuffled(random, left)) {
      const ready = left.findIndex(({ batch }) => batch.parents.every((parent) => done.has(textOf(parent))));
      const [next] = left.splice(ready, 1) as [MadeBatch];
      done.add(textOf(next.batch.hash));
      order.push(next.batch);
    }
    return order;
  }
}

export function textOf(hash: Uint8Array): string {
  return hash.toHex();
}

/** A few objects and names, so that everything meets everything. */
export class HostileEntries {
  readonly objects: readonly ObjectId[];
  readonly #random: SeededRandom;
  readonly #folders: readonly ObjectId[];
  readonly #names: readonly string[];
  #times = 0;

  constructor(random: SeededRandom, folders: number, files: number) {
    this.#random = random;
    const make = (kind: number) => idText(Uint8Array.of(kind, ...randomBytes(random, 15))) as ObjectId;
    this.#folders = Array.from({ length: folders }, () => make(1));
    const others = Array.from({ length: files }, () => make(chance(random, 0.8) ? 2 : 3));
    this.objects = [...this.#folders, ...others];
    const [first, second] = this.objects as [ObjectId, ObjectId];
    this.#names = [
      "a",
      "b.txt",
      "e\u0301",
      "\u00e9",
      "A",
      `a~${first.slice(2, 10)}`,
      `a~${second}`,
      `b~${second.slice(2, 10)}.txt`,
    ];
  }

  /** Up to `most` entries of a device that knows these batches, and cares or not. */
  some(known: readonly OpenedBatch[], all: readonly MadeBatch[], most: number): Entry[] {
    return Array.from({ length: 1 + integerBelow(this.#random, most) }, () => this.#one(known, all));
  }

  #one(known: readonly OpenedBatch[], all: readonly MadeBatch[]): Entry {
    const random = this.#random;
    if (chance(random, 0.03)) return this.#nonsense();
    const draw = integerBelow(random, 10);
    if (draw < 7) return this.#place();
    if (draw < 9) return this.#content(known, all);
    return { object: pick(random, [...this.objects, rootId]), register: 2, value: this.#attributes(), replaces: [] };
  }

  #place(): Entry {
    const random = this.#random;
    const object = chance(random, 0.03) ? pick(random, [rootId, trashId]) : pick(random, this.objects);
    const parent = chance(random, 0.05)
      ? pick(random, this.objects)
      : pick(random, [rootId, rootId, trashId, ...this.#folders]);
    const name = chance(random, 0.03)
      ? pick(random, ["", "..", "a/b", "\u0000", "x".repeat(300)])
      : pick(random, this.#names);
    const from =
      parent === trashId && chance(random, 0.8) ? { from: idBytes(pick(random, [rootId, ...this.#folders])) } : {};
    return {
      object,
      register: 0,
      value: encodeCbor({ parent: idBytes(parent), name, later: 7, ...from }),
      replaces: [],
    };
  }

  #content(known: readonly OpenedBatch[], all: readonly MadeBatch[]): Entry {
    const random = this.#random;
    const object = pick(random, this.objects);
    const written = (batch: OpenedBatch): EntryId[] =>
      batch.entries.flatMap((entry, index) =>
        entry.object === object && entry.register === 1 ? [{ batch: batch.hash, index }] : [],
      );
    const seen = known.flatMap(written);
    // What it has not seen, it cannot name; but a batch that comes later can be made to be named by an earlier one.
    const meant = chance(random, 0.1) ? [...seen, ...all.flatMap(({ batch }) => written(batch))] : seen;
    const replaces = shuffled(random, meant).slice(0, integerBelow(random, meant.length + 1));
    if (chance(random, 0.05)) replaces.push({ batch: hashOf(random), index: pick(random, [0, -1, 2 ** 40]) });
    const modified = integerBelow(random, 3);
    const size = integerBelow(random, 4);
    const chunks = size === 0 ? [] : [new Uint8Array(32).fill(size), size];
    const isLink = idBytes(object)[0] === 3;
    return {
      object,
      register: 1,
      value: encodeCbor(isLink ? { modified, target: `t${size}` } : { modified, size, chunks }),
      replaces,
    };
  }

  #attributes(): Uint8Array {
    const value: Record<string, number> = {};
    if (chance(this.#random, 0.7)) value["mode"] = integerBelow(this.#random, 600);
    if (chance(this.#random, 0.5)) value["modified"] = this.#times++;
    return encodeCbor(value);
  }

  #nonsense(): Entry {
    const random = this.#random;
    const object = chance(random, 0.5)
      ? pick(random, this.objects)
      : (idText(randomBytes(random, 1 + integerBelow(random, 20))) as ObjectId);
    const value = chance(random, 0.5) ? encodeCbor([1, 2]) : randomBytes(random, integerBelow(random, 9));
    return { object, register: integerBelow(random, 6), value, replaces: [] };
  }
}

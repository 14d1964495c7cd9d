// Reads blobs for a peer. What lies near in one pack is read at once, and one group is read ahead of the one that is on
// its way, so that the disk is not waited for after each. All is checked before it leaves: a pack may have been rewritten
// between look-up and reading, a medium forgets, and a peer takes wrong bytes for a lie.

import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { BlobId, BlobPlace, BlobSource, BlobStore, Crypto, Disk, Timers } from "#glow";
import { OpenPacks } from "./open-packs.ts";

export interface BlobReaderOptions {
  readonly crypto: Crypto;
  readonly disk: Disk;
  readonly timers: Timers;
  readonly blobs: BlobStore;
  readonly source: BlobSource | undefined;
  /** The medium has damaged this one. */
  damaged(id: BlobId): void;
}

export interface FetchedBlob {
  readonly id: BlobId;
  readonly stored: Uint8Array | undefined;
}

/** What is read at once; twice as much is in memory. */
const groupBytes = 1024 * 1024;
/** What lies between two blobs is read too, up to this: cheaper than one more read. */
const gapBytes = 16 * 1024;
/** What is in no pack has to be made, or is read one by one. */
const assumedBytes = 128 * 1024;

interface Wanted {
  readonly id: BlobId;
  readonly at: number;
  readonly place: BlobPlace | undefined;
}

/** Blobs that lie behind one another, or nearly. */
interface Run {
  readonly path: string;
  readonly offset: number;
  endBytes: number;
  readonly wanted: (Wanted & { readonly place: BlobPlace })[];
}

export class BlobReader {
  readonly #options: BlobReaderOptions;
  readonly #packs: OpenPacks;

  constructor(options: BlobReaderOptions) {
    this.#options = options;
    this.#packs = new OpenPacks(options.disk, options.timers);
  }

  /** In this order; `stored` is undefined for what is not here. */
  async *read(ids: readonly BlobId[]): AsyncGenerator<FetchedBlob> {
    const groups = grouped(ids, await this.#options.blobs.places(ids));
    let next = this.#ahead(groups[0]);
    for (let at = 0; at < groups.length; at++) {
      const group = await next;
      next = this.#ahead(groups[at + 1]);
      yield* group;
    }
  }

  /** A failure is met when the group's turn comes; nobody may come for it. */
  #ahead(group: readonly Wanted[] | undefined): Promise<FetchedBlob[]> {
    const reading = group === undefined ? Promise.resolve([]) : this.#readGroup(group);
    reading.catch(() => undefined);
    return reading;
  }

  async #readGroup(group: readonly Wanted[]): Promise<FetchedBlob[]> {
    const found: (Uint8Array | undefined)[] = group.map(() => undefined);
    const first = group[0]?.at ?? 0;
    await Promise.all(
      runsOf(group).map((run) => this.#readRun(run, (at, stored) => void (found[at - first] = stored))),
    );
    const others = group.filter((_, at) => found[at] === undefined);
    if (others.length > 0) {
      const rest = await this.#readOneByOne(others.map(({ id }) => id));
      for (const [index, { at }] of others.entries()) found[at - first] = rest[index];
    }
    return group.map(({ id }, at) => ({ id, stored: found[at] }));
  }

  /** Hands on what is right; the rest is looked for elsewhere. */
  async #readRun(run: Run, found: (at: number, stored: Uint8Array) => void): Promise<void> {
    const bytes = await this.#readRange(run.path, run.offset, run.endBytes - run.offset);
    if (bytes === undefined) return;
    for (const { id, at, place } of run.wanted) {
      const from = place.offset - run.offset;
      const stored = bytes.subarray(from, from + place.sizeBytes);
      if (this.#isRight(id, stored)) found(at, stored);
    }
  }

  async #readRange(path: string, offset: number, lengthBytes: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#packs.read(path, offset, lengthBytes);
    } catch (error) {
      return passOver(error);
    }
  }

  /** By the store itself, which knows what has moved and notes what is damaged; then by the source. */
  async #readOneByOne(ids: readonly BlobId[]): Promise<(Uint8Array | undefined)[]> {
    const { blobs, source } = this.#options;
    const missing = Promise.resolve(undefined);
    const inStore = await blobs.has(ids);
    const found = await Promise.all(ids.map((id, at) => (inStore[at] === true ? this.#fromStore(id) : missing)));
    if (source === undefined) return found;
    const others = ids.flatMap((_, at) => (found[at] === undefined ? [at] : []));
    if (others.length === 0) return found;
    const given = await source.get(others.map((at) => ids[at] as BlobId));
    for (const [i, at] of others.entries()) found[at] = given[i];
    return found;
  }

  async #fromStore(id: BlobId): Promise<Uint8Array | undefined> {
    try {
      return await this.#options.blobs.get(id);
    } catch (error) {
      if (error instanceof GlowError && error.kind === "corrupt") this.#options.damaged(id);
      return passOver(error);
    }
  }

  #isRight(id: BlobId, stored: Uint8Array): boolean {
    return equalBytes(this.#options.crypto.hash("blake3", stored), id);
  }
}

function passOver(error: unknown): undefined {
  if (error instanceof GlowError && (error.kind === "not-found" || error.kind === "corrupt")) return undefined;
  throw error;
}

function grouped(ids: readonly BlobId[], places: readonly (BlobPlace | undefined)[]): Wanted[][] {
  const groups: Wanted[][] = [];
  let roomBytes = 0;
  for (const [at, id] of ids.entries()) {
    const place = places[at];
    const sizeBytes = place?.sizeBytes ?? assumedBytes;
    if (sizeBytes > roomBytes || groups.length === 0) {
      groups.push([]);
      roomBytes = groupBytes;
    }
    groups.at(-1)?.push({ id, at, place });
    roomBytes -= sizeBytes;
  }
  return groups;
}

function runsOf(group: readonly Wanted[]): Run[] {
  const placed = group.flatMap(({ id, at, place }) => (place === undefined ? [] : [{ id, at, place }]));
  placed.sort((a, b) =>
    a.place.path < b.place.path ? -1 : a.place.path > b.place.path ? 1 : a.place.offset - b.place.offset,
  );
  const runs: Run[] = [];
  for (const each of placed) {
    const { path, offset, sizeBytes } = each.place;
    const last = runs.at(-1);
    if (last?.path === path && offset - last.endBytes <= gapBytes) {
      last.endBytes = Math.max(last.endBytes, offset + sizeBytes);
      last.wanted.push(each);
    } else {
      runs.push({ path, offset, endBytes: offset + sizeBytes, wanted: [each] });
    }
  }
  return runs;
}

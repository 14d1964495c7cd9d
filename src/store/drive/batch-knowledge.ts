// What the author of a batch knew when it wrote it: of each device the last batch that the new one builds on, directly or
// not (a version vector). By it one sees that two batches were written apart, as where a file was removed here while it
// was edited there.
//
//   knowledge   [author (33), incarnation, sequence, author, incarnation, sequence ...], sorted
//   batch       CBOR [batch key, time in ms, knowledge, this batch itself included]
//   objects     16 bytes each: what the batch has placed or written
//
// Of an author's incarnations only the latest `driveLimits.incarnations` are kept; earlier ones count as known.

import { concatBytes } from "#base/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { idBytes, idText } from "#base/ids.ts";
import { driveLimits } from "#base/limits.ts";
import type { DeviceId } from "#glow";
import type { IndexView, ObjectId } from "../contracts.ts";
import { driveKeys } from "./drive-keys.ts";
import { type AuthorPlace, authorKey, authorKeyAfter, authorPlace, batchHash, type BatchStamp } from "./entry-order.ts";
import { bytesOfObject, objectIdBytes, objectIdOf } from "./object-id.ts";
import { pagesOf } from "./row-pages.ts";

type Incarnations = Map<number, number>;

export class Knowledge {
  readonly #authors = new Map<DeviceId, Incarnations>();

  static decode(items: readonly CborValue[]): Knowledge {
    const knowledge = new Knowledge();
    for (let i = 0; i < items.length; i += 3) {
      const author = idText(items[i] as Uint8Array) as DeviceId;
      knowledge.add({ author, incarnation: items[i + 1] as number, sequence: items[i + 2] as number });
    }
    return knowledge;
  }

  encode(): CborValue[] {
    const places = [...this.places()];
    places.sort((a, b) => (a.author < b.author ? -1 : a.author > b.author ? 1 : a.incarnation - b.incarnation));
    return places.flatMap((place): CborValue[] => [idBytes(place.author), place.incarnation, place.sequence]);
  }

  *places(): Iterable<AuthorPlace> {
    for (const [author, incarnations] of this.#authors) {
      for (const [incarnation, sequence] of incarnations) yield { author, incarnation, sequence };
    }
  }

  add({ author, incarnation, sequence }: AuthorPlace): void {
    const incarnations = this.#authors.get(author) ?? new Map<number, number>();
    this.#authors.set(author, incarnations);
    incarnations.set(incarnation, Math.max(sequence, incarnations.get(incarnation) ?? 0));
    if (incarnations.size > driveLimits.incarnations) incarnations.delete(Math.min(...incarnations.keys()));
  }

  addAll(other: Knowledge): void {
    for (const place of other.places()) this.add(place);
  }

  knows({ author, incarnation, sequence }: AuthorPlace): boolean {
    const incarnations = this.#authors.get(author);
    if (incarnations === undefined) return false;
    const known = incarnations.get(incarnation);
    if (known !== undefined) return sequence <= known;
    return incarnations.size === driveLimits.incarnations && incarnation < Math.min(...incarnations.keys());
  }

  /** Of each author's incarnation, up to where this one knows it, where the other goes further. */
  *behind(other: Knowledge): Iterable<AuthorPlace> {
    for (const place of other.places()) {
      if (this.knows(place)) continue;
      const { author, incarnation } = place;
      yield { author, incarnation, sequence: this.#authors.get(author)?.get(incarnation) ?? 0 };
    }
  }
}

export interface KnownBatch {
  readonly stamp: BatchStamp;
  readonly knowledge: Knowledge;
}

export function encodeBatch({ stamp, knowledge }: KnownBatch): Uint8Array {
  return encodeCbor([stamp.key, stamp.timeMs, knowledge.encode()]);
}

export function decodeBatch(bytes: Uint8Array): KnownBatch {
  const [key, timeMs, knowledge] = decodeCbor(bytes) as [Uint8Array, number, readonly CborValue[]];
  return { stamp: { key, timeMs }, knowledge: Knowledge.decode(knowledge) };
}

/** What the author of a batch knew, itself included. Its parents are here, as a space takes them first. */
export function knowledgeOf(stamp: BatchStamp, parents: readonly KnownBatch[]): Knowledge {
  const knowledge = new Knowledge();
  for (const parent of parents) knowledge.addAll(parent.knowledge);
  knowledge.add(authorPlace(stamp));
  return knowledge;
}

/** Of one row; a batch of more objects has several. */
const objectsPerRow = 4096;
const rowsPerRead = 64;

export function putBatch(batch: KnownBatch, objects: readonly ObjectId[], view: IndexView): void {
  view.put(driveKeys.batch(batchHash(batch.stamp)), encodeBatch(batch));
  for (let from = 0, page = 0; from < objects.length; from += objectsPerRow, page++) {
    const ids = objects.slice(from, from + objectsPerRow).map(bytesOfObject);
    view.put(driveKeys.batchObjects(authorKey(batch.stamp), page), concatBytes(ids));
  }
}

/** Objects that the batches placed or wrote of which this knowledge knows nothing, of all that is here. */
export async function* objectsUnknownTo(
  knowledge: Knowledge,
  all: Knowledge,
  view: Pick<IndexView, "range">,
): AsyncIterable<readonly ObjectId[]> {
  for (const place of knowledge.behind(all)) {
    const after = authorKeyAfter(place);
    const from = driveKeys.batchObjects(after, 0).subarray(0, 1 + after.length);
    const to = driveKeys.batchObjects(authorKeyAfter({ ...place, sequence: Number.MAX_SAFE_INTEGER }), 0);
    for await (const rows of pagesOf({ from, to }, view, rowsPerRead)) {
      for (const { value } of rows) yield idsOf(value);
    }
  }
}

/** What one batch has placed or written. */
export async function objectsOf(place: AuthorPlace, view: Pick<IndexView, "range">): Promise<ObjectId[]> {
  const keyAfter = (sequence: number) => {
    const after = authorKeyAfter({ ...place, sequence });
    return driveKeys.batchObjects(after, 0).subarray(0, 1 + after.length);
  };
  const objects: ObjectId[] = [];
  const range = { from: keyAfter(place.sequence - 1), to: keyAfter(place.sequence) };
  for await (const rows of pagesOf(range, view, rowsPerRead)) {
    for (const { value } of rows) objects.push(...idsOf(value));
  }
  return objects;
}

function idsOf(bytes: Uint8Array): ObjectId[] {
  const ids: ObjectId[] = [];
  for (let at = 0; at < bytes.length; at += objectIdBytes) {
    ids.push(objectIdOf(bytes.subarray(at, at + objectIdBytes)) as ObjectId);
  }
  return ids;
}

// The rows of the objects that something is about, read in few reads; and changed, by a batch, in one go.

import { equalBytes } from "#base/bytes.ts";
import { assert } from "#base/errors.ts";
import type { ChunkRef, IndexView, ObjectId } from "../contracts.ts";
import { driveKeys, type RowReader } from "./drive-keys.ts";
import { isFixed, kindOf } from "./object-id.ts";
import { decodeObject, emptyRow, encodeObject, type ObjectRow, type Place, type Version } from "./object-row.ts";

export class ObjectRows {
  readonly #reader: RowReader;
  readonly #rows = new Map<ObjectId, ObjectRow>();

  constructor(reader: RowReader) {
    this.#reader = reader;
  }

  has(object: ObjectId): boolean {
    return this.#rows.has(object);
  }

  /** Takes what was read under `driveKeys.object`, as part of a larger read. */
  add(object: ObjectId, bytes: Uint8Array | undefined): void {
    if (this.#rows.has(object)) return;
    this.#rows.set(object, bytes === undefined ? emptyRow() : decodeObject(bytes, object));
  }

  async load(objects: Iterable<ObjectId>): Promise<void> {
    const missing = [...new Set(objects)].filter((object) => !this.#rows.has(object));
    if (missing.length === 0) return;
    const rows = await this.#reader.getMany(missing.map(driveKeys.object));
    for (const [i, object] of missing.entries()) this.add(object, rows[i]);
  }

  /** As `load`, with all folders that they lie in now. */
  async loadAncestors(objects: Iterable<ObjectId>): Promise<void> {
    for (let level = new Set(objects); level.size > 0; ) {
      await this.load(level);
      const parents = new Set<ObjectId>();
      for (const object of level) {
        const parent = this.loaded(object).place?.parent;
        // Where a folder is loaded, those above it may not be.
        if (parent !== undefined && !isFixed(parent)) parents.add(parent);
      }
      level = parents;
    }
  }

  /** Of an object that was loaded. */
  loaded(object: ObjectId): ObjectRow {
    const row = this.#rows.get(object);
    assert(row !== undefined, `the row of ${object} is read before it is used`);
    return row;
  }

  async get(object: ObjectId): Promise<ObjectRow> {
    await this.load([object]);
    return this.loaded(object);
  }
}

/** A row that is being changed, with what it said before. */
export interface ChangedObject {
  readonly object: ObjectId;
  readonly row: ObjectRow;
  readonly placeBefore: Place | undefined;
  readonly versionsBefore: number;
}

export class ObjectTable extends ObjectRows {
  readonly #view: IndexView;
  readonly #changed = new Map<ObjectId, ChangedObject>();

  constructor(view: IndexView) {
    super(view);
    this.#view = view;
  }

  /** The row of a loaded object, to be changed. */
  edit(object: ObjectId): ObjectRow {
    const row = this.loaded(object);
    if (!this.#changed.has(object)) {
      this.#changed.set(object, { object, row, placeBefore: row.place, versionsBefore: countVersions(row) });
    }
    return row;
  }

  changed(): Iterable<ChangedObject> {
    return this.#changed.values();
  }

  write(): void {
    for (const { object, row } of this.#changed.values()) this.#view.put(driveKeys.object(object), encodeObject(row));
  }
}

/** How many versions show: the same content of the same time, written by two at once, is one. */
export function countVersions({ heads, moreHeads }: ObjectRow): number {
  if (heads.length <= 1) return 1;
  return distinctVersions(heads).length + moreHeads;
}

/** The versions without those that say the same as an earlier one. */
export function distinctVersions(versions: readonly Version[]): Version[] {
  const distinct: Version[] = [];
  for (const version of versions) if (!distinct.some((other) => sameVersion(other, version))) distinct.push(version);
  return distinct;
}

export function sameVersion(a: Version, b: Version): boolean {
  return a.modifiedNs === b.modifiedNs && a.target === b.target && sameContent(a, b);
}

function sameContent({ content: a }: Version, { content: b }: Version): boolean {
  if (a === undefined || b === undefined) return a === b;
  const sameShape = a.sizeBytes === b.sizeBytes && a.depth === b.depth && a.chunks.length === b.chunks.length;
  return sameShape && a.chunks.every(({ name }, i) => equalBytes(name, (b.chunks[i] as ChunkRef).name));
}

const defaultModes = { folder: 0o755, file: 0o644, link: 0o777 } as const;

export function defaultMode(object: ObjectId): number {
  return defaultModes[kindOf(object)];
}

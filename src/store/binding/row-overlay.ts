// The rows that a plan needs, and as they will be when what was planned so far is done.

import type { ObjectId } from "../contracts.ts";
import type { BindingRow } from "./binding-row.ts";
import { type BindingRows, joinPath, type LocalSpot } from "./binding-rows.ts";
import { bindingPace } from "./pace.ts";

/** A row, or one that will be there when its file or folder is. */
export type PlannedRow = Omit<BindingRow, "stat"> & { readonly stat?: BindingRow["stat"] };

export class RowOverlay {
  readonly #rows: BindingRows;
  readonly #byObject = new Map<ObjectId, PlannedRow | undefined>();
  readonly #bySpot = new Map<string, ObjectId | undefined>();

  constructor(rows: BindingRows) {
    this.#rows = rows;
  }

  /** The rows of these objects, and of the folders in which they lie here. */
  async load(objects: readonly ObjectId[]): Promise<void> {
    let wanted = this.#unknown(objects);
    while (wanted.length > 0) {
      const rows = await this.#rows.byObject(wanted);
      wanted.forEach((object, i) => this.#byObject.set(object, rows[i]));
      wanted = this.#unknown(rows.flatMap((row) => (row === undefined ? [] : [row.parent])));
    }
  }

  /** What lies at these places. */
  async loadSpots(spots: readonly LocalSpot[]): Promise<ObjectId[]> {
    const found = await this.#rows.at(spots);
    spots.forEach((spot, i) => this.#bySpot.set(this.#rows.spotKey(spot), found[i]?.object));
    const objects = found.flatMap((row) => (row === undefined ? [] : [row.object]));
    await this.load(objects);
    return objects;
  }

  get(object: ObjectId): PlannedRow | undefined {
    return this.#byObject.get(object);
  }

  at(spot: LocalSpot): ObjectId | undefined {
    return this.#bySpot.get(this.#rows.spotKey(spot));
  }

  /** Relative to the bound folder; undefined if a folder on the way has no row, or is to be found elsewhere (a circle). */
  path(object: ObjectId): string | undefined {
    const names: string[] = [];
    for (let at = object; at !== this.#rows.root; ) {
      const row = this.#byObject.get(at);
      if (row === undefined || names.length > bindingPace.pathNames) return undefined;
      names.push(row.localName);
      at = row.parent;
    }
    return names.reduceRight(joinPath, "");
  }

  /** Whether a folder on the way has no row: then nobody will ever find it in its place, or miss it there. */
  isLost(object: ObjectId): boolean {
    for (let at = object, depth = 0; at !== this.#rows.root && depth <= bindingPace.pathNames; depth++) {
      const row = this.#byObject.get(at);
      if (row === undefined) return at !== object;
      at = row.parent;
    }
    return false;
  }

  drop(object: ObjectId): void {
    this.#byObject.set(object, undefined);
  }

  put(row: PlannedRow): void {
    const before = this.#byObject.get(row.object);
    if (before !== undefined && this.at(before) === row.object) this.#bySpot.set(this.#rows.spotKey(before), undefined);
    this.#byObject.set(row.object, row);
    this.reserve(row.object, row);
  }

  /** It is another object's. */
  rename(row: PlannedRow, object: ObjectId): void {
    this.#byObject.set(row.object, undefined);
    this.#byObject.set(object, { ...row, object });
    this.reserve(object, row);
  }

  /** A place for what is still to come. */
  reserve(object: ObjectId, spot: LocalSpot): void {
    this.#bySpot.set(this.#rows.spotKey(spot), object);
  }

  #unknown(objects: readonly ObjectId[]): ObjectId[] {
    return [...new Set(objects)].filter((object) => object !== this.#rows.root && !this.#byObject.has(object));
  }
}

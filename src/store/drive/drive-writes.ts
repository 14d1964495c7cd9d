// What a batch says about a drive's objects, read from its entries: those that make no sense are not in it. Whether one
// does is seen by the entry alone, so everybody passes over the same ones:
//
//   - an object or parent that is none, or of a kind that a later version made; a parent that is no folder;
//   - a place for the root or the trash; content of a folder; a register or a value that is unknown or malformed;
//   - a name that no file can have (file-name.ts).

import { spaceLimits } from "#base/limits.ts";
import type { Entry, EntryId, ObjectId, OpenedBatch } from "../contracts.ts";
import type { BatchStamp, EntryOrder } from "./entry-order.ts";
import { isFixed, kindOf, isObjectId, trashId } from "./object-id.ts";
import type { Place, Version } from "./object-row.ts";
import { type AttributesValue, decodeAttributes, decodeContent, decodePlace, register } from "./register-values.ts";

export interface PlaceWrite {
  readonly object: ObjectId;
  readonly place: Place;
}

export interface VersionWrite {
  readonly object: ObjectId;
  readonly version: Version;
  readonly replaces: readonly EntryId[];
}

export interface AttributesWrite extends AttributesValue {
  readonly object: ObjectId;
  readonly order: EntryOrder;
}

export class DriveWrites {
  readonly stamp: BatchStamp;
  readonly places: PlaceWrite[] = [];
  readonly versions: VersionWrite[] = [];
  readonly attributes: AttributesWrite[] = [];
  /** All objects that something was written about. */
  readonly objects = new Set<ObjectId>();
  /** Those that were placed, or got content. */
  readonly edited = new Set<ObjectId>();
  /** Folders into which folders were moved. */
  readonly parents = new Set<ObjectId>();

  constructor(batch: OpenedBatch, stamp: BatchStamp) {
    this.stamp = stamp;
    for (const [index, entry] of batch.entries.entries()) {
      if (!isObjectId(entry.object) || !this.#read(entry, { batch: stamp, index })) continue;
      this.objects.add(entry.object);
      if (entry.register !== register.attributes) this.edited.add(entry.object);
    }
  }

  /** Whether the entry makes sense. */
  #read(entry: Entry, order: EntryOrder): boolean {
    if (entry.register === register.place) return this.#readPlace(entry, order);
    if (entry.register === register.content) return this.#readContent(entry, order);
    return entry.register === register.attributes && this.#readAttributes(entry, order);
  }

  #readPlace({ object, value }: Entry, order: EntryOrder): boolean {
    const read = isFixed(object) ? undefined : decodePlace(value);
    if (read === undefined || kindOf(read.parent) !== "folder") return false;
    const { parent, name, from } = read;
    const isFrom = parent === trashId && from !== undefined && kindOf(from) === "folder";
    this.places.push({ object, place: { order, parent, name, ...(isFrom && { from }) } });
    if (kindOf(object) === "folder" && !isFixed(parent)) this.parents.add(parent);
    return true;
  }

  #readContent({ object, value, replaces }: Entry, order: EntryOrder): boolean {
    const read = decodeContent(value, kindOf(object));
    if (read === undefined) return false;
    // No batch has entries of higher numbers, so nothing is meant by them.
    const meant = replaces.filter(({ index }) => index >= 0 && index < spaceLimits.entries);
    this.versions.push({ object, version: { order, ...read }, replaces: meant });
    return true;
  }

  #readAttributes({ object, value }: Entry, order: EntryOrder): boolean {
    const read = decodeAttributes(value);
    if (read === undefined) return false;
    this.attributes.push({ object, order, ...read });
    return true;
  }
}

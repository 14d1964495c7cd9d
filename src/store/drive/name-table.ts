// The listing rows that a batch changes: each object stands in the group of its name, in its folder, or among what lies in
// the trash.

import { utf8Encode } from "#base/bytes.ts";
import { assert } from "#base/errors.ts";
import type { IndexView, ObjectId } from "../contracts.ts";
import { insertCapped, removeCapped } from "./capped-list.ts";
import { driveKeys } from "./drive-keys.ts";
import type { DriveMark } from "./drive-mark.ts";
import { stampNumber } from "./entry-order.ts";
import { comparableName, nameKey, withoutShortMark } from "./file-name.ts";
import { decodeGroup, encodeGroup, foldersIn, furtherNamesakes, type NameGroup, type Namesake } from "./name-group.ts";
import { kindOf, trashId } from "./object-id.ts";
import type { ObjectRow, Place } from "./object-row.ts";
import { type ChangedObject, countVersions, defaultMode } from "./object-table.ts";

/** A name in a folder; `name` is comparable. */
export interface Spot {
  readonly folder: ObjectId;
  readonly name: string;
}

interface LoadedGroup extends Spot {
  readonly group: NameGroup;
  readonly membersBefore: readonly ObjectId[];
  readonly foldersBefore: number;
  isChanged: boolean;
}

const nothing = new Uint8Array(0);

export class NameTable {
  readonly #view: IndexView;
  readonly #groups = new Map<string, LoadedGroup>();

  constructor(view: IndexView) {
    this.#view = view;
  }

  has(spot: Spot): boolean {
    return this.#groups.has(textOf(spot));
  }

  /** Takes what was read under `groupKey`, as part of a larger read. */
  add(spot: Spot, bytes: Uint8Array | undefined): void {
    const group = bytes === undefined ? { items: [], more: 0 } : decodeGroup(bytes, spot.name);
    const membersBefore = group.items.map((member) => member.object);
    this.#groups.set(textOf(spot), {
      ...spot,
      group,
      membersBefore,
      foldersBefore: foldersIn(group),
      isChanged: false,
    });
  }

  async load(spots: Iterable<Spot>): Promise<void> {
    const missing = new Map<string, Spot>();
    for (const spot of spots) if (!this.has(spot)) missing.set(textOf(spot), spot);
    if (missing.size === 0) return;
    const rows = await this.#view.getMany([...missing.values()].map(groupKey));
    for (const [i, spot] of [...missing.values()].entries()) this.add(spot, rows[i]);
  }

  /** Puts an object to where it is now, with what shows of it now. Both spots are loaded. */
  async update({ object, row, placeBefore }: ChangedObject): Promise<void> {
    if (row.place === placeBefore && placeBefore?.parent === trashId) return;
    if (placeBefore !== undefined) await this.#remove(object, placeBefore);
    if (row.place !== undefined) this.#insert(object, row.place, row);
  }

  /** Objects that may be shown by another name than before, though no entry was about them. */
  async renamed(): Promise<Set<ObjectId>> {
    const renamed = new Set<ObjectId>();
    const bases: Spot[] = [];
    for (const { folder, name, group, membersBefore } of this.changed()) {
      if (group.items.length + membersBefore.length > 2) {
        for (const object of membersBefore) renamed.add(object);
        for (const { object } of group.items) renamed.add(object);
      }
      const base = withoutShortMark(name);
      const cameOrWent = (group.items.length === 0) !== (membersBefore.length === 0);
      if (base !== undefined && cameOrWent) bases.push({ folder, name: comparableName(base) });
    }
    // What bore a mark that is now a name of its own, or no longer is.
    await this.load(bases);
    for (const base of bases) {
      for (const { object } of this.#groups.get(textOf(base))?.group.items ?? []) renamed.add(object);
    }
    return renamed;
  }

  changed(): readonly LoadedGroup[] {
    return [...this.#groups.values()].filter(({ isChanged }) => isChanged);
  }

  write(mark: DriveMark): void {
    for (const { folder, name, group, foldersBefore } of this.changed()) {
      const key = groupKey({ folder, name });
      if (group.items.length > 0) this.#view.put(key, encodeGroup(group, name));
      else this.#view.remove(key);
      mark.mergedNames += Number(foldersIn(group) > 1) - Number(foldersBefore > 1);
    }
  }

  #insert(object: ObjectId, place: Place, row: ObjectRow): void {
    const spot = spotOf(place);
    if (spot === undefined) return this.#view.put(trashKey(object, place), nothing);
    const further = furtherNamesakes(spot.folder, spot.name);
    insertCapped(this.#change(spot), namesakeOf(object, place, row), further, this.#view);
  }

  async #remove(object: ObjectId, place: Place): Promise<void> {
    const spot = spotOf(place);
    if (spot === undefined) return this.#view.remove(trashKey(object, place));
    const rank = { ...unshown, ...rankOf(object, place) };
    await removeCapped(this.#change(spot), rank, furtherNamesakes(spot.folder, spot.name), this.#view);
  }

  #change(spot: Spot): NameGroup {
    const loaded = this.#groups.get(textOf(spot));
    assert(loaded !== undefined, "a name is read before it is changed");
    loaded.isChanged = true;
    return loaded.group;
  }
}

/** Where a place is listed; undefined in the trash. */
export function spotOf({ parent, name }: Place): Spot | undefined {
  return parent === trashId ? undefined : { folder: parent, name: comparableName(name) };
}

export function groupKey({ folder, name }: Spot): Uint8Array {
  return driveKeys.group(folder, nameKey(name));
}

const unshown = { name: "", mode: 0, versions: 1, sizeBytes: 0, modifiedNs: 0n };

/** What a listing shows of an object. */
export function namesakeOf(object: ObjectId, place: Place, row: ObjectRow): Namesake {
  const head = row.heads[0];
  return {
    ...rankOf(object, place),
    name: place.name,
    mode: row.mode?.value ?? defaultMode(object),
    versions: kindOf(object) === "folder" ? 1 : countVersions(row),
    sizeBytes: head?.content?.sizeBytes ?? (head?.target === undefined ? 0 : utf8Encode(head.target).length),
    modifiedNs: head?.modifiedNs ?? row.modified?.value ?? 0n,
  };
}

function rankOf(object: ObjectId, { order }: Place): Pick<Namesake, "stamp" | "index" | "object"> {
  return { stamp: stampNumber(order.batch), index: order.index, object };
}

function trashKey(object: ObjectId, place: Place): Uint8Array {
  return driveKeys.removed(stampNumber(place.order.batch), object);
}

function textOf({ folder, name }: Spot): string {
  return `${folder}/${name}`;
}

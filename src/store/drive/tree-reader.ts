// The tree as it shows, read from the rows: names with their marks, folders of one name as one, paths. What it has read
// it keeps, so it is made anew for each question.

import type { DriveEntry, ObjectId } from "../contracts.ts";
import { driveKeys, type RowReader } from "./drive-keys.ts";
import { decodeMark } from "./drive-mark.ts";
import { comparableName, fullMarkOf, withoutShortMark } from "./file-name.ts";
import { FolderScan, type ScannedName } from "./folder-scan.ts";
import { decodeGroup, furtherNamesakes, type NameGroup, type Namesake } from "./name-group.ts";
import { groupKey, namesakeOf, type Spot, spotOf } from "./name-table.ts";
import { isFixed, kindOf, isObjectId, rootId, trashId } from "./object-id.ts";
import type { ObjectRow } from "./object-row.ts";
import { ObjectRows } from "./object-table.ts";
import { pagesOf } from "./row-pages.ts";
import { type Shown, type ShownGroup, showAlone, showNames } from "./shown-names.ts";

/** A folder as it shows: one of its own, or several of one name. */
export interface ShownFolder {
  /** All folders that show as this one, the one it is called by first. */
  readonly members: readonly ObjectId[];
  /** What it all lies in; undefined if that is an object which nobody has placed. */
  readonly top: ObjectId | undefined;
  /** The folder it lies in; undefined for the topmost. */
  readonly parent: ShownFolder | undefined;
  readonly name: string;
  /** Folders above it. */
  readonly depth: number;
}

const emptyGroup: NameGroup = { items: [], more: 0 };
const namesPerRead = 4096;
const alonePerRead = 1024;

export class TreeReader {
  readonly objects: ObjectRows;
  readonly #reader: RowReader;
  readonly #groups = new Map<string, NameGroup>();
  readonly #folders = new Map<ObjectId, ShownFolder>();
  #merges: boolean | undefined;

  constructor(reader: RowReader) {
    this.#reader = reader;
    this.objects = new ObjectRows(reader);
    for (const top of [rootId, trashId]) {
      this.#folders.set(top, { members: [top], top, parent: undefined, name: "", depth: 0 });
    }
  }

  /** Reads what tells where these objects are, and by which names, in few reads. */
  async load(objects: Iterable<ObjectId>): Promise<void> {
    const ids = [...objects];
    await this.objects.loadAncestors(ids);
    const spots: Spot[] = [];
    const seen = new Set<ObjectId>();
    for (let level = ids; level.length > 0; ) {
      const parents: ObjectId[] = [];
      for (const object of level) {
        const place = seen.has(object) ? undefined : this.objects.loaded(object).place;
        seen.add(object);
        const spot = place && spotOf(place);
        if (spot === undefined) continue;
        spots.push(spot);
        if (!isFixed(spot.folder)) parents.push(spot.folder);
      }
      level = parents;
    }
    await this.loadGroups(spots);
  }

  /** A folder as it shows, wherever it is: one in the trash, or that nobody has placed, is the topmost. */
  async resolve(folder: ObjectId): Promise<ShownFolder> {
    const chain: ObjectId[] = [];
    for (let at: ObjectId | undefined = folder; at !== undefined && !this.#folders.has(at); ) {
      chain.push(at);
      at = (await this.objects.get(at)).place?.parent;
    }
    for (const each of chain.toReversed()) this.#folders.set(each, await this.#resolveIn(each));
    return this.#folders.get(folder) as ShownFolder;
  }

  /** Only which folders show as this one: mostly known without looking. */
  async membersOf(folder: ObjectId): Promise<readonly ObjectId[]> {
    this.#merges ??= decodeMark(await this.#reader.get(driveKeys.mark)).mergedNames > 0;
    return this.#merges ? (await this.resolve(folder)).members : [folder];
  }

  async #resolveIn(folder: ObjectId): Promise<ShownFolder> {
    const { place } = this.objects.loaded(folder);
    if (place === undefined) return { members: [folder], top: undefined, parent: undefined, name: "", depth: 0 };
    const parent = this.#folders.get(place.parent) as ShownFolder;
    const isRemoved = place.parent === trashId;
    const shown = isRemoved ? undefined : await this.#shownAs(folder, parent);
    return {
      members: shown?.objects ?? [folder],
      top: parent.top,
      parent: isRemoved ? undefined : parent,
      name: shown?.name ?? place.name,
      depth: parent.depth + 1,
    };
  }

  /** As what an object shows that lies in a folder, of which `parent` is how that shows. */
  async #shownAs(object: ObjectId, parent: ShownFolder): Promise<Shown> {
    const row = this.objects.loaded(object);
    const place = row.place as NonNullable<ObjectRow["place"]>;
    const { shown } = await this.#showNames(parent.members, comparableName(place.name));
    const among = shown.find(({ objects }) => objects.includes(object));
    return among ?? showAlone(namesakeOf(object, place, row));
  }

  /** Undefined if nobody has placed it, nor what it lies in; also for root and trash. */
  async locate(object: ObjectId): Promise<{ readonly shown: Shown; readonly parent: ShownFolder } | undefined> {
    const row = await this.objects.get(object);
    if (row.place === undefined || isFixed(object)) return undefined;
    const parent = await this.resolve(row.place.parent);
    if (parent.top === undefined) return undefined;
    if (row.place.parent !== trashId) return { shown: await this.#shownAs(object, parent), parent };
    const first = namesakeOf(object, row.place, row);
    return { shown: { first, objects: [object], name: row.place.name }, parent };
  }

  /** What shows in a folder by this name. */
  async find(members: readonly ObjectId[], name: string): Promise<Shown | undefined> {
    const comparable = comparableName(name);
    const isIt = (shown: Shown) => comparableName(shown.name) === comparable;
    const found = (await this.#showNames(members, comparable)).shown.find(isIt);
    return found ?? (await this.findMarked(members, comparable));
  }

  /** What shows in a folder by this (comparable) name because it bears a mark. */
  async findMarked(members: readonly ObjectId[], name: string): Promise<Shown | undefined> {
    const isIt = (shown: Shown) => comparableName(shown.name) === name;
    const object = fullMarkOf(name);
    if (object !== undefined) return this.#findFullyMarked(members, object, isIt);
    const base = withoutShortMark(name);
    return base === undefined ? undefined : (await this.#showNames(members, comparableName(base))).shown.find(isIt);
  }

  async #findFullyMarked(
    members: readonly ObjectId[],
    object: ObjectId,
    isIt: (shown: Shown) => boolean,
  ): Promise<Shown | undefined> {
    const row = !isObjectId(object) ? undefined : await this.objects.get(object);
    if (row?.place === undefined || !members.includes(row.place.parent)) return undefined;
    const { shown } = await this.#showNames(members, comparableName(row.place.name));
    const among = shown.find(({ objects }) => objects.includes(object));
    const found = among ?? showAlone(namesakeOf(object, row.place, row));
    return isIt(found) ? found : undefined;
  }

  /** What shows in a folder, in the order of names, behind what shows there as `after`. */
  async *list(members: readonly ObjectId[], after: string | undefined, atOnce: number): AsyncIterable<Shown> {
    const last = after === undefined ? undefined : await this.find(members, after);
    const from = last?.first.name ?? (after && (withoutShortMark(after) ?? after)) ?? "";
    const scan = new FolderScan(this.#reader, members, comparableName(from), Math.min(atOnce, namesPerRead));
    let passed = last === undefined;
    for (let name = await scan.next(); name !== undefined; name = await scan.next()) {
      for await (const shown of this.#showScanned(members, name)) {
        if (passed) yield shown;
        else passed = shown.first.object === last?.first.object;
      }
      // What the last page ended with is gone by now, or it would have come first.
      passed = true;
    }
  }

  /** What is called by a (comparable) name in one of the folders, as far as their first rows tell. */
  async objectsNamed(members: readonly ObjectId[], name: string): Promise<ObjectId[]> {
    const groups = await this.loadGroups(members.map((folder) => ({ folder, name })));
    return groups.flatMap(({ items }) => items.map(({ object }) => object));
  }

  async *#showScanned(members: readonly ObjectId[], { name, groups }: ScannedName): AsyncIterable<Shown> {
    const { shown, others } = await this.#show(
      members,
      groups.map(({ group }) => group),
    );
    yield* shown;
    for (const other of others) yield showAlone(other);
    for (const { folder, group } of groups) {
      if (group.more > 0) yield* this.#showFurther(folder, name);
    }
  }

  async *#showFurther(folder: ObjectId, name: string): AsyncIterable<Shown> {
    const further = furtherNamesakes(folder, name);
    for await (const rows of pagesOf(further.range, this.#reader, alonePerRead)) {
      for (const { key, value } of rows) yield showAlone(further.decode(key, value));
    }
  }

  async #showNames(members: readonly ObjectId[], name: string): Promise<ShownGroup> {
    return this.#show(members, await this.loadGroups(members.map((folder) => ({ folder, name }))));
  }

  #show(members: readonly ObjectId[], groups: readonly NameGroup[]): Promise<ShownGroup> {
    const namesakes: Namesake[] = groups.flatMap(({ items }) => items);
    return showNames(namesakes, async (name) => (await this.objectsNamed(members, name)).length > 0);
  }

  /** Reads the groups of many names at once. */
  async loadGroups(spots: readonly Spot[]): Promise<NameGroup[]> {
    const missing = new Map<string, Spot>();
    for (const spot of spots) if (!this.#groups.has(textOf(spot))) missing.set(textOf(spot), spot);
    const rows = missing.size === 0 ? [] : await this.#reader.getMany([...missing.values()].map(groupKey));
    for (const [i, [text, { name }]] of [...missing].entries()) {
      const row = rows[i];
      this.#groups.set(text, row === undefined ? emptyGroup : decodeGroup(row, name));
    }
    return spots.map((spot) => this.#groups.get(textOf(spot)) as NameGroup);
  }
}

/** Names on the way from the topmost folder to this one. */
export function namesTo(folder: ShownFolder): string[] {
  const names: string[] = [];
  for (let at: ShownFolder | undefined = folder; at !== undefined && at.depth > 0; at = at.parent) names.push(at.name);
  return names.toReversed();
}

export function entryOf({ first, name }: Shown): DriveEntry {
  const { object, mode, versions, sizeBytes, modifiedNs } = first;
  return { object, kind: kindOf(object), name, sizeBytes, modifiedNs, mode, versions };
}

function textOf({ folder, name }: Spot): string {
  return `${folder}/${name}`;
}

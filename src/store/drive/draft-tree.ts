// The tree as the steps of a change find it: as it is, with the steps before them done.

import type { DriveStep, ObjectId } from "../contracts.ts";
import type { RowReader } from "./drive-keys.ts";
import { comparableName } from "./file-name.ts";
import { isFixed, kindOf, isObjectId, rootId, trashId } from "./object-id.ts";
import type { Version } from "./object-row.ts";
import type { PlaceValue } from "./register-values.ts";
import { TreeReader } from "./tree-reader.ts";

/** A folder that something is put into: all that show as one, and how many are above it. */
export interface DraftFolder {
  readonly members: readonly ObjectId[];
  readonly depth: number;
}

export class DraftTree {
  readonly #tree: TreeReader;
  /** Where the steps so far have put objects. */
  readonly #places = new Map<ObjectId, PlaceValue>();
  /** By folder and comparable name. */
  readonly #putAt = new Map<string, ObjectId>();
  /** What was put somewhere together, since it shows as one. */
  readonly #together = new Map<ObjectId, readonly ObjectId[]>();
  readonly #made = new Set<ObjectId>();

  constructor(reader: RowReader) {
    this.#tree = new TreeReader(reader);
  }

  async load(steps: readonly DriveStep[]): Promise<void> {
    const objects = new Set<ObjectId>();
    const spots: { readonly folder: ObjectId; readonly name: string }[] = [];
    const created = new Set<ObjectId>();
    for (const step of steps) {
      objects.add(step.object);
      if (step.type === "create") created.add(step.object);
      if (step.type !== "create" && step.type !== "move") continue;
      if (!isObjectId(step.parent) || created.has(step.parent)) continue;
      objects.add(step.parent);
      if (step.name.isWellFormed()) spots.push({ folder: step.parent, name: comparableName(step.name) });
    }
    await this.#tree.load(objects);
    await this.#tree.loadGroups(spots);
  }

  /** Whether anything was ever said about an object, or by the steps so far. */
  isKnown(object: ObjectId): boolean {
    const row = this.#tree.objects.loaded(object);
    return isFixed(object) || this.isPlaced(object) || row.heads.length > 0 || row.mode !== undefined || row.isParent;
  }

  isPlaced(object: ObjectId): boolean {
    return this.#places.has(object) || this.#tree.objects.loaded(object).place !== undefined;
  }

  /** Of an object that is placed. */
  async placeOf(object: ObjectId): Promise<PlaceValue> {
    return (this.#places.get(object) ?? (await this.#tree.objects.get(object)).place) as PlaceValue;
  }

  headsOf(object: ObjectId): readonly Version[] {
    return this.#tree.objects.loaded(object).heads;
  }

  hasMoreHeads(object: ObjectId): boolean {
    return this.#tree.objects.loaded(object).moreHeads > 0;
  }

  /** A step makes an object. */
  make(object: ObjectId, place: PlaceValue): void {
    this.#made.add(object);
    this.put([object], place);
  }

  /** A step puts objects that show as one to a place. */
  put(objects: readonly ObjectId[], place: PlaceValue): void {
    for (const object of objects) {
      this.#places.set(object, place);
      this.#together.set(object, objects);
      this.#putAt.set(spotText(place.parent, comparableName(place.name)), object);
    }
  }

  async isInTree(object: ObjectId): Promise<boolean> {
    return (await this.#depthOf(object)) !== undefined;
  }

  /** Undefined if it is not in the tree. */
  async folder(folder: ObjectId): Promise<DraftFolder | undefined> {
    const depth = await this.#depthOf(folder);
    if (depth === undefined) return undefined;
    return { depth, members: folder === rootId ? [rootId] : await this.shownWith(folder) };
  }

  /** All that show as one with this object and are changed with it: of a folder, maybe several; the first is first. */
  async shownWith(object: ObjectId): Promise<readonly ObjectId[]> {
    const together = this.#together.get(object);
    if (together !== undefined) return together;
    if (kindOf(object) !== "folder") return [object];
    const members = await this.#tree.membersOf(object);
    const unmoved = members.filter((each) => !this.#places.has(each));
    return unmoved.length > 0 ? unmoved : [object];
  }

  /** Whether a folder is one of these, or lies in one. */
  async isWithin(folder: DraftFolder, objects: readonly ObjectId[]): Promise<boolean> {
    for (const member of folder.members) {
      for (let at: ObjectId | undefined = member; at !== undefined; at = await this.#parentOf(at)) {
        if (objects.includes(at)) return true;
      }
    }
    return false;
  }

  /** Whether something else than these objects shows by a (comparable) name in the folder. */
  async isTaken({ members }: DraftFolder, name: string, objects: readonly ObjectId[]): Promise<boolean> {
    const isOther = (object: ObjectId) => !objects.includes(object) && this.#isStillAt(object, members, name);
    for (const folder of members) {
      const put = this.#putAt.get(spotText(folder, name));
      if (put !== undefined && isOther(put)) return true;
    }
    // Of a folder that the change itself makes nothing is to be read.
    const old = members.filter((folder) => !this.#made.has(folder));
    if (old.length === 0) return false;
    if ((await this.#tree.objectsNamed(old, name)).some(isOther)) return true;
    const marked = await this.#tree.findMarked(old, name);
    const isMarked = (object: ObjectId) => !objects.includes(object) && !this.#places.has(object);
    return marked?.objects.some(isMarked) === true;
  }

  #isStillAt(object: ObjectId, members: readonly ObjectId[], name: string): boolean {
    const place = this.#places.get(object);
    return place === undefined || (members.includes(place.parent) && comparableName(place.name) === name);
  }

  async #depthOf(object: ObjectId): Promise<number | undefined> {
    let depth = 0;
    for (let at: ObjectId | undefined = object; at !== rootId; depth++) {
      if (at === undefined || at === trashId) return undefined;
      at = await this.#parentOf(at);
    }
    return depth;
  }

  async #parentOf(object: ObjectId): Promise<ObjectId | undefined> {
    if (isFixed(object)) return undefined;
    const put = this.#places.get(object);
    return put === undefined ? (await this.#tree.objects.get(object)).place?.parent : put.parent;
  }
}

function spotText(folder: ObjectId, name: string): string {
  return `${folder}/${name}`;
}

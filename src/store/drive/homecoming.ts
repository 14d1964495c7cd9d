// How objects come back out of the trash: to the folder in which they were, with a mark if their name is taken there by
// now. What lay in a folder that was removed finds its way by names: a folder of that name is found or made. Where the
// folder that the removed one lay in is gone as well, it is the root; or, for a rescue, that folder is made again in turn.

import { driveLimits } from "#base/limits.ts";
import type { DriveStep, ObjectId } from "../contracts.ts";
import type { RowReader } from "./drive-keys.ts";
import { comparableName, markedFull, markedShort } from "./file-name.ts";
import { isFixed, kindOf, rootId, trashId } from "./object-id.ts";
import type { Place } from "./object-row.ts";
import { TreeReader } from "./tree-reader.ts";

/** Where something was: a folder that is there, and names of folders that are not. */
interface Home {
  readonly base: ObjectId;
  /** From the outside; with the folders that bore these names. */
  readonly lost: readonly { readonly folder: ObjectId; readonly name: string }[];
}

export class Homecoming {
  readonly steps: DriveStep[] = [];
  readonly #tree: TreeReader;
  readonly #recreate: boolean;
  readonly #newFolder: () => ObjectId;
  /** Names that the steps so far have taken, by folder: the folders that they made, and others. */
  readonly #made = new Map<string, ObjectId | undefined>();

  constructor(reader: RowReader, recreate: boolean, newFolder: () => ObjectId) {
    this.#tree = new TreeReader(reader);
    this.#recreate = recreate;
    this.#newFolder = newFolder;
  }

  /** False if the object is not in the trash. */
  async bring(object: ObjectId): Promise<boolean> {
    const { place } = await this.#tree.objects.get(object);
    if (place === undefined || !(await this.#isRemoved(object))) return false;
    const { base, lost } = await this.#homeOf(object, place);
    let folder = base;
    for (const { folder: old, name } of lost) folder = await this.#enter(folder, name, old);
    const name = await this.#freeName(folder, place.name, object);
    this.#made.set(spotText(folder, name), undefined);
    this.steps.push({ type: "move", object, parent: folder, name });
    return true;
  }

  async #isRemoved(object: ObjectId): Promise<boolean> {
    return (await this.#tree.resolve(object)).top === trashId;
  }

  async #homeOf(object: ObjectId, { parent, from }: Place): Promise<Home> {
    const lost: { folder: ObjectId; name: string }[] = [];
    const seen = new Set([object]);
    // Once what was removed is passed, what follows was never said to come back.
    let isPastRemoved = parent === trashId;
    let folder = isPastRemoved ? from : parent;
    while (folder !== undefined && !isFixed(folder) && !seen.has(folder) && lost.length < driveLimits.depth) {
      seen.add(folder);
      const { members, top } = await this.#tree.resolve(folder);
      if (top === rootId) return { base: members[0] as ObjectId, lost: lost.toReversed() };
      const { place } = await this.#tree.objects.get(folder);
      if (place === undefined || (isPastRemoved && !this.#recreate)) break;
      lost.push({ folder, name: place.name });
      isPastRemoved ||= place.parent === trashId;
      folder = place.parent === trashId ? place.from : place.parent;
    }
    return { base: rootId, lost: lost.toReversed() };
  }

  /** The folder of this name, as it was found or as it is made. */
  async #enter(parent: ObjectId, name: string, old: ObjectId): Promise<ObjectId> {
    const made = this.#made.get(spotText(parent, name));
    if (made !== undefined) return made;
    const members = await this.#membersOf(parent);
    const found = members && (await this.#tree.find(members, name));
    if (found !== undefined && kindOf(found.first.object) === "folder") return found.first.object;
    const folder = this.#newFolder();
    const free = await this.#freeName(parent, name, folder);
    const mode = (await this.#tree.objects.get(old)).mode?.value;
    this.steps.push({ type: "create", object: folder, parent, name: free, ...(mode !== undefined && { mode }) });
    this.#made.set(spotText(parent, free), folder);
    // Whoever comes to this name later comes here too.
    this.#made.set(spotText(parent, name), folder);
    return folder;
  }

  async #freeName(parent: ObjectId, name: string, object: ObjectId): Promise<string> {
    const short = markedShort(name, object);
    for (const candidate of short === undefined ? [name] : [name, short]) {
      if (!(await this.#isTaken(parent, candidate))) return candidate;
    }
    return markedFull(name, object);
  }

  async #isTaken(parent: ObjectId, name: string): Promise<boolean> {
    if (this.#made.has(spotText(parent, name))) return true;
    const members = await this.#membersOf(parent);
    return members !== undefined && (await this.#tree.find(members, name)) !== undefined;
  }

  /** Undefined for a folder that the steps make. */
  async #membersOf(folder: ObjectId): Promise<readonly ObjectId[] | undefined> {
    for (const made of this.#made.values()) if (made === folder) return undefined;
    return this.#tree.membersOf(folder);
  }
}

function spotText(folder: ObjectId, name: string): string {
  return `${folder}/${comparableName(name)}`;
}

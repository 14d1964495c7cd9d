// How objects of one name in one folder show, so that a listing never has a name twice:
//
//   - All folders among them show as one folder, which holds what lies in any of them. It is called by the one that was
//     placed first, and a change to it is a change to that one, and moves all of them.
//   - Who was placed first bears the plain name. The others bear a mark of their ids: a short one, if nothing is called so
//     and no earlier one of this name has the same mark, or else a full one.
//   - A name that bears the full mark of another object is never shown as it is, but with a mark: full marks are unique.
//   - Only the first `driveLimits.namesakes` of a name are looked at together. All others are alone, with full marks.

import { driveLimits } from "#base/limits.ts";
import type { ObjectId } from "../contracts.ts";
import { comparableName, fullMarkOf, markedFull, markedShort, shortMarkOf } from "./file-name.ts";
import { compareNamesakes, type Namesake } from "./name-group.ts";
import { kindOf } from "./object-id.ts";

/** What shows by one name: an object, or folders as one. */
export interface Shown {
  /** The object, or the first of the folders. */
  readonly first: Namesake;
  /** All objects that show so. */
  readonly objects: readonly ObjectId[];
  readonly name: string;
}

/** What shows of the first ones of a name, and those that are alone. */
export interface ShownGroup {
  readonly shown: readonly Shown[];
  readonly others: readonly Namesake[];
}

/** Whether something in the folder is called by a (comparable) name. */
export type IsName = (name: string) => Promise<boolean>;

/** `namesakes` of all folders that show as one, in any order. */
export async function showNames(namesakes: readonly Namesake[], isName: IsName): Promise<ShownGroup> {
  const only = namesakes.length === 1 ? namesakes[0] : undefined;
  if (only !== undefined && bearsPlainName(only)) return { shown: [alone(only, only.name)], others: [] };
  const sorted = [...namesakes].sort(compareNamesakes);
  const shown: Shown[] = [];
  const shortMarks = new Set<string>();
  for (const { first, objects } of unite(sorted.slice(0, driveLimits.namesakes))) {
    const isFirst = shown.length === 0;
    const name = isFirst && bearsPlainName(first) ? first.name : await marked(first, shortMarks, isName);
    shown.push({ first, objects, name });
    shortMarks.add(shortMarkOf(first.object));
  }
  return { shown, others: sorted.slice(driveLimits.namesakes) };
}

/** As one of the `others` shows. */
export function showAlone(namesake: Namesake): Shown {
  return alone(namesake, bearsOwnMark(namesake) ? namesake.name : markedFull(namesake.name, namesake.object));
}

function alone(first: Namesake, name: string): Shown {
  return { first, objects: [first.object], name };
}

/** Folders together, at the place of the first of them. */
function unite(sorted: readonly Namesake[]): { readonly first: Namesake; readonly objects: ObjectId[] }[] {
  const units: { readonly first: Namesake; readonly objects: ObjectId[] }[] = [];
  let folder: ObjectId[] | undefined;
  for (const namesake of sorted) {
    const isFolder = kindOf(namesake.object) === "folder";
    if (isFolder && folder !== undefined) {
      folder.push(namesake.object);
      continue;
    }
    const unit = { first: namesake, objects: [namesake.object] };
    if (isFolder) folder = unit.objects;
    units.push(unit);
  }
  return units;
}

async function marked(namesake: Namesake, shortMarks: ReadonlySet<string>, isName: IsName): Promise<string> {
  if (bearsOwnMark(namesake)) return namesake.name;
  const { name, object } = namesake;
  const short = fullMarkOf(comparableName(name)) === undefined ? markedShort(name, object) : undefined;
  const isFree = short !== undefined && !shortMarks.has(shortMarkOf(object)) && !(await isName(comparableName(short)));
  return isFree ? short : markedFull(name, object);
}

function bearsPlainName({ name, object }: Namesake): boolean {
  const mark = fullMarkOf(comparableName(name));
  return mark === undefined || mark === object;
}

function bearsOwnMark({ name, object }: Namesake): boolean {
  return fullMarkOf(comparableName(name)) === object;
}

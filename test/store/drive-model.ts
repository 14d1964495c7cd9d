// What a set of batches adds up to, by the plain rules and without any cleverness: the paper's tree (all moves in their
// order, one after the other), heads as the versions that no other names, and the tree as it shows. What DriveStore makes
// of the same batches in any order is compared with this.

import { compareBytes } from "#base/bytes.ts";
import { idBytes } from "#base/ids.ts";
import { driveLimits } from "#base/limits.ts";
import type { Entry, ObjectId, OpenedBatch } from "#glow";
import { comparableName, fullMarkOf, markedFull, markedShort, nameKey } from "#store/drive/file-name.ts";
import { kindOf, isObjectId, rootId, trashId } from "#store/drive/object-id.ts";
import {
  type ContentValue,
  decodeAttributes,
  decodeContent,
  decodePlace,
  type PlaceValue,
} from "#store/drive/register-values.ts";
import { type MadeBatch, textOf } from "./drive-batches.ts";

interface Written {
  readonly made: MadeBatch;
  readonly index: number;
  readonly entry: Entry;
}

interface ModelPlace extends PlaceValue {
  readonly by: Written;
}

interface ModelVersion extends ContentValue {
  readonly by: Written;
}

/** One line for each thing that shows: easy to compare and to read. */
export interface ModelPicture {
  readonly tree: readonly string[];
  readonly removed: readonly ObjectId[];
  readonly severalVersions: readonly ObjectId[];
  readonly removedAndEdited: readonly ObjectId[];
}

export class DriveModel {
  readonly #places = new Map<ObjectId, ModelPlace>();
  readonly #versions = new Map<ObjectId, ModelVersion[]>();
  readonly #modes = new Map<ObjectId, number>();
  readonly #times = new Map<ObjectId, bigint>();

  constructor(batches: readonly MadeBatch[]) {
    const entries: Written[] = batches.flatMap((made) =>
      made.batch.entries.map((entry, index) => ({ made, index, entry })),
    );
    for (const written of entries.sort(compareWritten)) this.#take(written);
  }

  picture(): ModelPicture {
    const objects = [...new Set([...this.#places.keys(), ...this.#versions.keys()])].sort(byBytes);
    const inTree = objects.filter((object) => this.#topOf(object) === rootId);
    return {
      tree: this.#list([rootId], ""),
      removed: objects
        .filter((object) => this.#places.get(object)?.parent === trashId)
        .sort((a, b) => this.#stampOf(b) - this.#stampOf(a) || byBytes(a, b)),
      severalVersions: inTree.filter((object) => this.#distinct(object) > 1),
      removedAndEdited: objects.filter((object) => this.#isRemovedAndEdited(object)),
    };
  }

  place(object: ObjectId): PlaceValue | undefined {
    return this.#places.get(object);
  }

  #take(by: Written): void {
    const { object, register, value } = by.entry;
    if (!isObjectId(object)) return;
    if (register === 0) this.#move(object, decodePlace(value), by);
    if (register === 1) {
      const version = decodeContent(value, kindOf(object));
      if (version !== undefined)
        this.#versions.set(object, [...(this.#versions.get(object) ?? []), { ...version, by }]);
    }
    if (register !== 2) return;
    const { mode, modifiedNs } = decodeAttributes(value) ?? {};
    if (mode !== undefined) this.#modes.set(object, mode);
    if (modifiedNs !== undefined) this.#times.set(object, modifiedNs);
  }

  /** Section 3.3 of the paper: `do_op`, without the log, since all operations come in their order. */
  #move(object: ObjectId, place: PlaceValue | undefined, by: Written): void {
    if (place === undefined || object === rootId || object === trashId || kindOf(place.parent) !== "folder") return;
    for (let at: ObjectId | undefined = place.parent; at !== undefined; at = this.#places.get(at)?.parent) {
      if (at === object) return;
    }
    this.#places.set(object, { ...place, by });
  }

  #heads(object: ObjectId): ModelVersion[] {
    const versions = this.#versions.get(object) ?? [];
    const names = (version: ModelVersion, of: Written) =>
      version.by.entry.replaces.some((id) => id.index === of.index && textOf(id.batch) === textOf(of.made.batch.hash));
    return versions.filter((version) => !versions.some((other) => names(other, version.by))).toReversed();
  }

  #distinct(object: ObjectId): number {
    return new Set(this.#heads(object).map(textOfVersion)).size;
  }

  #topOf(object: ObjectId): ObjectId {
    let at = object;
    for (let place = this.#places.get(at); place !== undefined; place = this.#places.get(at)) at = place.parent;
    return at;
  }

  #stampOf(object: ObjectId): number {
    return this.#places.get(object)?.by.made.batch.stamp ?? 0;
  }

  #indexOf(object: ObjectId): number {
    return this.#places.get(object)?.by.index ?? 0;
  }

  #isRemovedAndEdited(object: ObjectId): boolean {
    const place = this.#places.get(object);
    if (place === undefined || this.#topOf(object) !== trashId) return false;
    const between: Written[] = [];
    let removal = place;
    while (removal.parent !== trashId) {
      removal = this.#places.get(removal.parent) as ModelPlace;
      if (removal.parent !== trashId) between.push(removal.by);
    }
    const isApart = (edit: Written) => !knows(edit, removal.by) && !knows(removal.by, edit);
    if (!between.every((by) => knows(removal.by, by))) return false;
    if (removal !== place && knows(place.by, removal.by)) return false;
    const edits = [...this.#heads(object).map(({ by }) => by), ...(removal === place ? [] : [place.by])];
    return edits.some(isApart);
  }

  /** All that shows in folders that show as one, and in what is below. */
  #list(members: readonly ObjectId[], path: string): string[] {
    const groups = new Map<string, ObjectId[]>();
    for (const [object, { parent, name }] of this.#places) {
      if (!members.includes(parent)) continue;
      groups.set(comparableName(name), [...(groups.get(comparableName(name)) ?? []), object]);
    }
    const names = [...groups.keys()].sort((a, b) => compareBytes(nameKey(a), nameKey(b)));
    return names.flatMap((name) =>
      this.#show(groups.get(name) as ObjectId[], new Set(names)).flatMap(({ objects, name: shown }) => {
        const at = path === "" ? shown : `${path}/${shown}`;
        const below = kindOf(objects[0] as ObjectId) === "folder" ? this.#list(objects, at) : [];
        return [this.#line(at, objects[0] as ObjectId), ...below];
      }),
    );
  }

  #show(objects: ObjectId[], names: ReadonlySet<string>): { objects: ObjectId[]; name: string }[] {
    objects.sort((a, b) => this.#stampOf(a) - this.#stampOf(b) || this.#indexOf(a) - this.#indexOf(b) || byBytes(a, b));
    const units: ObjectId[][] = [];
    for (const [i, object] of objects.entries()) {
      const folder = units.find(([first]) => kindOf(first as ObjectId) === "folder" && i < driveLimits.namesakes);
      if (kindOf(object) === "folder" && folder !== undefined) folder.push(object);
      else units.push([object]);
    }
    const marks = new Set<string>();
    return units.map((unit, rank) => {
      const first = unit[0] as ObjectId;
      const { name } = this.#places.get(first) as ModelPlace;
      const bears = fullMarkOf(comparableName(name));
      const short = markedShort(name, first);
      const mark = first.slice(2, 10);
      const canBeShort =
        bears === undefined && short !== undefined && !names.has(comparableName(short)) && !marks.has(mark);
      marks.add(mark);
      if (bears === first || (rank === 0 && bears === undefined)) return { objects: unit, name };
      const isAlone = objects.indexOf(first) >= driveLimits.namesakes;
      return { objects: unit, name: canBeShort && !isAlone ? short : markedFull(name, first) };
    });
  }

  #line(path: string, object: ObjectId): string {
    const kind = kindOf(object);
    const [head] = this.#heads(object);
    const size = head?.content?.sizeBytes ?? head?.target?.length ?? 0;
    const time = head?.modifiedNs ?? this.#times.get(object) ?? 0n;
    const mode = this.#modes.get(object) ?? { folder: 0o755, file: 0o644, link: 0o777 }[kind];
    return `${path} ${object} ${kind} ${size} ${time} ${mode} ${Math.max(1, this.#distinct(object))}`;
  }
}

function knows(a: Written, b: Written): boolean {
  return a.made.knows.has(textOf(b.made.batch.hash));
}

function textOfVersion({ modifiedNs, content, target }: ContentValue): string {
  return `${modifiedNs} ${target} ${content?.sizeBytes} ${content?.chunks.map((chunk) => `${textOf(chunk.name)} ${chunk.sizeBytes}`)}`;
}

function byBytes(a: ObjectId, b: ObjectId): number {
  return compareBytes(idBytes(a), idBytes(b));
}

function compareWritten(a: Written, b: Written): number {
  return compareBatches(a.made.batch, b.made.batch) || a.index - b.index;
}

function compareBatches(a: OpenedBatch, b: OpenedBatch): number {
  return (
    a.stamp - b.stamp ||
    compareBytes(idBytes(a.author), idBytes(b.author)) ||
    a.incarnation - b.incarnation ||
    a.sequence - b.sequence ||
    compareBytes(a.hash, b.hash)
  );
}

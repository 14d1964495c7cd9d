// Where folders lie: the replicated tree of Kleppmann, Mulligan, Gomes and Beresford, "A highly-available move operation
// for replicated trees" (IEEE TPDS 2021), with less to do again.
//
// The paper's rule: all moves in the order of their entries, each one done unless it would put something into itself. A
// move that comes late undoes all later ones, is done, and they are done again. What is here gives the same:
//
//   1. Only folders. Nothing lies in a file (a move that says so is passed over), so no file is ever an ancestor: moves of
//      files are always done and decide nothing about others. Of a file only the last place counts (drive-store.ts).
//   2. Nothing is undone. Each folder keeps the places that it got by moves that were done, with the moves' keys, so
//      where it lay at any time in the past is known (`#parentAt`), and every move can be judged anew by itself.
//   3. Only what a change can reach. A move is judged by the ancestors of its target at its time. Let D be the folders that
//      lie elsewhere, at a time, than they did before the late move came. At first D is the folder that it moved. Going on
//      through the later moves, in order: as long as D is not empty, each is judged anew. Where the judgement is as
//      before and the move is done, its folder lies from then on where it did: it leaves D. Where the judgement has
//      changed, its folder joins D. Once D is empty, all that follows sees the ancestors it saw before, and so stays as
//      it is.
//   4. A folder that no move has named as parent is no ancestor of anything, at no time. Its moves are always done,
//      unless into itself, and D can stay empty. So can it if the folder only gets another name where it is.
//
// By 4 new folders cost nothing, in whatever order they come; by 3 the rest costs as much as there are later moves of
// folders, at most. folder-tree.test.ts compares it with the paper's plain rule.
//
// Rows: a move is CBOR [time in ms, folder (16), done, place as in object-row.ts ...]; an earlier place is the parent (16).

import { decodeCbor, encodeCbor, type CborValue } from "#base/cbor.ts";
import { assert } from "#base/errors.ts";
import type { IndexView, ObjectId } from "../contracts.ts";
import { driveKeys, entryKeyOf } from "./drive-keys.ts";
import { type DriveMark, passesLastMove } from "./drive-mark.ts";
import { compareOrder, type EntryOrder, orderKey, orderOf } from "./entry-order.ts";
import { bytesOfObject, isFixed, objectIdOf } from "./object-id.ts";
import { placeItems, placeOf, type Place } from "./object-row.ts";
import type { ObjectTable } from "./object-table.ts";
import { pagesOf } from "./row-pages.ts";

interface Move {
  readonly folder: ObjectId;
  readonly place: Place;
  readonly done: boolean;
}

const movesPerRead = 256;

export class FolderTree {
  readonly #objects: ObjectTable;
  readonly #view: IndexView;
  readonly #mark: DriveMark;

  constructor(objects: ObjectTable, view: IndexView, mark: DriveMark) {
    this.#objects = objects;
    this.#view = view;
    this.#mark = mark;
  }

  /** Takes in a move. The folder and its new parent are loaded. */
  async move(folder: ObjectId, place: Place): Promise<void> {
    const isLast = passesLastMove(this.#mark, orderKey(place.order));
    if (!isFixed(place.parent) && !this.#objects.loaded(place.parent).isParent) {
      this.#objects.edit(place.parent).isParent = true;
    }
    const before = await this.#parentAt(folder, place.order);
    const done = await this.#canBeDone(folder, place);
    this.#put({ folder, place, done });
    if (!done) return;
    await this.#insert(folder, place);
    const mattersToOthers = this.#objects.loaded(folder).isParent && before !== place.parent;
    if (mattersToOthers && !isLast) await this.#judgeAfter(place.order, folder);
  }

  /** Rule 3. */
  async #judgeAfter(order: EntryOrder, moved: ObjectId): Promise<void> {
    const elsewhere = new Set([moved]);
    for await (const rows of pagesOf(driveKeys.movesAfter(orderKey(order)), this.#view, movesPerRead)) {
      for (const { key, value } of rows) {
        await this.#judge(decodeMove(key, value), elsewhere);
        if (elsewhere.size === 0) return;
      }
    }
  }

  async #judge(move: Move, elsewhere: Set<ObjectId>): Promise<void> {
    const { folder, place } = move;
    await this.#objects.load([folder]);
    const done = await this.#canBeDone(folder, place);
    if (done === move.done) {
      if (done) elsewhere.delete(folder);
      return;
    }
    if (done) await this.#insert(folder, place);
    else await this.#take(folder, place);
    this.#put({ folder, place, done });
    elsewhere.add(folder);
  }

  /** Whether the folder would not come to lie in itself, as the tree is right before the move. */
  async #canBeDone(folder: ObjectId, { parent, order }: Place): Promise<boolean> {
    if (folder === parent) return false;
    if (!this.#objects.loaded(folder).isParent) return true;
    let ancestor: ObjectId | undefined = parent;
    while (ancestor !== undefined && !isFixed(ancestor)) {
      ancestor = await this.#parentAt(ancestor, order);
      if (ancestor === folder) return false;
    }
    return true;
  }

  /** Where a folder lies right before an entry; undefined if nothing has placed it by then. */
  async #parentAt(folder: ObjectId, order: EntryOrder): Promise<ObjectId | undefined> {
    const row = await this.#objects.get(folder);
    if (row.place === undefined) return undefined;
    if (compareOrder(row.place.order, order) < 0) return row.place.parent;
    if (row.pastPlaces === 0) return undefined;
    const { from, to } = driveKeys.pastPlacesBefore(folder, orderKey(order));
    const [past] = await this.#view.range(from, to, 1);
    return past === undefined ? undefined : objectIdOf(past.value);
  }

  /** Adds a place that a move has given, among the others by its order. */
  async #insert(folder: ObjectId, place: Place): Promise<void> {
    const row = this.#objects.edit(folder);
    const isLatest = row.place === undefined || compareOrder(row.place.order, place.order) < 0;
    const past = isLatest ? row.place : place;
    if (isLatest) row.place = place;
    if (past === undefined) return;
    this.#view.put(driveKeys.pastPlace(folder, orderKey(past.order)), bytesOfObject(past.parent));
    row.pastPlaces++;
  }

  /** Takes a place out again. If it was the latest, the one before it holds. */
  async #take(folder: ObjectId, place: Place): Promise<void> {
    const row = this.#objects.edit(folder);
    assert(row.place !== undefined, "a move that was done has left a place");
    if (compareOrder(row.place.order, place.order) === 0) {
      row.place = await this.#latestPast(folder, place.order);
      if (row.place === undefined) return;
      this.#view.remove(driveKeys.pastPlace(folder, orderKey(row.place.order)));
    } else {
      this.#view.remove(driveKeys.pastPlace(folder, orderKey(place.order)));
    }
    row.pastPlaces--;
  }

  async #latestPast(folder: ObjectId, before: EntryOrder): Promise<Place | undefined> {
    const { from, to } = driveKeys.pastPlacesBefore(folder, orderKey(before));
    const [past] = await this.#view.range(from, to, 1);
    if (past === undefined) return undefined;
    const key = driveKeys.moveOfPastPlace(past.key);
    const move = await this.#view.get(key);
    assert(move !== undefined, "a place was given by a move");
    return decodeMove(key, move).place;
  }

  #put({ folder, place, done }: Move): void {
    const items: CborValue[] = [place.order.batch.timeMs, bytesOfObject(folder), done, ...placeItems(place)];
    this.#view.put(driveKeys.move(orderKey(place.order)), encodeCbor(items));
  }
}

function decodeMove(key: Uint8Array, value: Uint8Array): Move {
  const [timeMs, folder, done, ...place] = decodeCbor(value) as readonly CborValue[];
  const order = orderOf(entryKeyOf(key), timeMs as number);
  return {
    folder: objectIdOf(folder as Uint8Array) as ObjectId,
    place: { order, ...placeOf(place) },
    done: done as boolean,
  };
}

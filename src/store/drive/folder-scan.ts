// Goes through the names in a folder, or in several that show as one, in their order, a page of rows at a time.

import { compareBytes } from "#base/bytes.ts";
import type { IndexRow, ObjectId } from "../contracts.ts";
import { afterKey, driveKeys, nameKeyOf, type RowReader } from "./drive-keys.ts";
import { nameKey, nameOfKey } from "./file-name.ts";
import { decodeGroup, type NameGroup } from "./name-group.ts";

/** The groups of one name in all the folders that have it. */
export interface ScannedName {
  readonly name: string;
  readonly groups: readonly { readonly folder: ObjectId; readonly group: NameGroup }[];
}

interface Cursor {
  readonly folder: ObjectId;
  rows: readonly IndexRow[];
  at: number;
  /** Where to read on; undefined at the end. */
  from: Uint8Array | undefined;
}

export class FolderScan {
  readonly #reader: RowReader;
  readonly #cursors: readonly Cursor[];
  readonly #rowsPerRead: number;

  /** From a (comparable) name on, itself included. */
  constructor(reader: RowReader, folders: readonly ObjectId[], from: string, rowsPerRead: number) {
    this.#reader = reader;
    this.#rowsPerRead = rowsPerRead;
    const start = nameKey(from);
    this.#cursors = folders.map((folder) => ({ folder, rows: [], at: 0, from: driveKeys.group(folder, start) }));
  }

  async next(): Promise<ScannedName | undefined> {
    let least: Uint8Array | undefined;
    for (const cursor of this.#cursors) {
      if (cursor.at === cursor.rows.length && cursor.from !== undefined) await this.#read(cursor);
      const key = keyAt(cursor);
      if (key !== undefined && (least === undefined || compareBytes(key, least) < 0)) least = key;
    }
    if (least === undefined) return undefined;
    const name = nameOfKey(least);
    const groups: { folder: ObjectId; group: NameGroup }[] = [];
    for (const cursor of this.#cursors) {
      const key = keyAt(cursor);
      if (key === undefined || compareBytes(key, least) !== 0) continue;
      const row = cursor.rows[cursor.at++] as IndexRow;
      groups.push({ folder: cursor.folder, group: decodeGroup(row.value, name) });
    }
    return { name, groups };
  }

  async #read(cursor: Cursor): Promise<void> {
    const { to } = driveKeys.groups(cursor.folder);
    cursor.rows = await this.#reader.range(cursor.from as Uint8Array, to, this.#rowsPerRead);
    cursor.at = 0;
    const last = cursor.rows.at(-1);
    cursor.from = last === undefined || cursor.rows.length < this.#rowsPerRead ? undefined : afterKey(last.key);
  }
}

function keyAt(cursor: Cursor): Uint8Array | undefined {
  const row = cursor.rows[cursor.at];
  return row && nameKeyOf(row.key);
}

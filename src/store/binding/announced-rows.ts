// Rows that a change of the drive is about to have as its outcome, noted before its batch is written: after a crash in between
// they are known to hold if the batch came to be. Without them, what the folder has become since would be compared with the
// state from before the batch, and the batch would look as if somebody else had written it.
//
//   05 | number of the binding (u32, big-endian) | 6 | batch (33) | page (u16)   -> entries
//   entry   object (16) | length (u16) | row (binding-row.ts)      length 0: the object has no row any more

import { concatBytes } from "#base/bytes.ts";
import { assert } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { Hash, Index, IndexChange } from "#glow";
import type { Drive, ObjectId } from "../contracts.ts";
import { type BindingRow, decodeRow, encodeRow, objectBytes } from "./binding-row.ts";
import { type BindingRows, type RowChange, rowKey, rowKeyBytes } from "./binding-rows.ts";
import { bindingPace } from "./pace.ts";
import { forgetRows } from "./subtree-removal.ts";

/** An object, and its row when the batch is there; undefined: none, neither of what lies in it. */
export interface AnnouncedRow {
  readonly object: ObjectId;
  readonly now: BindingRow | undefined;
}

interface Announcement {
  readonly batch: Hash;
  readonly rows: AnnouncedRow[];
  /** Taken away when the rows are written. */
  readonly ends: IndexChange[];
}

const family = 6;
const hashBytes = 33;
const headBytes = objectBytes + 2;

export class AnnouncedRows {
  readonly #index: Index;
  readonly #number: number;

  constructor(index: Index, number: number) {
    this.#index = index;
    this.#number = number;
  }

  /** What takes the note away again, to be written with the rows. */
  async announce(batch: Hash, rows: readonly AnnouncedRow[]): Promise<readonly IndexChange[]> {
    const pages: IndexChange[] = [];
    for (let at = 0; at < rows.length; at += bindingPace.groupEntries) {
      const page = new Uint8Array(2);
      new DataView(page.buffer).setUint16(0, pages.length);
      const value = concatBytes(rows.slice(at, at + bindingPace.groupEntries).flatMap(encodeEntry));
      pages.push({ key: rowKey(this.#number, family, batch, page), value });
    }
    if (pages.length > 0) await this.#index.write(pages);
    return pages.map(({ key }) => ({ key, value: null }));
  }

  /** What a crash or a failure has left: rows whose batch is there are written, and all notes are taken away. */
  async settle(rows: BindingRows, { space }: Drive): Promise<void> {
    for (const { batch, rows: announced, ends } of await this.#left()) {
      let isThere = false;
      for await (const _ of space.batches([batch])) isThere = true;
      if (isThere) await write(rows, announced, ends);
      else await this.#index.write(ends);
    }
  }

  async #left(): Promise<readonly Announcement[]> {
    const from = rowKey(this.#number, family);
    const found = new Map<string, Announcement>();
    const pages = await this.#index.range(from, rowKey(this.#number, family + 1), bindingPace.rowsPerRead);
    for (const [key, value] of pages) {
      const batch = key.slice(rowKeyBytes, rowKeyBytes + hashBytes) as Hash;
      const known = found.get(batch.toHex()) ?? { batch, rows: [], ends: [] };
      found.set(batch.toHex(), known);
      known.rows.push(...decodeEntries(value));
      known.ends.push({ key, value: null });
    }
    return [...found.values()];
  }
}

async function write(
  rows: BindingRows,
  announced: readonly AnnouncedRow[],
  ends: readonly IndexChange[],
): Promise<void> {
  const known = await rows.byObject(announced.map(({ object }) => object));
  const changes: RowChange[] = [];
  for (const [i, { now }] of announced.entries()) {
    const was = known[i];
    if (now !== undefined) changes.push({ was, now });
    else if (was !== undefined) await forgetRows(rows, was);
  }
  await rows.write(changes, ends);
}

function encodeEntry({ object, now }: AnnouncedRow): readonly Uint8Array[] {
  const row = now === undefined ? noRow : encodeRow(now);
  assert(row.length <= 0xffff, "a row has few names");
  const length = new Uint8Array(2);
  new DataView(length.buffer).setUint16(0, row.length);
  return [idBytes(object), length, row];
}

/** What another version has written is passed over: then there is one more rescan. */
function decodeEntries(value: Uint8Array): AnnouncedRow[] {
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const entries: AnnouncedRow[] = [];
  for (let at = 0; at + headBytes <= value.length; ) {
    const object = idText(value.subarray(at, at + objectBytes)) as ObjectId;
    const length = view.getUint16(at + objectBytes);
    at += headBytes;
    const now = length === 0 ? undefined : decodeRow(value.slice(at, at + length));
    at += length;
    if (length === 0 || now !== undefined) entries.push({ object, now });
  }
  return entries;
}

const noRow = new Uint8Array(0);

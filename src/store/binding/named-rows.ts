// The rows that a look at some names of a folder is compared with. What is there under such a name may be known under another
// of the same folder; then what was done with names is understood only if both are looked at.

import type { LocalEntry, ObjectId } from "../contracts.ts";
import type { BindingRow } from "./binding-row.ts";
import { type BindingRows, nameOf } from "./binding-rows.ts";

/** `more`: to be looked at again, these names too; undefined: the whole folder. */
export type NamedRows =
  | { readonly type: "rows"; readonly rows: readonly BindingRow[] }
  | { readonly type: "more"; readonly names: readonly string[] | undefined };

/** `entries` are what lies in the folder under these names. */
export async function rowsNamed(
  rows: BindingRows,
  folder: ObjectId,
  names: ReadonlySet<string>,
  entries: readonly LocalEntry[],
): Promise<NamedRows> {
  const spots = [...names].map((localName) => ({ parent: folder, localName }));
  const found = (await rows.at(spots)).filter((row) => row !== undefined);
  const others = await namesOfStrangers(rows, folder, found, entries);
  const unseen = others.filter((name) => !names.has(name));
  if (unseen.length > 0) return { type: "more", names: unseen };
  if (entries.length < names.size && (await isLeftEmpty(rows, folder, found, entries)))
    return { type: "more", names: undefined };
  return { type: "rows", rows: found };
}

/** What those were called in this folder that are not what their names' rows expect. */
async function namesOfStrangers(
  rows: BindingRows,
  folder: ObjectId,
  known: readonly BindingRow[],
  entries: readonly LocalEntry[],
): Promise<string[]> {
  const files = new Map(known.map(({ localName, stat }) => [localName, stat.file]));
  const strangers = entries.filter(({ path, stat }) => files.get(nameOf(path)) !== stat.file);
  if (strangers.length === 0) return [];
  const found = await rows.byFile(strangers.map(({ stat }) => stat.file));
  return found.flatMap((row) => (row?.parent === folder ? [row.localName] : []));
}

/** Whether all that is known of the folder is gone: then it may be empty, which others may wait for. */
async function isLeftEmpty(
  rows: BindingRows,
  folder: ObjectId,
  known: readonly BindingRow[],
  entries: readonly LocalEntry[],
): Promise<boolean> {
  if (folder === rows.root) return false;
  const there = new Set(entries.map(({ path }) => nameOf(path)));
  const gone = new Set(known.filter(({ localName }) => !there.has(localName)).map(({ object }) => object));
  const some = await rows.someChildren(folder, gone.size + 1);
  return some.every(({ object }) => gone.has(object));
}

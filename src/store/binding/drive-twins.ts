// Whether the drive has something under the name of what was found in the folder: the same thing, perhaps, that nobody has
// compared yet, or something else, which leaves that name to nobody.

import { comparableName } from "../drive/file-name.ts";
import type { DriveEntry, FileKind, ObjectId } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import { bindingPace } from "./pace.ts";

/** `twin`: of the same kind, with no row. `taken`: it is something else, and `row` says where that is here. */
export type NameHolder =
  | { readonly type: "twin"; readonly object: ObjectId }
  | { readonly type: "taken"; readonly row: BindingRow | undefined };

/** In the order of what was asked for; undefined where the drive has nothing of that name. */
export async function holdersOf(
  parts: BindingParts,
  folder: ObjectId,
  wanted: readonly { readonly name: string; readonly kind: FileKind }[],
): Promise<(NameHolder | undefined)[]> {
  const path = await parts.drive.path(folder);
  if (path === undefined) return wanted.map(() => undefined);
  const names = wanted.map(({ name }) => name);
  const entries = names.length <= bindingPace.singleFinds ? await find(parts, path, names) : await list(parts, folder);
  const found = names.map((name) => entries.get(comparableName(name)));
  const rows = await parts.rows.byObject(found.flatMap((entry) => (entry === undefined ? [] : [entry.object])));
  let at = 0;
  return found.map((entry, i): NameHolder | undefined => {
    if (entry === undefined) return undefined;
    const row = rows[at++];
    const twin = row === undefined && entry.kind === wanted[i]?.kind;
    return twin ? { type: "twin", object: entry.object } : { type: "taken", row };
  });
}

async function find({ drive }: BindingParts, path: string, names: readonly string[]): Promise<Map<string, DriveEntry>> {
  const entries = await Promise.all(names.map((name) => drive.find(path === "" ? name : `${path}/${name}`)));
  return byName(entries.filter((entry) => entry !== undefined));
}

async function list({ drive }: BindingParts, folder: ObjectId): Promise<Map<string, DriveEntry>> {
  const all: DriveEntry[] = [];
  for (let after: string | undefined; ; after = all.at(-1)?.name) {
    const page = await drive.list(folder, after, bindingPace.entriesPerRead);
    all.push(...page);
    if (page.length < bindingPace.entriesPerRead) return byName(all);
  }
}

function byName(entries: readonly DriveEntry[]): Map<string, DriveEntry> {
  return new Map(entries.map((entry) => [comparableName(entry.name), entry]));
}

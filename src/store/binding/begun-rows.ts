// Rows that hold as soon as something is in its place in the folder, noted before it is put there: after a crash in between,
// what lies there is known as what came from the drive. Without them it would look as if somebody had made it here; and
// where others have moved or removed it meanwhile, it would be in the drive twice, or again.
//
//   05 | number of the binding (u32, big-endian) | 7 | object (16)   -> row (binding-row.ts), without what the system gives

import { idBytes } from "#base/ids.ts";
import type { Index, IndexChange } from "#glow";
import type { FolderAgent, LocalStat } from "../contracts.ts";
import { type BindingRow, decodeRow, encodeRow } from "./binding-row.ts";
import { type BindingRows, joinPath, type RowChange, rowKey } from "./binding-rows.ts";
import { bindingPace } from "./pace.ts";
import type { PlannedRow } from "./row-overlay.ts";

const family = 7;

export class BegunRows {
  readonly #index: Index;
  readonly #number: number;

  constructor(index: Index, number: number) {
    this.#index = index;
    this.#number = number;
  }

  /** What takes the notes away again, to be written with the rows, or when it came to nothing. */
  async begin(rows: readonly PlannedRow[], sizesBytes: readonly number[]): Promise<readonly IndexChange[]> {
    const notes = rows.map((row, i): IndexChange => {
      const { kind, mode, modifiedNs } = row;
      const stat = { kind, mode, modifiedNs, sizeBytes: sizesBytes[i] ?? 0, changedNs: 0n, file: "" };
      return { key: this.#keyOf(row), value: encodeRow({ ...row, stat }) };
    });
    if (notes.length > 0) await this.#index.write(notes);
    return notes.map(({ key }) => ({ key, value: null }));
  }

  /** What a crash has left. Of what is not there, or something else by now, nothing is known. */
  async settle(rows: BindingRows, agent: FolderAgent): Promise<void> {
    const [from, to] = [rowKey(this.#number, family), rowKey(this.#number, family + 1)];
    for (;;) {
      const page = await this.#index.range(from, to, bindingPace.groupEntries);
      if (page.length === 0) return;
      const begun = page.flatMap(([, value]) => decodeRow(value) ?? []);
      const changes = await changesOf(rows, agent, begun);
      await rows.write(
        changes,
        page.map(([key]) => ({ key: key.slice(), value: null })),
      );
    }
  }

  #keyOf({ object }: PlannedRow): Uint8Array {
    return rowKey(this.#number, family, idBytes(object));
  }
}

async function changesOf(rows: BindingRows, agent: FolderAgent, begun: readonly BindingRow[]): Promise<RowChange[]> {
  const known = await rows.byObject(begun.map(({ object }) => object));
  const holders = await rows.at(begun);
  const changes: RowChange[] = [];
  for (const [i, row] of begun.entries()) {
    const was = known[i];
    const isOthers = holders[i] !== undefined && holders[i]?.object !== row.object;
    if (isOthers || (was !== undefined && rows.spotKey(was) !== rows.spotKey(row))) continue;
    // One by one: a folder may lie in one before it.
    const above = await rows.path(row.parent);
    const [stat] = above === undefined ? [] : await agent.stat([joinPath(above, row.localName)]);
    if (stat === undefined || stat.file === was?.stat.file || !isIt(row.stat, stat)) continue;
    const now = { ...row, stat, mode: row.kind === "folder" ? stat.mode : row.mode };
    if (row.kind === "folder") await rows.write([{ was, now }]);
    else changes.push({ was, now });
  }
  return changes;
}

/** Nobody has changed it since, as far as the system tells; times may be set less exactly than they are told. */
function isIt(begun: LocalStat, found: LocalStat): boolean {
  if (found.kind !== begun.kind) return false;
  if (found.kind !== "file") return true;
  const awayNs = begun.modifiedNs - found.modifiedNs;
  return found.sizeBytes === begun.sizeBytes && awayNs > -inexactNs && awayNs < inexactNs;
}

/** Less than anybody takes to change a file that has just come. */
const inexactNs = 1_000_000n;

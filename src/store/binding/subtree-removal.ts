// What removing a folder means for the drive: one step, if all that the drive has in it is what was in the folder here. What
// somebody has put in, or changed, and that never came here, is not removed with it.

import type { DriveState, ObjectId } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import type { BindingRow } from "./binding-row.ts";
import type { BindingRows, RowChange } from "./binding-rows.ts";
import { showsOther } from "./local-merge.ts";
import { isLarge } from "./sight-sealer.ts";
import { bindingPace } from "./pace.ts";

export interface SubtreeRemoval {
  /** To be removed in the drive: the folder itself, or what of it may go. */
  readonly objects: readonly ObjectId[];
  /** Whether the folder itself is among them. */
  readonly whole: boolean;
  /** What lies in a folder that is removed, and goes with it. */
  readonly covered: readonly ObjectId[];
}

/** Of a folder whose row agrees with the drive. Reads the drive as it is at this moment. */
export async function planSubtreeRemoval(parts: BindingParts, folder: ObjectId): Promise<SubtreeRemoval> {
  const children: ObjectId[] = [];
  const below: ObjectId[] = [];
  let whole = true;
  for await (const { state, row } of childrenOf(parts, folder)) {
    if (row === undefined || !agrees(parts, row, state)) whole = false;
    else if (state.kind !== "folder") children.push(state.object);
    else {
      const inner = await planSubtreeRemoval(parts, state.object);
      children.push(...inner.objects);
      below.push(...inner.covered);
      whole &&= inner.whole;
    }
  }
  if (!whole) return { objects: children, whole, covered: below };
  return { objects: [folder], whole, covered: [...children, ...below] };
}

/** Whether the drive has not changed an object since its row was written. */
export function agrees({ fingerprintOf }: BindingParts, row: BindingRow, state: DriveState): boolean {
  const same = row.parent === state.parent && row.driveName === state.name;
  return same && !showsOther(row, state, fingerprintOf);
}

/** What the drive has in a folder, each with its row. */
export async function* childrenOf(
  { drive, rows }: BindingParts,
  folder: ObjectId,
): AsyncIterable<{ readonly state: DriveState; readonly row: BindingRow | undefined }> {
  for (let after: string | undefined; ; ) {
    const entries = await drive.list(folder, after, bindingPace.entriesPerRead);
    const objects = entries.map(({ object }) => object);
    const [states, known] = await Promise.all([drive.states(objects), rows.byObject(objects)]);
    for (let i = 0; i < entries.length; i++) {
      const state = states[i];
      if (state !== undefined) yield { state, row: known[i] };
    }
    after = entries.at(-1)?.name;
    if (entries.length < bindingPace.entriesPerRead) return;
  }
}

/** All rows below a folder, folders before what is in them, with its own first; each once, should they be a circle. */
export async function* rowsBelow(rows: BindingRows, top: BindingRow): AsyncIterable<BindingRow> {
  const seen = new Set<ObjectId>();
  const waiting = [top];
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    if (seen.has(row.object)) continue;
    seen.add(row.object);
    yield row;
    if (row.kind === "folder") waiting.push(...(await rows.children(row.object)));
  }
}

/** What they say is not known any more, of a folder and all below it. The files stay as they are. */
export async function forgetRows(rows: BindingRows, top: BindingRow): Promise<readonly BindingRow[]> {
  const below: BindingRow[] = [];
  for await (const row of rowsBelow(rows, top)) below.push(row);
  // From the ends: should it be cut off, what is left still hangs on its folder.
  below.reverse();
  for (let at = 0; at < below.length; at += bindingPace.rowsPerRead) {
    const page = below.slice(at, at + bindingPace.rowsPerRead);
    await rows.write(page.map((row): RowChange => ({ was: row, now: undefined })));
    for (const row of page) if (isLarge(row.stat)) await rows.unback(row.object);
  }
  return below;
}

/** What the rows know as one object is another one: a folder, with all that hangs on it. The objects that hang on it. */
export async function replaceObject(rows: BindingRows, row: BindingRow, object: ObjectId): Promise<ObjectId[]> {
  const moved: ObjectId[] = [];
  // Cut off in between, the rest is found moved from a folder that is not there to this one, and put right.
  await rows.write([{ was: row, now: { ...row, object } }]);
  for (;;) {
    const children = await rows.someChildren(row.object, bindingPace.rowsPerRead);
    if (children.length === 0) return moved;
    await rows.write(children.map((child): RowChange => ({ was: child, now: { ...child, parent: object } })));
    moved.push(...children.map((child) => child.object));
  }
}

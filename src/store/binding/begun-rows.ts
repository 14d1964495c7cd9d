// Rows that hold as soon as something is done in the folder, noted before it is done: something is put into its place, moved,
// gets a mode or a time, or is removed. After a crash in between, what is found there is known as what came from the drive.
// Without them it would look as if somebody had done it here; and where others have done something else to it meanwhile, that
// would be undone, or it would be in the drive twice.
//
//   05 | number of the binding (u32, big-endian) | 7 | object (16)   -> row (binding-row.ts), without what the system gives;
//                                                                       empty: none any more

import { equalBytes, utf8Decode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { Index, IndexChange } from "#glow";
import type { FolderAgent, LocalStat, ObjectId } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import { type BindingRow, decodeRow, encodeRow } from "./binding-row.ts";
import { type BindingRows, joinPath, rowKey, rowKeyBytes } from "./binding-rows.ts";
import { bindingPace } from "./pace.ts";
import { fileMode, folderMode } from "./folder-plan.ts";
import type { PlannedRow } from "./row-overlay.ts";

const family = 7;

type SettleParts = Pick<BindingParts, "rows" | "agent" | "fingerprintOf">;

export class BegunRows {
  readonly #index: Index;
  readonly #number: number;

  constructor(index: Index, number: number) {
    this.#index = index;
    this.#number = number;
  }

  /**
   * `sizesBytes` are those of files. The answer takes the notes away again, to be written with the rows, or when it came to
   * nothing.
   */
  async begin(rows: readonly PlannedRow[], sizesBytes: readonly number[]): Promise<readonly IndexChange[]> {
    const notes = rows.map((row, i): IndexChange => {
      const { kind, modifiedNs } = row;
      const mode = kind === "folder" ? folderMode(row.mode) : fileMode(row.mode);
      const stat = { kind, mode, modifiedNs, sizeBytes: sizesBytes[i] ?? 0, changedNs: 0n, file: "" };
      return { key: this.#keyOf(row), value: encodeRow({ ...row, stat }) };
    });
    if (notes.length > 0) await this.#index.write(notes);
    return notes.map(({ key }) => ({ key, value: null }));
  }

  /** The same for what is to be removed. */
  async beginRemoval(rows: readonly BindingRow[]): Promise<readonly IndexChange[]> {
    const keys = rows.map((row) => this.#keyOf(row));
    if (keys.length > 0) await this.#index.write(keys.map((key) => ({ key, value: noBytes })));
    return keys.map((key) => ({ key, value: null }));
  }

  /** What a crash has left. Of what is not there, or something else by now, nothing is known. */
  async settle(parts: SettleParts): Promise<void> {
    const { rows, agent } = parts;
    const [from, to] = [rowKey(this.#number, family), rowKey(this.#number, family + 1)];
    for (;;) {
      const page = await this.#index.range(from, to, bindingPace.rowsPerRead);
      if (page.length === 0) return;
      let left = page.flatMap(([, value]) => decodeRow(value) ?? []);
      // Folders come in the order of ids: what lies in one that is to be known first comes later.
      for (let count = Number.POSITIVE_INFINITY; left.length < count; ) {
        count = left.length;
        left = await settleSome(parts, left);
      }
      const removed = page.filter(([, value]) => value.length === 0).map(([key]) => objectOf(key));
      const gone = await goneOf(rows, agent, removed);
      await rows.write(
        gone.map((was) => ({ was, now: undefined })),
        page.map(([key]) => ({ key: key.slice(), value: null })),
      );
    }
  }

  #keyOf({ object }: Pick<BindingRow, "object">): Uint8Array {
    return rowKey(this.#number, family, idBytes(object));
  }
}

const noBytes = new Uint8Array(0);

function objectOf(key: Uint8Array): ObjectId {
  return idText(key.subarray(rowKeyBytes)) as ObjectId;
}

/** Those that lie in folders without a row are left. */
async function settleSome(parts: SettleParts, begun: readonly BindingRow[]): Promise<BindingRow[]> {
  const { rows, agent } = parts;
  const left: BindingRow[] = [];
  for (const row of begun) {
    const above = await rows.path(row.parent);
    const path = above === undefined ? undefined : joinPath(above, row.localName);
    const [stat] = path === undefined ? [] : await agent.stat([path]);
    if (path === undefined) left.push(row);
    else if (stat !== undefined && (await leadsThere(parts, row, path))) await settleOne(rows, row, stat);
  }
  return left;
}

/** A link has no time that would tell it from another one. */
async function leadsThere({ agent, fingerprintOf }: SettleParts, row: BindingRow, path: string): Promise<boolean> {
  if (row.kind !== "link") return true;
  try {
    const [target] = await agent.read([path], bindingPace.targetBytes);
    return target !== undefined && equalBytes(fingerprintOf({ target: utf8Decode(target) }), row.fingerprint);
  } catch (thrown) {
    const error = GlowError.from(thrown, "binding.link");
    // What is no UTF-8 did not come from a drive.
    if (error.kind !== "invalid") throw error;
    return false;
  }
}

async function settleOne(rows: BindingRows, row: BindingRow, stat: LocalStat): Promise<void> {
  const [[was], [holder]] = await Promise.all([rows.byObject([row.object]), rows.at([row])]);
  if (holder !== undefined && holder.object !== row.object) return;
  const now = was === undefined ? placed(row, stat) : changed(rows, was, row, stat);
  if (now !== undefined) await rows.write([{ was, now }]);
}

function placed(row: BindingRow, stat: LocalStat): BindingRow | undefined {
  if (!isIt(row.stat, stat)) return undefined;
  return { ...row, stat, mode: row.kind === "folder" ? stat.mode : row.mode };
}

function changed(rows: BindingRows, was: BindingRow, row: BindingRow, stat: LocalStat): BindingRow | undefined {
  const isSame = stat.file === was.stat.file;
  // Whether it was changed since it was moved is to be seen by what it was like before.
  if (rows.spotKey(was) !== rows.spotKey(row)) return isSame ? { ...row, stat: was.stat } : undefined;
  if (!isSame) return placed(row, stat);
  const isChanged = isIt(row.stat, stat) && stat.mode === row.stat.mode && equalBytes(row.fingerprint, was.fingerprint);
  return isChanged ? { ...row, stat } : undefined;
}

async function goneOf(rows: BindingRows, agent: FolderAgent, removed: readonly ObjectId[]): Promise<BindingRow[]> {
  const known = (await rows.byObject(removed)).filter((row) => row !== undefined);
  const paths = await Promise.all(known.map(({ object }) => rows.path(object)));
  const stats = await agent.stat(paths.map((path) => path ?? ""));
  return known.filter((_, i) => paths[i] !== undefined && stats[i] === undefined);
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

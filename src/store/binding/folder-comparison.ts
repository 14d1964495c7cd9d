// What lies in a folder, beside what the rows say that lies in it.

import { GlowError } from "#base/errors.ts";
import { nameFault } from "../drive/file-name.ts";
import type { FileKind, LocalEntry, LocalStat } from "../contracts.ts";
import { type BindingRow, sameStat } from "./binding-row.ts";
import { type FolderSeat, joinPath, type LocalSpot, nameOf, seatIn } from "./binding-rows.ts";
import type { IgnoreRules } from "./ignore-rules.ts";
import type { LocalNames } from "./local-names.ts";
import type { Sighting } from "./move-matcher.ts";
import { ignoreFileName, isAsideName } from "./own-names.ts";

/** What a row expects, and what is there in its place: of the same identity, but not as it was. */
export interface ChangedEntry {
  readonly row: BindingRow;
  readonly sighting: Sighting;
}

export interface FolderComparison {
  /** Known and unchanged folders: what is in them is another matter. */
  readonly folders: readonly FolderSeat[];
  readonly files: number;
  readonly changed: readonly ChangedEntry[];
  /** What no row expects there. */
  readonly sightings: readonly Sighting[];
  readonly missing: readonly BindingRow[];
  /** Rows of what has come to be ignored. */
  readonly ignored: readonly BindingRow[];
  /** What the drive cannot have. */
  readonly refused: readonly { readonly path: string; readonly reason: GlowError }[];
  /** Whether the file with the rules is another than its row knows. */
  readonly rulesTouched: boolean;
  /** Names that are just as their rows expect them. */
  readonly settled: readonly BindingRow[];
  /** What nothing is to be taken from: it is ignored, or the drive cannot have it. */
  readonly left: readonly LocalSpot[];
}

export interface ComparisonInput {
  readonly folder: FolderSeat;
  readonly entries: readonly LocalEntry[];
  /** Of what is there and cannot be looked at: it is not missing. */
  readonly passed: ReadonlySet<string>;
  readonly rows: readonly BindingRow[];
  readonly names: LocalNames;
  readonly rules: IgnoreRules;
}

export function compareFolder(input: ComparisonInput): FolderComparison {
  const { folder, entries, names, rules } = input;
  const expected = new Map(input.rows.map((row) => [names.key(row.localName), row]));
  const respelled = respelledRows(input, expected);
  const found = new Comparison(folder);
  for (const { path, stat } of entries) {
    const localName = nameOf(path);
    if (stat.kind === "other") {
      found.left.push({ parent: folder.object, localName });
      continue;
    }
    const row = expected.get(names.key(localName)) ?? respelled.get(path);
    const entry = { parent: folder.object, localName, path, stat: { ...stat, kind: stat.kind } };
    if (isIgnored(input, entry, row)) {
      found.left.push(entry);
      continue;
    }
    const fault = nameFault(names.toDrive(localName));
    if (fault !== undefined) {
      found.refused.push({ path, reason: refusal(path, fault) });
      found.left.push(entry);
      continue;
    }
    if (row !== undefined) expected.delete(names.key(row.localName));
    found.add(entry, row);
  }
  for (const row of expected.values()) {
    if (rules.has(joinPath(folder.drivePath, row.driveName), row.kind === "folder")) found.ignored.push(row);
    else if (!input.passed.has(joinPath(folder.path, row.localName))) found.addMissing(row);
  }
  return found;
}

/**
 * Some systems show names in another of Unicode's forms than they were given in: by path, the rows of what is there under
 * its name in another form, and not in its own.
 */
function respelledRows(
  { entries, names }: ComparisonInput,
  expected: ReadonlyMap<string, BindingRow>,
): ReadonlyMap<string, BindingRow> {
  const unknown = entries.filter(({ path }) => !plainAscii.test(path) && !expected.has(names.key(nameOf(path))));
  const found = new Map<string, BindingRow>();
  if (unknown.length === 0) return found;
  const present = new Set(entries.map(({ path }) => names.key(nameOf(path))));
  const missing = [...expected].filter(([key]) => !present.has(key)).map(([, row]) => row);
  for (const { path } of unknown) {
    const at = missing.findIndex(({ localName }) => names.same(localName, nameOf(path)));
    const [row] = at < 0 ? [] : missing.splice(at, 1);
    if (row !== undefined) found.set(path, row);
  }
  return found;
}

const plainAscii = /^[\x20-\x7e]*$/;

type Entry = Omit<Sighting, "row"> & { readonly stat: LocalStat & { readonly kind: FileKind } };

class Comparison implements FolderComparison {
  readonly folders: FolderSeat[] = [];
  files = 0;
  readonly changed: ChangedEntry[] = [];
  readonly sightings: Sighting[] = [];
  readonly missing: BindingRow[] = [];
  readonly ignored: BindingRow[] = [];
  readonly refused: { path: string; reason: GlowError }[] = [];
  readonly settled: BindingRow[] = [];
  readonly left: LocalSpot[] = [];
  rulesTouched = false;
  readonly #folder: FolderSeat;

  constructor(folder: FolderSeat) {
    this.#folder = folder;
  }

  add(entry: Entry, row: BindingRow | undefined): void {
    const { kind } = entry.stat;
    if (kind !== "folder") this.files++;
    if (entry.path === ignoreFileName && !(row !== undefined && sameStat(row.stat, entry.stat)))
      this.rulesTouched = true;
    if (row !== undefined && row.kind !== kind) this.missing.push(row);
    if (row?.kind !== kind) {
      this.sightings.push({ ...entry, row: undefined });
      return;
    }
    if (row.stat.file !== entry.stat.file) {
      this.sightings.push({ ...entry, row });
      return;
    }
    // Of a folder, size and times are those of its list of names.
    const same = kind === "folder" ? row.stat.mode === entry.stat.mode : sameStat(row.stat, entry.stat);
    if (kind === "folder") this.folders.push(seatIn(this.#folder, { ...row, localName: entry.localName }));
    if (!same || row.localName !== entry.localName) this.changed.push({ row, sighting: { ...entry, row } });
    else this.settled.push(row);
  }

  addMissing(row: BindingRow): void {
    if (this.#folder.path === "" && row.localName === ignoreFileName) this.rulesTouched = true;
    this.missing.push(row);
  }
}

function isIgnored({ folder, rules, names }: ComparisonInput, entry: Entry, row: BindingRow | undefined): boolean {
  const { localName, stat } = entry;
  if (isAsideName(localName)) return false;
  return rules.has(joinPath(folder.drivePath, row?.driveName ?? names.toDrive(localName)), stat.kind === "folder");
}

function refusal(path: string, fault: string): GlowError {
  return new GlowError("invalid", "binding.scan", {
    target: path,
    message: `this name cannot be in a drive: ${fault}; rename it`,
  });
}

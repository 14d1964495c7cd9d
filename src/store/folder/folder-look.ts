// Looks at what lies in a bound folder.

import { utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import { nameFault } from "../drive/file-name.ts";
import type { LocalEntry, LocalFolder, NamesIn, ScanPage } from "../contracts.ts";

type Passed = ScanPage["passed"][number];

/**
 * Lists the folders in their order, until there is a page. One that cannot be listed is passed over, with why; but if the
 * bound folder itself is gone, that is `unavailable`, and no sign that all in it was removed.
 */
export function scanPage(
  folder: LocalFolder,
  folders: readonly string[],
): { readonly page: ScanPage; readonly rest: readonly string[] } {
  const entries: LocalEntry[] = [];
  const passed: Passed[] = [];
  let listed = 0;
  for (const path of folders.slice(0, folderLimits.foldersPerPage)) {
    if (entries.length >= folderLimits.entriesPerPage) break;
    list(folder, path, undefined, entries, passed);
    listed++;
  }
  return { page: { entries, passed }, rest: folders.slice(listed) };
}

/** The same of just some names. */
export function findNames(folder: LocalFolder, wanted: readonly NamesIn[]): ScanPage {
  const entries: LocalEntry[] = [];
  const passed: Passed[] = [];
  for (const { path, names } of wanted) list(folder, path, names, entries, passed);
  return { entries, passed };
}

function list(
  folder: LocalFolder,
  path: string,
  names: readonly string[] | undefined,
  entries: LocalEntry[],
  passed: Passed[],
): void {
  try {
    const page = folder.list(path, names);
    for (const entry of page.entries) {
      const reason = whyPassed(entry.path);
      if (reason === undefined) entries.push(entry);
      else passed.push({ path: entry.path, reason });
    }
    passed.push(...page.passed);
  } catch (thrown) {
    const reason = GlowError.from(thrown, "folder.list", path);
    if (reason.kind === "unavailable" || reason.kind === "cancelled") throw reason;
    passed.push({ path, reason });
  }
}

function whyPassed(path: string): GlowError | undefined {
  const op = "folder.list";
  const fault = nameFault(path.slice(path.lastIndexOf("/") + 1));
  if (fault !== undefined) return new GlowError("invalid", op, { target: path, message: `${fault}; rename it` });
  // A character takes three bytes at most, and most paths are short.
  if (path.length * 3 <= folderLimits.pathBytes || utf8Encode(path).length <= folderLimits.pathBytes) return undefined;
  const message = `its path is longer than ${folderLimits.pathBytes} bytes; move it to a place less deep`;
  return new GlowError("too-large", op, { target: path, message });
}

/** As in `FolderAgent.read`. */
export function readSmall(folder: LocalFolder, path: string, limitBytes: number): Uint8Array | undefined {
  try {
    const stat = folder.stat(path);
    if (stat?.kind === "link") return readTarget(folder, path, limitBytes);
    return stat?.kind === "file" && stat.sizeBytes <= limitBytes ? readFile(folder, path, limitBytes) : undefined;
  } catch (thrown) {
    const { kind } = GlowError.from(thrown, "file.read", path);
    if (kind === "not-found" || kind === "invalid") return undefined;
    throw thrown;
  }
}

function readTarget(folder: LocalFolder, path: string, limitBytes: number): Uint8Array | undefined {
  const target = utf8Encode(folder.target(path));
  return target.length <= limitBytes ? target : undefined;
}

function readFile(folder: LocalFolder, path: string, limitBytes: number): Uint8Array | undefined {
  const file = folder.open(path);
  try {
    // One more than it has, to see whether it grows meanwhile.
    const bytes = new Uint8Array(Math.min(file.stat().sizeBytes, limitBytes) + 1);
    const length = file.read(bytes, 0);
    return length < bytes.length ? bytes.slice(0, length) : undefined;
  } finally {
    file.close();
  }
}

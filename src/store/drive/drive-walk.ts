// Goes through a drive's tree, a page of a folder at a time, so that however much there is, little is in memory.

import { driveLimits } from "#base/limits.ts";
import type { Drive, DriveEntry, ObjectId } from "../contracts.ts";

export interface WalkedEntry {
  /** Below the folder that was asked for. */
  readonly path: string;
  /** The folder it lies in. */
  readonly parent: ObjectId;
  readonly entry: DriveEntry;
}

interface OpenFolder {
  readonly folder: ObjectId;
  readonly path: string;
  page: readonly DriveEntry[];
  at: number;
  isLastPage: boolean;
}

const entriesPerPage = 1024;

/**
 * All that lies in a folder, and in those below: each folder before what is in it. What changes meanwhile may be met as it
 * was or as it is; what is moved meanwhile, twice or not at all. What lies deeper than `driveLimits.shownDepth` is not met.
 */
export async function* walk(drive: Pick<Drive, "list">, folder: ObjectId): AsyncGenerator<WalkedEntry> {
  const open = [opened(folder, "")];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const entry = await nextIn(drive, last);
    if (entry === undefined) {
      open.pop();
      continue;
    }
    const path = last.path === "" ? entry.name : `${last.path}/${entry.name}`;
    yield { path, parent: last.folder, entry };
    if (entry.kind === "folder" && open.length < driveLimits.shownDepth) open.push(opened(entry.object, path));
  }
}

function opened(folder: ObjectId, path: string): OpenFolder {
  return { folder, path, page: [], at: 0, isLastPage: false };
}

async function nextIn(drive: Pick<Drive, "list">, open: OpenFolder): Promise<DriveEntry | undefined> {
  if (open.at === open.page.length && !open.isLastPage) {
    open.page = await drive.list(open.folder, open.page.at(-1)?.name, entriesPerPage);
    open.at = 0;
    open.isLastPage = open.page.length < entriesPerPage;
  }
  return open.page[open.at++];
}

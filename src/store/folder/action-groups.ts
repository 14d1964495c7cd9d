// Cuts what is to be done in a folder into groups that are made durable together, and work on files into portions for
// threads.

import { folderLimits } from "#base/limits.ts";
import type { FolderAction, SealRequest } from "../contracts.ts";
import { takesFromFolder } from "./content-draft.ts";
import type { FileAction } from "./folder-jobs.ts";

/**
 * In their order. A larger file is the last of its group. One that takes from what lies in the folder finds done what comes
 * before it: it begins a group, or is in one with others like it only.
 */
export function groupsOf(actions: readonly FolderAction[]): FolderAction[][] {
  return runsOf(actions).flatMap((run) => {
    return portions(run, folderLimits.actionsPerGroup, folderLimits.bytesPerGroup, (action) => {
      return action.type === "file" ? contentBytes(action) : 0;
    });
  });
}

export function takesFromFolderAtAll(group: readonly FolderAction[]): boolean {
  return group.some(isFromFolder);
}

function runsOf(actions: readonly FolderAction[]): FolderAction[][] {
  const runs: FolderAction[][] = [];
  let last: FolderAction | undefined;
  for (const action of actions) {
    const run = runs.at(-1);
    const begins = run === undefined || (isFromFolder(action) && last !== undefined && !isFromFolder(last));
    if (begins) runs.push([action]);
    else run.push(action);
    last = action;
  }
  return runs;
}

function isFromFolder(action: FolderAction): boolean {
  return action.type === "file" && takesFromFolder(action);
}

/** For as many hands as there are, so that none has much more to do than the others. */
export function sharesOf(files: readonly FileAction[], hands: number): FileAction[][] {
  const totalBytes = files.reduce((sum, file) => sum + contentBytes(file), 0);
  return portions(files, Math.ceil(files.length / hands), Math.ceil(totalBytes / hands), contentBytes);
}

/** A large file is a portion of its own. */
export function sealingsOf(files: readonly SealRequest[]): SealRequest[][] {
  const { filesPerSealing, bytesPerSealing } = folderLimits;
  const isLarge = ({ expected }: SealRequest): boolean => expected.sizeBytes > bytesPerSealing;
  const small = files.filter((file) => !isLarge(file));
  const large = files.filter(isLarge).map((file) => [file]);
  return [...portions(small, filesPerSealing, bytesPerSealing, ({ expected }) => expected.sizeBytes), ...large];
}

export function contentBytes({ chunks }: FileAction): number {
  let sum = 0;
  for (const { chunk } of chunks) sum += chunk.sizeBytes;
  return sum;
}

/** A portion is ended when it has so many, or so many bytes or more. */
function portions<Item>(
  items: readonly Item[],
  mostItems: number,
  enoughBytes: number,
  bytesOf: (item: Item) => number,
): Item[][] {
  const all: Item[][] = [];
  let portion: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    portion.push(item);
    bytes += bytesOf(item);
    if (portion.length < mostItems && bytes < enoughBytes) continue;
    all.push(portion);
    portion = [];
    bytes = 0;
  }
  if (portion.length > 0) all.push(portion);
  return all;
}

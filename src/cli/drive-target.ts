// Where `cp` and `mv` lead: as everywhere, into a folder that is there, else to the path itself.

import { statIfThere, type DrivePlace } from "./drive-access.ts";
import { inFolder, lastName, namePathText } from "./name-path.ts";
import { misuse } from "./node-command.ts";

/** The path of each source at the target. `invalid` if several go to something that is no folder. */
export async function targetsFor(sources: readonly DrivePlace[], target: DrivePlace): Promise<string[]> {
  const found = await statIfThere(target.open, target.path);
  const isFolder = found?.kind === "folder";
  if (!isFolder && (target.isFolder || sources.length > 1)) {
    const message = found === undefined ? "there is no such folder; make it with `glow mkdir`" : "it is no folder";
    throw misuse(message, namePathText(target));
  }
  return sources.map((source) => {
    if (!isFolder) return target.path;
    // What has no name of its own, the root of a drive, takes that of the drive.
    return inFolder(target.path, source.path === "" ? source.drive : lastName(source.path));
  });
}

/** Whether two places are in the same drive of the same node, as they were written. */
export function sameDrive(a: DrivePlace, b: DrivePlace): boolean {
  return a.open === b.open;
}

// `glow conflicts`: files that were changed in two places while these were apart. All versions are kept until somebody
// chooses.

import type { Command } from "commander";
import type { Conflict, DriveStub } from "#interfaces/generated/drive.ts";
import { chosenDrives } from "./drive-access.ts";
import type { Face } from "./face.ts";
import { versionRows } from "./history-command.ts";
import { type End, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { painted } from "./output.ts";
import { shortId } from "./version-choice.ts";

/** Of a drive, how many are shown: as many as it gives. */
export const mostConflicts = 1024;

export interface DriveConflict extends Conflict {
  /** Name of the drive. */
  readonly drive: string;
}

export function conflictsCommand(face: Face, end: End): Command {
  return nodeCommand(
    "conflicts",
    "list files that were changed in two places at once",
    "conflicts",
    "conflicts notes --json",
  )
    .argument("[drive]", "of this drive alone")
    .action(withNode(face, end, (context, drive?: string) => list(context, drive)));
}

export async function conflictsOf(drive: DriveStub, name: string): Promise<DriveConflict[]> {
  return (await drive.conflicts(mostConflicts)).map((conflict) => ({ ...conflict, drive: name }));
}

async function list({ node, output, json }: NodeContext, drive: string | undefined): Promise<void> {
  const all: DriveConflict[] = [];
  for (const { info, open } of await chosenDrives(node, drive)) all.push(...(await conflictsOf(open, info.name)));
  if (json) return output.json(all);
  if (all.length === 0) return output.note("no conflicts");
  for (const { drive: of, path, object, reason, versions } of all) {
    const name = path === undefined ? `${of}: in the trash, ${shortId(object)}` : `${of}/${path}`;
    output.line(painted("bold", name), reason === "removed-and-edited" ? "  removed by one, edited by another" : "");
    output.table(
      versionRows(versions).map((row) => ["  ", ...row]),
      [3],
    );
  }
  output.note("\n`glow resolve PATH VERSION` keeps one of them; the others are history then.");
}

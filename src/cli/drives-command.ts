// `glow drives`: which there are, new ones, and their names.

import type { Command } from "commander";
import type { DriveInfo } from "#interfaces/generated/drive.ts";
import { countText, sizeText } from "./amounts.ts";
import { openDrive } from "./drive-access.ts";
import type { Face } from "./face.ts";
import { type End, newCommand, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { type Cell, painted } from "./output.ts";

export function drivesCommand(face: Face, end: End): Command {
  return newCommand(
    "drives",
    "list, make and rename drives",
    "drives",
    "drives create photos",
    "drives rename photos pictures",
  )
    .addCommand(
      nodeCommand("list", "list the drives of this node", "drives list --json").action(withNode(face, end, list)),
      { isDefault: true },
    )
    .addCommand(
      nodeCommand("create", "make a new drive, empty", "drives create photos")
        .argument("<name>", "its name")
        .action(
          withNode(face, end, async ({ node, output, json }, name: string) => {
            const drive = await node.drives().create(name);
            if (json) output.json(drive);
            else output.line(`/me/drives/${drive.name}`);
          }),
        ),
    )
    .addCommand(
      nodeCommand("rename", "give a drive another name", "drives rename photos pictures")
        .argument("<drive>", "as it is called now, or its id")
        .argument("<name>", "the new name")
        .action(
          withNode(face, end, async ({ node, output, json }, drive: string, name: string) => {
            // Opened first for the sake of the message, should there be none of this name.
            await openDrive(node, { drive });
            const renamed = await node.drives().rename(drive, name);
            if (json) output.json(renamed);
            else output.line(`/me/drives/${renamed.name}`);
          }),
        ),
    );
}

async function list({ node, output, json }: NodeContext): Promise<void> {
  const drives = await node.drives().list();
  if (json) return output.json(drives);
  if (drives.length === 0) return output.note("no drives yet; `glow drives create NAME` makes one");
  output.table(drives.map((drive) => driveCells(drive)));
}

/** Name, how it stands with others, and what is wrong. */
export function driveCells(drive: DriveInfo): Cell[] {
  const { readable, name, id, problem, conflicts } = drive;
  const named = readable ? painted("blue", `${name}/`) : painted("dim", id);
  const wrong = [
    ...(conflicts > 0 ? [countText(conflicts, "conflict")] : []),
    ...(problem === undefined ? [] : [problem.message]),
  ];
  return [named, driveState(drive), painted("red", wrong.join(", "))];
}

function driveState({ missingBlobs, missingBytes, unavailableBlobs, elsewhere, peers, readable }: DriveInfo): Cell {
  const here = peers.filter(({ connected }) => connected).length;
  const holders =
    peers.length === 0 ? "on this device alone" : `${countText(peers.length, "other device")}, ${here} connected`;
  if (unavailableBlobs > 0)
    return painted("yellow", `${holders}; ${sizeText(missingBytes)} missing that nobody connected has`);
  if (missingBlobs > 0) return painted("yellow", `${holders}; fetching ${sizeText(missingBytes)}`);
  if (!readable) return `${holders}; kept for others`;
  return peers.length === 0 || elsewhere ? holders : painted("yellow", `${holders}; not all of it is elsewhere yet`);
}

// `glow drives`: which there are, new ones, their names, what this device keeps of them, and putting them away.

import { Argument, type Command } from "commander";
import type { DriveInfo, HeldContent } from "#interfaces/generated/drive.ts";
import { countText, sizeText } from "./amounts.ts";
import { openDrive } from "./drive-access.ts";
import type { Face } from "./face.ts";
import {
  type End,
  interrupted,
  misuse,
  newCommand,
  nodeCommand,
  type NodeContext,
  withDefault,
  withNode,
} from "./node-command.ts";
import { type Cell, painted } from "./output.ts";
import { safeText } from "./safe-text.ts";

export function drivesCommand(face: Face, end: End): Command {
  return withDefault(
    newCommand(
      "drives",
      "list, make, rename and remove drives",
      "drives",
      "drives create photos",
      "drives hold films names",
      "drives remove photos",
    ),
    nodeCommand("list", "list the drives of this node", "drives list --json").action(withNode(face, end, list)),
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
    )
    .addCommand(
      nodeCommand("hold", "say what this device keeps of a drive", "drives hold films names", "drives hold films all")
        .argument("<drive>", "as it is called, or its id")
        .addArgument(
          new Argument("<content>", "all content, or names alone: then content is fetched as it is opened").choices([
            "all",
            "names",
          ]),
        )
        .action(withNode(face, end, (context, drive: string, content: HeldContent) => hold(context, drive, content))),
    )
    .addCommand(
      nodeCommand("remove", "put a drive away, on all devices; it can be brought back", "drives remove photos")
        .argument("<drive>", "as it is called, or its id")
        .option("-y, --yes", "without asking")
        .action(withNode(face, end, (context, drive: string, { yes }: Yes) => remove(context, drive, yes === true))),
    )
    .addCommand(
      nodeCommand("removed", "list the drives that were put away", "drives removed").action(
        withNode(face, end, async ({ node, output, json }) => {
          const drives = await node.drives().removed();
          if (json) output.json(drives);
          else if (drives.length === 0) output.note("no drive was removed");
          else output.table(drives.map((drive) => driveCells(drive)));
        }),
      ),
    )
    .addCommand(
      nodeCommand("restore", "bring back a drive that was put away", "drives restore photos")
        .argument("<drive>", "as `glow drives removed` shows it, or its id")
        .action(
          withNode(face, end, async ({ node, output, json }, drive: string) => {
            const back = await node.drives().bringBack(drive);
            if (json) output.json(back);
            else output.line(`/me/drives/${back.name}`);
          }),
        ),
    );
}

interface Yes {
  readonly yes?: boolean;
}

async function hold({ node, output, json }: NodeContext, text: string, content: HeldContent): Promise<void> {
  const drive = await node.drives().hold(text, content);
  if (json) return output.json(drive);
  const { name, missingBytes } = drive;
  if (content === "all") {
    output.line(
      missingBytes > 0 ? `${name}: ${sizeText(missingBytes)} are being fetched` : `${name}: all of it is here`,
    );
  } else {
    output.line(`${name}: names alone; what is opened is fetched`);
    output.note("what is here already stays here");
  }
}

async function remove({ node, output, json, face }: NodeContext, text: string, yes: boolean): Promise<void> {
  const drives = await node.drives().list();
  const drive = drives.find(({ name }) => name === text) ?? drives.find(({ id }) => id === text);
  if (drive !== undefined && !yes) await confirm(face, drive);
  // Of one that is not there it says so itself.
  await node.drives().remove(text);
  if (json) output.json({ id: drive?.id, name: drive?.name });
  else output.line(`${text} is put away on all your devices; \`glow drives restore ${text}\` brings it back`);
}

async function confirm({ terminal }: Face, { name, peers }: DriveInfo): Promise<void> {
  if (!terminal.isTyped || !terminal.showsTold) {
    throw misuse("say --yes: it goes from the lists of all your devices, and nothing in it is deleted", name);
  }
  const { confirm: askYesNo, isCancel } = await import("@clack/prompts");
  const where = peers.length === 0 ? "" : ` here and on ${countText(peers.length, "other device")}`;
  const message = `Put ${safeText(name)} away${where}? Nothing in it is deleted, and it can be brought back.`;
  const answer = await askYesNo({ message, initialValue: false });
  if (isCancel(answer) || !answer) throw interrupted();
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

function driveState(drive: DriveInfo): Cell {
  const { missingBlobs, missingBytes, unavailableBlobs, elsewhere, peers, readable, content } = drive;
  const here = peers.filter(({ connected }) => connected).length;
  const holders =
    peers.length === 0 ? "on this device alone" : `${countText(peers.length, "other device")}, ${here} connected`;
  if (unavailableBlobs > 0)
    return painted("yellow", `${holders}; ${sizeText(missingBytes)} missing that nobody connected has`);
  if (content === "names") return `${holders}; names alone, ${sizeText(missingBytes)} of content not here`;
  if (missingBlobs > 0) return painted("yellow", `${holders}; fetching ${sizeText(missingBytes)}`);
  if (!readable) return `${holders}; kept for others`;
  return peers.length === 0 || elsewhere ? holders : painted("yellow", `${holders}; not all of it is elsewhere yet`);
}

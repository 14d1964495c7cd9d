// `glow uploads`: files that were begun to be sent into drives and are not whole yet, and how they are given up.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import type { DrivesStub, PendingUpload } from "#interfaces/generated/drive.ts";
import { countText, durationText, sizeText } from "./amounts.ts";
import type { Face } from "./face.ts";
import { parseDrivePath } from "./name-path.ts";
import { type End, newCommand, nodeCommand, type NodeContext, withDefault, withNode } from "./node-command.ts";

export function uploadsCommand(face: Face, end: End): Command {
  return withDefault(
    newCommand(
      "uploads",
      "list files that are sent in parts and are not whole yet, and give them up",
      "uploads",
      "uploads discard films/long.mkv",
    ),
    nodeCommand("list", "list what has come of each, the last first", "uploads list --json")
      .addHelpText("after", "\nThe `glow put` that began one goes on with it; of those of a page, the page does.")
      .action(withNode(face, end, list)),
  ).addCommand(
    nodeCommand("discard", "drop what has come of one", "uploads discard films/long.mkv")
      .argument("<path>", "NAME/path of a drive, as it is listed")
      .action(withNode(face, end, (context, path: string) => discard(context, path))),
  );
}

async function list({ node, output, json }: NodeContext): Promise<void> {
  const found = await node.drives().uploads();
  if (json) return output.json(found);
  if (found.length === 0) return output.note("no upload is unfinished");
  output.table(
    found.map((upload) => {
      const { receivedBytes, sizeBytes, idleMs } = upload;
      return [`${sizeText(receivedBytes)} of ${sizeText(sizeBytes)}`, `${durationText(idleMs)} ago`, placeOf(upload)];
    }),
    [0, 1],
  );
}

async function discard({ node, output, json }: NodeContext, text: string): Promise<void> {
  const { node: via, drive, path } = parseDrivePath(text);
  const drives = via === undefined ? node.drives() : node.reach(via).drives();
  const found = (await drives.uploads()).filter(
    (each) => each.path === path && [each.drive, each.driveName].includes(drive),
  );
  if (found.length === 0) {
    const message = "no upload to this path is unfinished; `glow uploads` lists those that are";
    throw new GlowError("not-found", "uploads.discard", { target: text, message });
  }
  for (const upload of found) await discardOne(drives, upload);
  if (json) output.json(found);
  else output.line(`${text}: what had come of ${countText(found.length, "upload")} is gone`);
}

async function discardOne(drives: DrivesStub, { drive, path, sizeBytes, key }: PendingUpload): Promise<void> {
  using opened = drives.open(drive);
  using upload = opened.upload(path, sizeBytes, key);
  await upload.discard();
}

function placeOf({ driveName, path }: PendingUpload): string {
  return `${driveName}/${path}`;
}

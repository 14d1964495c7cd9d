// `glow trash`: what was removed, and how it comes back.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import type { DriveStub, RemovedFile } from "#interfaces/generated/drive.ts";
import { sizeText, timeText } from "./amounts.ts";
import { chosenDrives, openDrive, pagesOf } from "./drive-access.ts";
import type { Face } from "./face.ts";
import { parseDrivePath } from "./name-path.ts";
import { type End, newCommand, nodeCommand, type NodeContext, withDefault, withNode } from "./node-command.ts";
import { shortId } from "./version-choice.ts";

/** How many objects `Drive.bringBack` takes at once. */
const mostAtOnce = 1024;

export function trashCommand(face: Face, end: End): Command {
  return withDefault(
    newCommand("trash", "list what was removed, and bring it back", "trash", "trash restore notes old.md"),
    nodeCommand("list", "list what lies in the trash, the last first", "trash list notes")
      .argument("[drive]", "of this drive alone")
      .action(withNode(face, end, (context, drive?: string) => list(context, drive))),
  ).addCommand(
    nodeCommand("restore", "bring back to where it was", "trash restore notes old.md 2019")
      .argument("<drive>", "the drive")
      .argument("<names...>", "what lies in its trash, by name or by the beginning of its id")
      .action(withNode(face, end, (context, drive: string, names: string[]) => bringBack(context, drive, names))),
  );
}

async function list({ node, output, json }: NodeContext, drive: string | undefined): Promise<void> {
  const found: (RemovedFile & { readonly drive: string })[] = [];
  for (const { info, open } of await chosenDrives(node, drive)) {
    for await (const file of removedFrom(open)) found.push({ ...file, drive: info.name });
  }
  if (json) return output.json(found);
  if (found.length === 0) return output.note("nothing lies in the trash");
  output.table(
    found.map(({ object, removed, removedBy, sizeBytes, kind, drive: of, folder, name }) => {
      const where = folder === undefined || folder === "" ? of : `${of}/${folder}`;
      const size = kind === "folder" ? "-" : sizeText(sizeBytes);
      return [shortId(object), timeText(removed), removedBy, size, `${where}/${name}${kind === "folder" ? "/" : ""}`];
    }),
    [3],
  );
}

async function bringBack({ node, output, json }: NodeContext, drive: string, names: readonly string[]): Promise<void> {
  const open = await openDrive(node, parseDrivePath(drive));
  const removed = await Array.fromAsync(removedFrom(open));
  const objects = names.map((name) => matchRemoved(removed, name).object);
  const paths: string[] = [];
  for (let at = 0; at < objects.length; at += mostAtOnce) {
    paths.push(...(await open.bringBack(objects.slice(at, at + mostAtOnce))));
  }
  if (json) output.json(paths);
  else for (const path of paths) output.line(`${drive}/${path}`);
}

/** The last one of a name, or the one whose id begins so. */
function matchRemoved(removed: readonly RemovedFile[], text: string): RemovedFile {
  const named = removed.find(({ name, object }) => name === text || object === text);
  if (named !== undefined) return named;
  const [only, another] = removed.filter(({ object }) => object.startsWith(text));
  if (only !== undefined && another === undefined) return only;
  const message =
    only === undefined
      ? "nothing of this name or id lies in the trash; `glow trash` lists what does"
      : "several ids in the trash begin so; give more of it";
  throw new GlowError("not-found", "drive.bringBack", { target: text, message });
}

function removedFrom(drive: DriveStub): AsyncGenerator<RemovedFile> {
  return pagesOf(
    (after, limit) => drive.removed(after, limit),
    ({ object }) => object,
  );
}

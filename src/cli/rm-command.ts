// `glow rm`: to the trash, from where `glow trash restore` brings it back.

import type { Command } from "commander";
import type { DriveStub } from "#interfaces/generated/drive.ts";
import { countText } from "./amounts.ts";
import { type DrivePlace, openPlaces } from "./drive-access.ts";
import type { Face } from "./face.ts";
import { type End, misuse, nodeCommand, type NodeContext, withNode } from "./node-command.ts";

interface Options {
  readonly force?: boolean;
}

/** How many paths `Drive.remove` takes at once. */
const mostAtOnce = 1024;

export function rmCommand(face: Face, end: End): Command {
  return nodeCommand("rm", "move files and folders to the trash", "rm notes/old.md photos/2019")
    .argument("<paths...>", "NAME/path of a drive; folders go with all that is in them")
    .option("-f, --force", "say nothing of what is not there")
    .option("-r, --recursive", "goes without saying: what is in the trash can be brought back")
    .action(withNode(face, end, (context, paths: string[], options: Options) => remove(context, paths, options)));
}

async function remove(
  { node, output, json }: NodeContext,
  paths: readonly string[],
  { force }: Options,
): Promise<void> {
  const byDrive = new Map<DriveStub, DrivePlace[]>();
  for (const place of await openPlaces(node, paths)) {
    if (place.path === "") throw misuse("a drive itself cannot be removed; remove what is in it", place.drive);
    byDrive.set(place.open, [...(byDrive.get(place.open) ?? []), place]);
  }
  const removed: { drive: string; path: string; object: string }[] = [];
  for (const [open, places] of byDrive) {
    const there = force === true ? await thoseThere(open, places) : places;
    for (let at = 0; at < there.length; at += mostAtOnce) {
      const batch = there.slice(at, at + mostAtOnce);
      const objects = await open.remove(batch.map(({ path }) => path));
      for (const [index, { drive, path }] of batch.entries())
        removed.push({ drive, path, object: objects[index] ?? "" });
    }
  }
  if (json) output.json(removed);
  else if (removed.length > 0) {
    const [first] = removed;
    output.note(
      `${countText(removed.length, "item")} in the trash; \`glow trash restore ${first?.drive} NAME\` brings back`,
    );
  }
}

async function thoseThere(open: DriveStub, places: readonly DrivePlace[]): Promise<DrivePlace[]> {
  const found = await Promise.allSettled(places.map(({ path }) => open.stat(path)));
  return places.filter((_, index) => found[index]?.status === "fulfilled");
}

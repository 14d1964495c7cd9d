// `glow mv`: a move within a drive is one change of a name; to another drive it is a copy, and then the old goes to the
// trash.

import type { Command } from "commander";
import type { FileEntry } from "#interfaces/generated/drive.ts";
import { refuseLocal } from "./cp-command.ts";
import { openPlaces } from "./drive-access.ts";
import { copyBetween } from "./drive-copy.ts";
import { sameDrive, targetsFor } from "./drive-target.ts";
import type { Face } from "./face.ts";
import { type End, misuse, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { TransferProgress } from "./transfer-progress.ts";

interface Options {
  readonly force?: boolean;
}

export function mvCommand(face: Face, end: End): Command {
  return nodeCommand(
    "mv",
    "move or rename in a drive",
    "mv notes/todo.md notes/done.md",
    "mv photos/a.jpg photos/b.jpg photos/best/",
  )
    .argument("<paths...>", "sources, then the target: NAME/path of drives")
    .option("-f, --force", "replace what is there: it goes to the trash")
    .action(withNode(face, end, (context, paths: string[], options: Options) => move(context, paths, options)));
}

async function move(
  { node, output, json, face }: NodeContext,
  paths: readonly string[],
  options: Options,
): Promise<void> {
  refuseLocal(paths, "mv");
  const places = await openPlaces(node, paths);
  const [target, ...sources] = [places[places.length - 1], ...places.slice(0, -1)];
  if (target === undefined || sources.length === 0) throw misuse("give what is to be moved, and where to", "mv");
  for (const { path, drive } of sources) {
    if (path === "") throw misuse("a drive itself cannot be moved; rename it with `glow drives rename`", drive);
  }
  const { force = false } = options;
  const targets = await targetsFor(sources, target);
  const progress = new TransferProgress(face);
  const moved: (FileEntry & { readonly drive: string })[] = [];
  try {
    for (const [index, source] of sources.entries()) {
      const path = targets[index] ?? target.path;
      if (sameDrive(source, target)) {
        moved.push({ ...(await source.open.move(source.path, path, force)), drive: target.drive });
        continue;
      }
      const entry = await copyBetween(source, { ...target, path }, force, {
        moved: (bytes) => progress.advance(bytes),
        done: ({ name }) => progress.fileDone(name),
      });
      await source.open.remove([source.path]);
      moved.push({ ...entry, drive: target.drive });
    }
  } finally {
    progress.stop();
  }
  if (json) output.json(moved);
}

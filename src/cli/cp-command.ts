// `glow cp`: within a drive by name alone (no content is sent), between drives through this program.

import type { Command } from "commander";
import type { FileEntry } from "#interfaces/generated/drive.ts";
import { openPlaces } from "./drive-access.ts";
import { copyBetween } from "./drive-copy.ts";
import { sameDrive, targetsFor } from "./drive-target.ts";
import type { Face } from "./face.ts";
import { looksLocal } from "./name-path.ts";
import { type End, misuse, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { TransferProgress } from "./transfer-progress.ts";

interface Options {
  readonly force?: boolean;
}

export function cpCommand(face: Face, end: End): Command {
  return nodeCommand(
    "cp",
    "copy within and between drives",
    "cp photos/2026/june.jpg photos/best/",
    "cp photos/2026 backup/photos",
  )
    .argument("<paths...>", "sources, then the target: NAME/path of drives")
    .option("-f, --force", "replace what is there; the old goes to history or trash")
    .option("-r, --recursive", "goes without saying: folders are copied with all that is in them")
    .action(withNode(face, end, (context, paths: string[], options: Options) => copy(context, paths, options)));
}

async function copy(
  { node, output, json, face }: NodeContext,
  paths: readonly string[],
  options: Options,
): Promise<void> {
  refuseLocal(paths, "cp");
  const places = await openPlaces(node, paths);
  const [target, ...sources] = [places[places.length - 1], ...places.slice(0, -1)];
  if (target === undefined || sources.length === 0) throw misuse("give what is to be copied, and where to", "cp");
  const { force = false } = options;
  const targets = await targetsFor(sources, target);
  const progress = new TransferProgress(face);
  const copied: (FileEntry & { readonly drive: string })[] = [];
  try {
    for (const [index, source] of sources.entries()) {
      const path = targets[index] ?? target.path;
      const entry = sameDrive(source, target)
        ? await target.open.copy(source.path, path, force)
        : await copyBetween(source, { ...target, path }, force, {
            moved: (bytes) => progress.advance(bytes),
            done: ({ name }) => progress.fileDone(name),
          });
      copied.push({ ...entry, drive: target.drive });
    }
  } finally {
    progress.stop();
  }
  if (json) output.json(copied);
}

/** Of this machine's paths, `put` and `get` know. */
export function refuseLocal(paths: readonly string[], command: string): void {
  const [first, last] = [paths[0] ?? "", paths.at(-1) ?? ""];
  const message = (use: string): string =>
    `this is a path of this machine, and \`glow ${command}\` is for drives; use ${use}`;
  if (looksLocal(first) && paths.length > 1) throw misuse(message("`glow put LOCAL NAME/path`"), first);
  const local = paths.find((path) => looksLocal(path));
  if (local !== undefined) throw misuse(message("`glow get NAME/path LOCAL`"), local === first ? first : last);
}

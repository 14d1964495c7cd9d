// `glow bind`: a folder of this machine and one of a drive become the same, and stay so.

import type { Command } from "commander";
import { absolutePath } from "#platform/nodejs/transfer-files.ts";
import { GlowError } from "#base/errors.ts";
import { openDrive } from "./drive-access.ts";
import type { Face } from "./face.ts";
import { showFolder } from "./folders-command.ts";
import { parseDrivePath } from "./name-path.ts";
import { type End, misuse, nodeCommand, type NodeContext, withNode } from "./node-command.ts";

interface Options {
  readonly create?: boolean;
}

export function bindCommand(face: Face, end: End): Command {
  return nodeCommand(
    "bind",
    "keep a folder of this machine and one of a drive the same",
    "bind ~/Pictures photos",
    "bind . --create work/project",
  )
    .argument("<folder>", "of this machine; what is in it stays")
    .argument("<path>", "NAME/path of a drive; the folder is made if it is not there")
    .option("--create", "make the drive, too, if there is none of this name")
    .action(
      withNode(face, end, (context, folder: string, path: string, options: Options) =>
        bind(context, folder, path, options),
      ),
    );
}

async function bind(
  { node, output, json }: NodeContext,
  folder: string,
  text: string,
  { create }: Options,
): Promise<void> {
  const { node: via, drive, path } = parseDrivePath(text);
  if (via !== undefined) throw misuse("folders are bound to drives of this node; name it without /me/nodes", text);
  const local = absolutePath(folder);
  const folders = node.folders();
  const made = await openDrive(node, { drive }).then(
    () => undefined,
    async (thrown: unknown) => {
      if (create !== true || !(thrown instanceof GlowError) || thrown.kind !== "not-found") throw thrown;
      // Looked at first: no drive can be made to have never been.
      await folders.check(local);
      return (await node.drives().create(drive)).id;
    },
  );
  const bound = await folders.bind(local, drive, path).catch(async (thrown: unknown) => {
    if (made !== undefined) await node.drives().remove(made);
    throw thrown;
  });
  if (json) output.json(bound);
  else showFolder(output, bound);
}

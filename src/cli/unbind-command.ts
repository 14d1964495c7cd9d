// `glow unbind`: ends what `glow bind` began. Nothing is removed on either side.

import type { Command } from "commander";
import type { Face } from "./face.ts";
import { folderName } from "./folders-command.ts";
import { type End, nodeCommand, withNode } from "./node-command.ts";

export function unbindCommand(face: Face, end: End): Command {
  return nodeCommand("unbind", "end that a folder and one of a drive are kept the same", "unbind ~/Pictures")
    .argument("<folder>", "its path, or its number in `glow folders`")
    .action(
      withNode(face, end, async ({ node, output, json }, folder: string) => {
        const folders = node.folders();
        const name = await folderName(folders, folder);
        await folders.unbind(name);
        if (json) output.json({ folder: name });
        else output.line(`${folder} is an ordinary folder again; it and the drive stay as they are`);
      }),
    );
}

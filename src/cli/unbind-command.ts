// `glow unbind`: ends what `glow bind` began. Nothing is removed on either side, and nothing of the drive is lost with it.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import type { Face } from "./face.ts";
import { folderName } from "./folders-command.ts";
import { type End, nodeCommand, withNode } from "./node-command.ts";

interface UnbindOptions {
  readonly abandon?: boolean;
}

export function unbindCommand(face: Face, end: End): Command {
  return nodeCommand("unbind", "end that a folder and one of a drive are kept the same", "unbind ~/Pictures")
    .argument("<folder>", "its path, or its number in `glow folders`")
    .option(
      "--abandon",
      "do not copy what of the drive only its large files have: where no other device has it, it is lost",
    )
    .action(
      withNode(face, end, async ({ node, output, json }, folder: string, { abandon }: UnbindOptions) => {
        const folders = node.folders();
        const name = await folderName(folders, folder);
        await folders.unbind(name, abandon === true).catch((thrown: unknown) => {
          const error = GlowError.from(thrown, "folders.unbind");
          const isKeeping = error.op === "binding.end" && error.kind !== "cancelled";
          if (isKeeping) output.note("`glow unbind --abandon` gives that up: what no other device has is lost then");
          throw error;
        });
        if (json) output.json({ folder: name });
        else output.line(`${folder} is an ordinary folder again; it and the drive stay as they are`);
      }),
    );
}

// `glow mkdir`: new folders in drives.

import type { Command } from "commander";
import { openPlaces } from "./drive-access.ts";
import type { Face } from "./face.ts";
import { type End, nodeCommand, withNode } from "./node-command.ts";

export function mkdirCommand(face: Face, end: End): Command {
  return nodeCommand("mkdir", "make folders", "mkdir photos/2026", "mkdir -p notes/a/b/c")
    .argument("<paths...>", "NAME/path of a drive")
    .option("-p, --parents", "with those above; one that is there already will do")
    .action(
      withNode(
        face,
        end,
        async ({ node, output, json }, paths: string[], { parents = false }: { parents?: boolean }) => {
          const made = [];
          for (const { open, path, drive } of await openPlaces(node, paths)) {
            made.push({ ...(await open.makeFolder(path, parents)), drive });
          }
          if (json) output.json(made);
        },
      ),
    );
}

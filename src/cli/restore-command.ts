// `glow restore`: makes an earlier version the newest. Nothing is lost by it: the one that showed is history then.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import type { DriveStub, Version } from "#interfaces/generated/drive.ts";
import { timeText } from "./amounts.ts";
import { openPlace } from "./drive-access.ts";
import type { Face } from "./face.ts";
import { type End, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { matchVersion } from "./version-choice.ts";

export function restoreCommand(face: Face, end: End): Command {
  return nodeCommand(
    "restore",
    "make an earlier version of a file the newest",
    "restore notes/today.md",
    "restore notes/today.md 3f9a2c",
  )
    .argument("<path>", "NAME/path of a drive")
    .argument("[version]", "as `glow history` shows it, or its beginning; without it, the one before")
    .action(withNode(face, end, (context, path: string, version?: string) => restore(context, path, version)));
}

async function restore({ node, output, json }: NodeContext, text: string, wanted?: string): Promise<void> {
  const { open, path } = await openPlace(node, text);
  const version = wanted !== undefined ? await matchVersion(open, path, wanted) : await versionBefore(open, path);
  const entry = await open.restore(path, version.id);
  if (json) output.json(entry);
  else output.line(`${text} is as ${version.author} wrote it on ${timeText(version.written)}`);
}

async function versionBefore(drive: DriveStub, path: string): Promise<Version> {
  const [, before] = await drive.history(path, undefined, 2);
  if (before !== undefined) return before;
  throw new GlowError("not-found", "drive.restore", {
    target: path,
    message: "it has one version only: there is none before",
  });
}

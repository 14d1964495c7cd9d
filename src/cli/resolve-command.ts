// `glow resolve`: ends a conflict, here and thereby everywhere.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import type { DriveStub } from "#interfaces/generated/drive.ts";
import { timeText } from "./amounts.ts";
import { conflictsOf, type DriveConflict } from "./conflicts-command.ts";
import { openPlace } from "./drive-access.ts";
import type { Face } from "./face.ts";
import { type End, misuse, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { safeText } from "./safe-text.ts";
import { chooseVersion, shortId } from "./version-choice.ts";

/** Instead of a version, of what one has removed and another edited. */
const removedWord = "removed";

export function resolveCommand(face: Face, end: End): Command {
  return nodeCommand(
    "resolve",
    "end a conflict: say which version is kept",
    "resolve notes/today.md laptop",
    "resolve notes/today.md 3f9a2c",
  )
    .argument("<path>", "NAME/path of a drive, or NAME/ID of what lies in the trash")
    .argument("[version]", `by its id or its beginning, by the name of its author, or \`${removedWord}\``)
    .action(withNode(face, end, (context, path: string, version?: string) => resolve(context, path, version)));
}

async function resolve(context: NodeContext, text: string, wanted: string | undefined): Promise<void> {
  const { node, output, json } = context;
  const { open, drive, path } = await openPlace(node, text);
  const conflict = await findConflict(open, drive, path);
  const choice = wanted ?? (await ask(context, conflict, text));
  const staysRemoved = conflict.reason === "removed-and-edited" && choice === removedWord;
  const version = staysRemoved ? undefined : chooseVersion(conflict.versions, text, choice);
  await open.resolve(conflict.object, version?.id);
  if (json) output.json({ object: conflict.object, drive, path: conflict.path, version: version?.id });
  else if (version === undefined) output.line(`${text} stays removed`);
  else output.line(`${text} is as ${version.author} wrote it on ${timeText(version.written)}; the others are history`);
}

async function findConflict(open: DriveStub, drive: string, path: string): Promise<DriveConflict> {
  const all = await conflictsOf(open, drive);
  const found = all.find((each) => each.path === path) ?? all.find(({ object }) => object.startsWith(path));
  if (found !== undefined && path !== "") return found;
  throw new GlowError("not-found", "drive.resolve", {
    target: path,
    message: "it has no conflict; `glow conflicts` lists those there are",
  });
}

async function ask({ face }: NodeContext, { versions, reason }: DriveConflict, text: string): Promise<string> {
  if (!face.terminal.isTyped || !face.terminal.showsTold) {
    throw misuse("say which version is kept; `glow conflicts` lists them", text);
  }
  const { select, isCancel } = await import("@clack/prompts");
  const options = versions.map(({ id, author, written }) => ({
    value: id,
    label: safeText(`${shortId(id)}  ${timeText(written)}  ${author}`),
  }));
  if (reason === "removed-and-edited") options.push({ value: removedWord, label: "none: it stays removed" });
  const chosen = await select({ message: "Which one is kept?", options });
  if (isCancel(chosen)) throw new GlowError("cancelled", "command.stop", { message: "nothing was changed" });
  return chosen;
}

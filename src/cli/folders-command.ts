// `glow folders`: the folders of this machine that are bound, how they do, and what they ask of their owner.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import type { FolderInfo, FoldersStub } from "#interfaces/generated/folders.ts";
import { absolutePath } from "#platform/nodejs/transfer-files.ts";
import { countText, sizeText } from "./amounts.ts";
import type { Face } from "./face.ts";
import { type End, newCommand, nodeCommand, type NodeContext, withDefault, withNode } from "./node-command.ts";
import { type Cell, type Output, painted } from "./output.ts";

type Decision = "pause" | "resume" | "rebind" | "confirmEmpty";

export function foldersCommand(face: Face, end: End): Command {
  const group = newCommand(
    "folders",
    "list bound folders, pause and resume them, decide what they ask",
    "folders",
    "folders pause ~/Pictures",
  );
  withDefault(
    group,
    nodeCommand("list", "list the folders that are bound", "folders list --json").action(withNode(face, end, list)),
  );
  const add = (name: string, description: string, decision: Decision): void => {
    group.addCommand(
      nodeCommand(name, description, `folders ${name} ~/Pictures`)
        .argument("<folder>", "its path, or its number in the list")
        .action(withNode(face, end, (context, folder: string) => decide(context, folder, decision))),
    );
  };
  add("pause", "leave both sides as they are until it is resumed", "pause");
  add("resume", "go on with it", "resume");
  add("rebind", "another folder has come in its place: that is the one that is meant", "rebind");
  add("confirm-empty", "it is empty all of a sudden: that is meant, and empties the drive's folder", "confirmEmpty");
  return group;
}

/** As the node knows it: its number. `not-found` names those there are. */
export async function folderName(folders: FoldersStub, text: string): Promise<string> {
  const all = await folders.list();
  const path = absolutePath(text);
  const found = all.find((folder) => folder.path === path) ?? all.find(({ number }) => number.toString() === text);
  if (found !== undefined) return found.number.toString();
  const bound = all.length === 0 ? "none is" : `bound are ${all.map((folder) => folder.path).join(", ")}`;
  throw new GlowError("not-found", "folders.find", { target: path, message: `this folder is not bound; ${bound}` });
}

export function showFolder(output: Output, folder: FolderInfo): void {
  const { number, path, driveName, drivePath, error, problems, furtherProblems } = folder;
  const place = drivePath === undefined || drivePath === "" ? driveName : `${driveName}/${drivePath}`;
  output.line(`${number}  `, painted("bold", path), " = ", painted("blue", place), "  ", stateCell(folder));
  if (error !== undefined) output.line("   ", painted("red", error.message), cureText(error.cure));
  for (const { path: at, problem } of problems.slice(0, 10)) {
    output.line("   ", painted("yellow", `${at}: ${problem.message}`), cureText(problem.cure));
  }
  const hidden = Math.max(0, problems.length - 10) + furtherProblems;
  if (hidden > 0) output.line(`   and ${hidden} more; --json has them`);
}

export function cureText(cure: string | undefined): string {
  return cure === undefined ? "" : ` — ${cure}`;
}

async function list({ node, output, json }: NodeContext): Promise<void> {
  const folders = await node.folders().list();
  if (json) return output.json(folders);
  if (folders.length === 0) return output.note("no folder is bound; `glow bind FOLDER NAME` does it");
  for (const folder of folders) showFolder(output, folder);
}

async function decide({ node, output, json }: NodeContext, text: string, decision: Decision): Promise<void> {
  const folders = node.folders();
  const name = await folderName(folders, text);
  await folders[decision](name);
  const folder = (await folders.list()).find(({ number }) => number.toString() === name);
  if (json) output.json(folder ?? null);
  else if (folder !== undefined) showFolder(output, folder);
}

function stateCell({ state, intoDrive, intoFolder, problems, furtherProblems }: FolderInfo): Cell {
  const waiting = intoDrive.waitingFiles + intoFolder.waitingFiles;
  const bytes = intoDrive.waitingBytes + intoFolder.waitingBytes;
  if (state === "held" || state === "stopped") return painted("red", state);
  if (state === "idle") {
    const bad = problems.length + furtherProblems;
    return bad === 0
      ? painted("green", "up to date")
      : painted("yellow", `up to date, but for ${countText(bad, "problem")}`);
  }
  return waiting === 0 ? state : `${state}: ${countText(waiting, "file")}, ${sizeText(bytes)} to go`;
}

// `glow history`: the versions of a file, the newest first.

import { type Command, Option } from "commander";
import type { Version } from "#interfaces/generated/drive.ts";
import { sizeText, timeText } from "./amounts.ts";
import { wholeNumber } from "./cat-command.ts";
import { openPlace } from "./drive-access.ts";
import type { Face } from "./face.ts";
import { type End, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { type Cell, painted } from "./output.ts";
import { shortId, versionsOf } from "./version-choice.ts";

interface Options {
  readonly limit: number;
}

const usualLimit = 1000;

export function historyCommand(face: Face, end: End): Command {
  return nodeCommand("history", "list the versions of a file", "history notes/today.md")
    .argument("<path>", "NAME/path of a drive")
    .addOption(new Option("-n, --limit <count>", "so many, the newest").argParser(wholeNumber).default(usualLimit))
    .action(withNode(face, end, (context, path: string, options: Options) => history(context, path, options)));
}

async function history({ node, output, json }: NodeContext, text: string, { limit }: Options): Promise<void> {
  const { open, path } = await openPlace(node, text);
  const versions: Version[] = [];
  if (limit > 0) {
    for await (const version of versionsOf(open, path)) if (versions.push(version) === limit) break;
  }
  if (json) return output.json(versions);
  output.table(versionRows(versions), [2]);
}

export function versionRows(versions: readonly Version[]): Cell[][] {
  const heads = versions.filter(({ head }) => head).length;
  return versions.map(({ id, written, sizeBytes, target, author, head, elsewhere }, index) => {
    const shows = index === 0 ? painted("green", "shows") : head && heads > 1 ? painted("red", "conflict") : "";
    const size = target === undefined ? sizeText(sizeBytes) : `-> ${target}`;
    return [shortId(id), timeText(written), size, author, shows, elsewhere ? "" : painted("yellow", "only here yet")];
  });
}

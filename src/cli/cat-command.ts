// `glow cat`: the content of files, as it is; on a terminal without what would take the terminal over.

import { type Command, Option } from "commander";
import type { ByteStream } from "#firefly/runtime.ts";
import { openPlaces } from "./drive-access.ts";
import type { Face } from "./face.ts";
import { type End, misuse, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { safeLines } from "./safe-text.ts";
import { matchVersion } from "./version-choice.ts";

interface Options {
  readonly of?: string;
  readonly offset?: number;
  readonly length?: number;
  readonly raw?: boolean;
}

export function catCommand(face: Face, end: End): Command {
  return nodeCommand("cat", "print files", "cat notes/today.md", "cat --offset 1000000 --length 512 films/a.mp4 | xxd")
    .argument("<paths...>", "NAME/path of a drive")
    .addOption(new Option("--offset <bytes>", "from here on").argParser(wholeNumber))
    .addOption(new Option("--length <bytes>", "so much").argParser(wholeNumber))
    .option("--of <version>", "as it was in this version (`glow history`)")
    .option("--raw", "on a terminal, too, every byte as it is")
    .action(withNode(face, end, (context, paths: string[], options: Options) => print(context, paths, options)));
}

export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw misuse("it has to be a whole number", text);
}

async function print(context: NodeContext, paths: readonly string[], options: Options): Promise<void> {
  const { node, face } = context;
  for (const { open, path } of await openPlaces(node, paths)) {
    const version = options.of === undefined ? undefined : (await matchVersion(open, path, options.of)).id;
    const { bytes } = await open.read(path, options.offset, options.length, version);
    if (face.terminal.showsResults && options.raw !== true) await showText(face, bytes);
    else for await (const piece of bytes) await face.terminal.write(piece);
  }
}

async function showText({ terminal }: Face, bytes: ByteStream): Promise<void> {
  for await (const text of terminal.text(bytes)) terminal.drawResult(safeLines(text));
}

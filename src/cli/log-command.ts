// `glow log`: what the node tells of its work.

import { type Command, Option } from "commander";
import type { LogLevel, LogLine } from "#interfaces/generated/log.ts";
import { clockText } from "./amounts.ts";
import { wholeNumber } from "./cat-command.ts";
import type { Face } from "./face.ts";
import { type End, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { type Color, type Output, painted } from "./output.ts";

interface Options {
  readonly lines: number;
  readonly level?: LogLevel;
  readonly follow?: boolean;
}

const levels: readonly LogLevel[] = ["error", "warning", "info", "debug"];
const levelColors: Readonly<Record<LogLevel, Color>> = { error: "red", warning: "yellow", info: "green", debug: "dim" };
const usualLines = 50;
const mostLines = 1000;

export function logCommand(face: Face, end: End): Command {
  return nodeCommand("log", "print what the node tells of its work", "log", "log --follow --level warning")
    .option("-f, --follow", "go on with what comes, until Ctrl-C")
    .addOption(new Option("-n, --lines <count>", "so many of the last").argParser(wholeNumber).default(usualLines))
    .addOption(new Option("--level <level>", "this, and what is more serious").choices(levels))
    .action(withNode(face, end, (context, options: Options) => printLog(context, options)));
}

async function printLog({ node, output, json }: NodeContext, { lines, level, follow }: Options): Promise<void> {
  const log = node.log();
  // Asked for before the past is: nothing falls between the two.
  const coming = follow === true ? await log.follow(level) : undefined;
  const past = await log.recent(Math.min(lines, mostLines), level);
  for (const line of past) show(output, line, json);
  if (past.length === 0 && !json) output.note("nothing of this kind has been told since the node was started");
  if (coming === undefined) return;
  const seen = new Set(past.map((line) => keyOf(line)));
  for await (const line of coming) if (!seen.delete(keyOf(line))) show(output, line, json);
}

function keyOf({ at, source, text }: LogLine): string {
  return `${at.getTime()} ${source} ${text}`;
}

/** One JSON value for each line. */
function show(output: Output, line: LogLine, json: boolean): void {
  if (json) return output.json(line);
  const { at, level, source, text, fields, missed } = line;
  if (missed !== undefined && missed > 0) output.line(painted("dim", `… ${missed} lines were left out`));
  const details = [...fields].map(([name, value]) => ` ${name}=${value}`).join("");
  const head = [painted("dim", clockText(at)), " ", painted(levelColors[level], level.padEnd(7)), " "];
  output.line(...head, painted("bold", source), " ", text, painted("dim", details));
}

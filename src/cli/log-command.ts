// `glow log`: what the node tells of its work.

import { type Command, Option } from "commander";
import type { LogLevel, LogLine } from "#interfaces/generated/log.ts";
import { clockText } from "./amounts.ts";
import { wholeNumber } from "./cat-command.ts";
import { GlowError } from "#base/errors.ts";
import { idsIn, withNames } from "#base/named-ids.ts";
import type { NodeStub } from "#interfaces/generated/node.ts";
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
  const names = json ? undefined : new KnownNames(node);
  const tell = async (line: LogLine): Promise<void> => {
    if (names === undefined) output.json(line);
    else show(output, line, await names.of(line));
  };
  for (const line of past) await tell(line);
  if (past.length === 0 && !json) output.note("nothing of this kind has been told since the node was started");
  if (coming === undefined) return;
  const seen = new Set(past.map((line) => keyOf(line)));
  for await (const line of coming) if (!seen.delete(keyOf(line))) await tell(line);
}

/** What devices and drives are called, asked for when a line tells of one that is not known yet. */
class KnownNames {
  readonly #node: NodeStub;
  readonly #strangers = new Set<string>();
  #names: ReadonlyMap<string, string> = new Map();

  constructor(node: NodeStub) {
    this.#node = node;
  }

  async of({ text, fields }: LogLine): Promise<ReadonlyMap<string, string>> {
    const told = [text, ...fields.values()].flatMap((each) => idsIn(each));
    const isNew = told.filter((id) => !this.#names.has(id) && !this.#strangers.has(id));
    if (isNew.length === 0) return this.#names;
    this.#names = await this.#ask();
    for (const id of isNew) if (!this.#names.has(id)) this.#strangers.add(id);
    return this.#names;
  }

  async #ask(): Promise<ReadonlyMap<string, string>> {
    try {
      const [{ devices }, drives, removed] = await Promise.all([
        this.#node.user().info(),
        this.#node.drives().list(),
        this.#node.drives().removed(),
      ]);
      const ofDevices = devices.flatMap(({ id, node, name }) =>
        [id, ...(node === undefined ? [] : [node])].map((each) => [each, name] as const),
      );
      return new Map([...ofDevices, ...[...drives, ...removed].map(({ id, name }) => [id, name] as const)]);
    } catch (thrown) {
      // A node that has none, or keeps them to itself: the line counts.
      if (thrown instanceof GlowError && ["unavailable", "denied", "unsupported"].includes(thrown.kind))
        return this.#names;
      throw thrown;
    }
  }
}

function keyOf({ at, source, text }: LogLine): string {
  return `${at.getTime()} ${source} ${text}`;
}

function show(output: Output, line: LogLine, names: ReadonlyMap<string, string>): void {
  const { at, level, source, text, fields, missed } = line;
  if (missed !== undefined && missed > 0) output.line(painted("dim", `… ${missed} lines were left out`));
  const details = [...fields].map(([name, value]) => ` ${name}=${withNames(value, names)}`).join("");
  const head = [painted("dim", clockText(at)), " ", painted(levelColors[level], level.padEnd(7)), " "];
  output.line(...head, painted("bold", source), " ", withNames(text, names), painted("dim", details));
}

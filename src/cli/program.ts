// The program `glow`: finds the command that was typed, loads it alone, and runs it.

import { Command, CommanderError } from "commander";
import { GlowError } from "#base/errors.ts";
import manifest from "../../package.json" with { type: "json" };
import { catalogue, commandNames, findCommand } from "./catalogue.ts";
import { exitCodes, type Face, showError } from "./face.ts";
import { safeLines } from "./safe-text.ts";
import { typedTarget } from "./typed-target.ts";

/** Runs what was typed, and yields the number to end with. Throws only for defects. */
export async function run(face: Face): Promise<number> {
  let code: number = exitCodes.done;
  const end = (ending: number): void => {
    code = ending;
  };
  const { words } = face.terminal;
  try {
    // What completion scripts call: not for people, so not in the catalogue.
    if (words[0] === "complete") return await (await import("./completion.ts")).complete(face, words.slice(1));
    const program = await makeProgram(face, end);
    await program.parseAsync(words, { from: "user" });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.misused;
    if (!(thrown instanceof GlowError)) throw thrown;
    if (face.terminal.wasInterrupted || (thrown.kind === "cancelled" && thrown.op === "command.stop")) {
      face.terminal.tell("glow: stopped");
      return exitCodes.interrupted;
    }
    tell(face, thrown, wantsJson(face));
    return codeOf(thrown);
  }
}

async function makeProgram(face: Face, end: (code: number) => void): Promise<Command> {
  const program = new Command("glow")
    .description("one computer out of everything a person owns")
    .version(manifest.version, "-V, --version", "print the version of Glow")
    .usage("<command> [arguments]")
    .helpCommand(false)
    .helpOption("-h, --help", "print this, or the help of a command")
    .addHelpText(
      "after",
      "\n`glow <command> --help` says more, with examples. Names: NAME/path of a drive, /me, /me/nodes/NODE.",
    )
    .showSuggestionAfterError(false);
  const [first] = face.terminal.words;
  const chosen = first === undefined || first.startsWith("-") ? undefined : findCommand(first);
  if (chosen !== undefined) {
    program.addCommand((await chosen.load())(face, end));
  } else if (first !== undefined && !first.startsWith("-")) {
    throw unknownCommand(first);
  } else {
    for (const { title, commands } of catalogue) {
      program.commandsGroup(title);
      for (const { name, summary } of commands)
        program
          .command(name)
          .description(summary)
          .action(() => undefined);
    }
    program.action(() => program.help());
  }
  configure(program, face);
  return program;
}

/** Commands made elsewhere do not inherit these by themselves. */
function configure(command: Command, face: Face): void {
  const { terminal } = face;
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.tell(safeLines(text.trimEnd())),
      outputError: (text, write) => write(misuseText(text.replace(/^error: /, "").trimEnd(), wantsJson(face))),
      getOutHelpWidth: () => terminal.columns,
      getOutHasColors: () => false,
    })
    .configureHelp({
      ...command.configureHelp(),
      subcommandTerm: (inner) =>
        [inner.name(), inner.usage()].filter((each) => each !== "[options]" && each !== "").join(" "),
    })
    .showHelpAfterError(wantsJson(face) ? false : `Run \`${fullName(command)} --help\` for how it is used.`);
  for (const inner of command.commands) configure(inner, face);
}

function wantsJson({ terminal }: Face): boolean {
  return terminal.words.includes("--json");
}

/** What commander finds wrong, in the form of all errors. */
function misuseText(message: string, json: boolean): string {
  return json ? JSON.stringify({ error: { kind: "invalid", op: "usage.parse", message } }) : `glow: ${message}\n`;
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function tell({ terminal }: Face, error: GlowError, json: boolean): void {
  const { kind, op, target, message } = error;
  if (json) terminal.tell(JSON.stringify({ error: { kind, op, ...(target !== undefined && { target }), message } }));
  else terminal.tell(safeLines(showError(error, typedTarget(error, terminal.words))));
  if (json) return;
  if (kind === "unsupported" && op.startsWith("firefly.")) {
    terminal.tell("glow: the node that runs may be of another version than this command: stop it, and start it anew");
  } else if (kind === "disconnected" && op.startsWith("firefly.")) {
    terminal.tell(
      "glow: the node has gone, or the way to it; `glow status` says, and the same command can be run again",
    );
  }
}

function codeOf({ kind, op }: GlowError): number {
  if (op.startsWith("usage.")) return exitCodes.misused;
  const isMisused = op.startsWith("file.") && ["not-found", "invalid", "denied", "already-exists"].includes(kind);
  return isMisused ? exitCodes.misused : exitCodes.failed;
}

function unknownCommand(name: string): GlowError {
  const near = commandNames().filter((each) => distance(each, name) <= Math.max(1, Math.floor(each.length / 3)));
  const hint = near.length === 0 ? "" : ` (did you mean ${near.map((each) => `\`${each}\``).join(" or ")}?)`;
  return new GlowError("invalid", "usage.command", {
    target: name,
    message: `there is no such command${hint}; \`glow --help\` lists them`,
  });
}

/** Letters to add, leave out or change (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

// The program `glow`: one group of commands per file, put together here.

import { Command, CommanderError } from "commander";
import { GlowError } from "#base/errors.ts";
import { exitCodes, type Face, showError } from "./face.ts";
import { idlCommand } from "./idl-command.ts";
import { startCommand } from "./start-command.ts";
import { statusCommand } from "./status-command.ts";

/** Runs what was typed, and yields the number to end with. Throws only for defects. */
export async function run(face: Face): Promise<number> {
  let code: number = exitCodes.done;
  const end = (ending: number): void => {
    code = ending;
  };
  const program = new Command("glow")
    .description("one computer out of everything a person owns")
    .addCommand(startCommand(face, end))
    .addCommand(statusCommand(face, end))
    .addCommand(idlCommand(face, end))
    .helpCommand(false)
    .exitOverride();
  configure(program, face);
  try {
    await program.parseAsync(face.terminal.words, { from: "user" });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.misused;
    if (!(thrown instanceof GlowError)) throw thrown;
    face.terminal.tell(showError(thrown));
    return thrown.op.startsWith("file.") ? exitCodes.misused : exitCodes.failed;
  }
}

/** Commands made elsewhere do not inherit these by themselves. */
function configure(command: Command, face: Face): void {
  const { terminal } = face;
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.print(text.trimEnd()),
    writeErr: (text) => terminal.tell(text.trimEnd()),
    getOutHelpWidth: () => terminal.columns,
  });
  for (const inner of command.commands) configure(inner, face);
}

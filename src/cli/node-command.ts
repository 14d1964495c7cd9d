// What all commands share that ask the node of this machine: `--home` and `--json`, an example in their help, a connection
// that is there while they run, and Ctrl-C.

import { Command, Help } from "commander";
import { assert, GlowError } from "#base/errors.ts";
import type { NodeStub } from "#interfaces/generated/node.ts";
import { Connection } from "./connection.ts";
import { exitCodes, type Face } from "./face.ts";
import { Output } from "./output.ts";

/** Takes the number to end with. */
export type End = (code: number) => void;

export interface NodeContext {
  readonly face: Face;
  readonly output: Output;
  readonly node: NodeStub;
  readonly connection: Connection;
  /** The result is wanted as JSON. */
  readonly json: boolean;
  /**
   * Aborts at Ctrl-C, which from then on ends nothing by itself: for what the node has to end well, and to say what has become
   * of it. A second Ctrl-C ends the program at once, and with it the call.
   */
  heedInterruption(): AbortSignal;
}

/** A node on this machine answers in less than a millisecond. */
const answerMs = 10_000;

interface SharedOptions {
  readonly home?: string;
  readonly json?: boolean;
}

/** The examples are what is typed behind `glow`. */
export function newCommand(name: string, description: string, ...examples: readonly string[]): Command {
  const lines = examples.map((example) => `\n  $ glow ${example}`).join("");
  return new Command(name)
    .description(description)
    .helpCommand(false)
    .addHelpText("after", `\nExample${examples.length === 1 ? "" : "s"}:${lines}`);
}

/** Makes a command that a group runs if none of its own is typed: the help of the group tells of its options, too. */
export function withDefault(group: Command, inner: Command): Command {
  const help = new Help();
  return group.addCommand(inner, { isDefault: true }).configureHelp({
    visibleOptions: (asked) => help.visibleOptions(asked === group ? inner : asked),
    visibleArguments: (asked) => help.visibleArguments(asked === group ? inner : asked),
  });
}

/** With the options of all commands that ask a node. */
export function nodeCommand(name: string, description: string, ...examples: readonly string[]): Command {
  return newCommand(name, description, ...examples)
    .option("--home <folder>", "the home of the node to ask (also GLOW_HOME)")
    .option("--json", "print the result as JSON");
}

/**
 * An action of a command: `body` gets what was typed, as commander gives it, behind what it works with. It may yield another
 * number to end with than `exitCodes.done`. Ctrl-C fails whatever it waits for with `cancelled`.
 */
export function withNode<Typed extends readonly unknown[]>(
  face: Face,
  end: End,
  body: (context: NodeContext, ...typed: Typed) => Promise<number | void>,
): (...typed: Typed) => Promise<void> {
  return async (...typed) => {
    // Behind what a body names commander gives the options and, last, the command: it does no harm to a body.
    const command = typed.at(-1);
    assert(command instanceof Command, "commander gives the command last");
    const { home, json = false } = command.optsWithGlobals<SharedOptions>();
    using connection = await Connection.open(face, home);
    const stop = (): void => connection.close(interrupted());
    face.terminal.interruption.addEventListener("abort", stop, { once: true });
    tellIfSilent(face, connection.node);
    const heedInterruption = (): AbortSignal => {
      const { interruption } = face.terminal;
      if (!interruption.aborted) interruption.removeEventListener("abort", stop);
      return interruption;
    };
    const output = new Output(face.terminal);
    const context = { face, output, node: connection.node, connection, json, heedInterruption };
    end((await body(context, ...typed)) ?? exitCodes.done);
  };
}

/** A node that is busy for so long, or hangs, is waited for all the same; but whoever waits should know. */
function tellIfSilent({ terminal }: Face, node: NodeStub): void {
  void node.ping(new Uint8Array(0), { deadlineMs: answerMs }).catch((thrown: unknown) => {
    if (!(thrown instanceof GlowError) || thrown.kind !== "deadline") return;
    terminal.tell(
      `glow: the node has not answered for ${answerMs / 1000} s; Ctrl-C ends the wait, \`glow doctor\` looks at it`,
    );
  });
}

export function interrupted(): GlowError {
  return new GlowError("cancelled", "command.stop", { message: "stopped" });
}

/** A mistake in what was typed. */
export function misuse(message: string, target?: string): GlowError {
  return new GlowError("invalid", "usage.check", { target, message });
}

// `glow join`: this machine becomes a device of whoever gave the code. Where no node runs yet one is started.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import type { NearbyNode } from "#interfaces/generated/user.ts";
import { launchDaemon } from "#platform/nodejs/daemon-door.ts";
import { homeFolder } from "#platform/nodejs/home.ts";
import { Connection } from "./connection.ts";
import { exitCodes, type Face } from "./face.ts";
import { type End, interrupted, misuse, nodeCommand } from "./node-command.ts";
import { Output } from "./output.ts";
import { pause } from "./pause.ts";
import { safeText } from "./safe-text.ts";

interface Options {
  readonly home?: string;
  readonly json?: boolean;
  readonly relay?: boolean;
}

/** A node takes a second or two to start; on a small machine that is busy, many more. */
const startMs = 60_000;
const startPollMs = 100;

export function joinCommand(face: Face, end: End): Command {
  return nodeCommand("join", "make this machine a device of whoever gave the code", "join GLOW-CODE", "join")
    .argument(
      "[code]",
      "from `glow invite` on a device of yours, or a link with it; without one, devices nearby are shown",
    )
    .option("--relay", "hold nothing here: only carry what your other devices send each other (setting content)")
    .action(async (code: string | undefined, options: Options) => {
      using connection = await openOrStart(face, options.home);
      const stop = (): void => connection.close(interrupted());
      face.terminal.interruption.addEventListener("abort", stop, { once: true });
      await join(face, connection, code === undefined ? undefined : codeIn(code), options);
      end(exitCodes.done);
    });
}

async function join(
  face: Face,
  { node }: Connection,
  given: string | undefined,
  { json = false, relay = false }: Options,
): Promise<void> {
  const output = new Output(face.terminal);
  const user = node.user();
  const code = given ?? (await askForCode(face, output, await user.neighbours()));
  if (relay) await node.settings().set({ content: "nothing" });
  const joined = await user.join(code);
  if (json) return output.json(joined);
  const self = joined.devices.find(({ isThis }) => isThis);
  output.line(`this machine is ${self?.name ?? "a device"} of ${joined.name ?? "its user"} now, beside:`);
  for (const { name, isThis, revoked } of joined.devices) if (!isThis && !revoked) output.line(`  ${name}`);
  if (relay) output.note("It holds nothing: it carries what they send each other.");
}

/** The code in a link, or what was given as it is: a mistyped one the node tells. */
function codeIn(text: string): string {
  const [, inLink] = /#(?:.*&)?join=([^&]+)/.exec(text) ?? [];
  try {
    return inLink === undefined ? text.trim() : decodeURIComponent(inLink);
  } catch {
    throw misuse("this link is cut off or mistyped", text);
  }
}

/** Says what to do on which device, and takes the code where somebody can type it. */
async function askForCode(face: Face, output: Output, neighbours: readonly NearbyNode[]): Promise<string> {
  const { terminal } = face;
  const names = neighbours.map(({ name, node }) => name ?? node.slice(0, 12));
  const near =
    names.length === 0
      ? "No Glow is found on this network; one elsewhere can invite, too."
      : `Glow runs nearby on: ${names.join(", ")}.`;
  if (!terminal.isTyped || !terminal.showsTold) {
    throw misuse(`give a code: \`glow invite\` on a device of yours prints one. ${near}`, "join");
  }
  const { isCancel, select, text } = await import("@clack/prompts");
  if (names.length > 1) {
    const options = names.map((name) => ({ value: name, label: safeText(name) }));
    const chosen = await select({ message: "Which of these is yours?", options });
    if (isCancel(chosen)) throw interrupted();
    output.note(`On ${chosen}, type \`glow invite\` (or open its page, Devices, Invite).`);
  } else {
    output.note(
      `${near}\nOn ${names[0] ?? "a device of yours"}, type \`glow invite\` (or open its page, Devices, Invite).`,
    );
  }
  const code = await text({ message: "The code it prints:" });
  if (isCancel(code)) throw interrupted();
  return codeIn(code);
}

async function openOrStart(face: Face, home: string | undefined): Promise<Connection> {
  try {
    return await Connection.open(face, home);
  } catch (thrown) {
    if (!(thrown instanceof GlowError) || thrown.kind !== "unavailable") throw thrown;
  }
  face.terminal.tell("glow: no node runs here yet: starting one, which goes on running (`glow stop` ends it)");
  const ended = launchDaemon(["start", "--no-user", "--home", homeFolder(home), "--json"]);
  let exitCode: number | undefined;
  void ended.then((code) => (exitCode = code));
  const untilMs = face.clock.monotonicMs() + startMs;
  for (;;) {
    try {
      return await Connection.open(face, home);
    } catch (thrown) {
      if (exitCode !== undefined) throw notStarted(`it ended with code ${exitCode}`);
      if (face.clock.monotonicMs() > untilMs) throw thrown;
    }
    await pause(face, startPollMs);
  }
}

function notStarted(why: string): GlowError {
  const message = `the node could not be started: ${why}; \`glow start\` says why`;
  return new GlowError("unavailable", "node.launch", { message });
}

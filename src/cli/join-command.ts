// `glow join`: this machine becomes a device of whoever gave the code. Where no node runs yet one is started.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import { readInvitation } from "#identity/invitation/invitation-code.ts";
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
/** Of what was given in place of a code. */
const shownLength = 40;
const howToInvite =
  "type `glow invite` on a device of yours that runs Glow (or open its page: Devices, Add a device), and here `glow join` with the code that it prints";

export function joinCommand(face: Face, end: End): Command {
  return nodeCommand("join", "make this machine a device of whoever gave the code", "join GLOW-CODE", "join")
    .argument(
      "[code]",
      "from `glow invite` on a device of yours, or a link with it; without one, devices nearby are shown",
    )
    .option("--relay", "hold nothing here: only carry what your other devices send each other (setting content)")
    .action(async (text: string | undefined, options: Options) => {
      const { terminal } = face;
      // A node is started for a code alone, or for somebody who can type one.
      const code = text === undefined ? undefined : await codeIn(face, text);
      const mayStart = code !== undefined || (terminal.isTyped && terminal.showsTold);
      const { connection, isStarted } = await openOrStart(face, options.home, mayStart);
      using _open = connection;
      const stop = (): void => connection.close(interrupted());
      terminal.interruption.addEventListener("abort", stop, { once: true });
      try {
        await join(face, connection, code, options);
      } catch (thrown) {
        if (isStarted) await stopAgain(face, options.home);
        throw thrown;
      }
      end(exitCodes.done);
    });
}

/** A node that was started to join, and did not, is of no use. */
async function stopAgain(face: Face, home: string | undefined): Promise<void> {
  try {
    using connection = await Connection.open(face, home);
    await connection.node.stop();
    face.terminal.tell("glow: the node that was started for this is stopped again");
  } catch (thrown) {
    // It may have gone by itself; what is told is why it did not join.
    if (!(thrown instanceof GlowError)) throw thrown;
  }
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

/** The code in a link, or the text itself. `invalid` for what is none, whether a node runs or not. */
async function codeIn(face: Face, text: string): Promise<string> {
  const [, inLink = text] = /#(?:.*&)?join=([^&]+)/.exec(text) ?? [];
  const crypto = await face.crypto();
  try {
    const code = decodeURIComponent(inLink).trim();
    readInvitation(crypto, code);
    return code;
  } catch (thrown) {
    if (thrown instanceof GlowError && thrown.kind === "unsupported") throw thrown;
    const why = thrown instanceof GlowError ? thrown.message : "this link is cut off or mistyped";
    const shown = text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
    throw misuse(`${why}; ${howToInvite}`, shown);
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
    throw withoutCode(near);
  }
  const { isCancel, select, text } = await import("@clack/prompts");
  const invites = "type `glow invite` (or open its page: Devices, Add a device).";
  if (names.length > 1) {
    const options = names.map((name) => ({ value: name, label: safeText(name) }));
    const chosen = await select({ message: "Which of these is yours?", options });
    if (isCancel(chosen)) throw interrupted();
    output.note(`On ${chosen}, ${invites}`);
  } else {
    output.note(`${near}\nOn ${names[0] ?? "a device of yours"}, ${invites}`);
  }
  const code = await text({ message: "The code it prints:" });
  if (isCancel(code)) throw interrupted();
  return codeIn(face, code);
}

function withoutCode(near = ""): GlowError {
  return misuse(`a code is missing: ${howToInvite}.${near === "" ? "" : ` ${near}`}`, "join");
}

interface Opened {
  readonly connection: Connection;
  /** For this: none ran before. */
  readonly isStarted: boolean;
}

async function openOrStart(face: Face, home: string | undefined, mayStart: boolean): Promise<Opened> {
  try {
    return { connection: await Connection.open(face, home), isStarted: false };
  } catch (thrown) {
    if (!(thrown instanceof GlowError) || thrown.kind !== "unavailable") throw thrown;
  }
  if (!mayStart) throw withoutCode();
  face.terminal.tell("glow: no node runs here yet: starting one, which goes on running (`glow stop` ends it)");
  const ended = launchDaemon(["start", "--no-user", "--home", homeFolder(home), "--json"]);
  let exitCode: number | undefined;
  void ended.then((code) => (exitCode = code));
  const untilMs = face.clock.monotonicMs() + startMs;
  for (;;) {
    try {
      return { connection: await Connection.open(face, home), isStarted: true };
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

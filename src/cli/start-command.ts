// `glow start`: the one command that is a node rather than asks one.

import { Command, Option } from "commander";
import { GlowError } from "#base/errors.ts";
import type { Address } from "#glow";
import type { LogLevel, LogLine } from "#interfaces/generated/log.ts";
import type { PageLink } from "#interfaces/generated/pages.ts";
import { Daemon } from "#node/daemon.ts";
import { servePage } from "#node/page-host.ts";
import { homeFolder, nodeAddress, personName } from "#platform/nodejs/home.ts";
import manifest from "../../package.json" with { type: "json" };
import { exitCodes, type Face } from "./face.ts";
import { Output } from "./output.ts";
import { farLink } from "./page-link.ts";
import { printQr } from "./qr-code.ts";

interface Options {
  readonly home?: string;
  readonly json?: boolean;
  readonly user?: string | false;
  readonly listen?: readonly string[];
  readonly discovery: boolean;
  readonly log: LogLevel;
  readonly qr?: boolean;
}

/** How long the code holds that is printed at the start, unless the node is stopped before. */
const invitationSeconds = 24 * 3600;
/** How long a browser is let in that has opened the page by the link that is printed at the start. */
const pageSeconds = 365 * 24 * 3600;
const levels: readonly LogLevel[] = ["error", "warning", "info", "debug"];

export function startCommand(face: Face, end: (code: number) => void): Command {
  return new Command("start")
    .description("run a node on this machine until it is stopped")
    .option("--home <folder>", "where the node keeps what is its own (also GLOW_HOME)")
    .option("--user <name>", "what to call its user, if it makes one: at the first start")
    .option("--no-user", "make none: it waits for `glow join`")
    .option("--listen <address...>", "where to listen this time, in place of the settings: tcp://0.0.0.0:7400")
    .option("--no-discovery", "neither look for neighbours on the local network nor be found there, this time")
    .addOption(new Option("--log <level>", "what is told here of its work").choices(levels).default("warning"))
    .option("--qr", "with QR codes, wherever it is printed to")
    .option("--no-qr", "without QR codes")
    .option("--json", "say as JSON, in one line, where it listens, and print no codes: for programs")
    .addHelpText("after", "\nExamples:\n  $ glow start\n  $ glow start --home ~/glow-two --log info")
    .action(async (options: Options) => {
      await start(face, options);
      end(exitCodes.done);
    });
}

async function start({ terminal }: Face, options: Options): Promise<void> {
  const { json = false, user, listen, discovery, log, qr } = options;
  const output = new Output(terminal);
  const home = homeFolder(options.home);
  // Who wants it to stop while it is still starting is heard too.
  const stopped = terminal.stopped();
  const daemon = await Daemon.start({
    home,
    version: manifest.version,
    ...(user !== false && { firstUser: user ?? personName() }),
    ...(listen !== undefined && { listen: listen as readonly Address[] }),
    ...(!discovery && { discovery }),
    servePage: (started) => servePage(started, { home }),
    told: (line) => {
      if (levels.indexOf(line.level) <= levels.indexOf(log)) output.note(sentence(line));
    },
  });
  const { name, version, id } = daemon.whole().info();
  let invitation: string | undefined;
  let pageLink: PageLink | undefined;
  if (json) {
    terminal.print(JSON.stringify({ name, version, home, address: nodeAddress(home), id }));
  } else {
    const printed: Printed = { output, qr: (text, caption) => printQr(terminal, text, qr, caption) };
    output.line(`Glow ${version}: node ${name} is running; its home is ${home}`);
    pageLink = await linkPage(daemon, printed);
    invitation = await invite(daemon, printed);
    output.line("`glow status` asks it how it is (`npm run glow -- status` in a checkout). Ctrl-C stops it.");
  }
  await Promise.race([stopped, daemon.stopRequested]);
  try {
    if (pageLink !== undefined) await unlinkPage(daemon, pageLink);
    if (invitation !== undefined) await takeBack(daemon, invitation);
  } catch (thrown) {
    // They end by themselves, too, when their time is over.
    if (GlowError.from(thrown, "node.stop").kind === "internal") throw thrown;
  }
  const isClean = await daemon.stop();
  if (!json) output.line("stopped");
  // What did not end would keep the process.
  if (!isClean) terminal.quit(exitCodes.failed);
}

/** What is printed at the start, and how a QR code is. */
interface Printed {
  readonly output: Output;
  readonly qr: (text: string, caption: string) => Promise<void>;
}

/** A link to the page for one browser, which may do all. Unused, it holds until the node is stopped. */
async function linkPage(daemon: Daemon, { output, qr }: Printed): Promise<PageLink | undefined> {
  const node = daemon.whole();
  try {
    const link = await node.pages().link(node.info().rights, pageSeconds);
    output.line("Its page opens with this link, once:");
    output.line();
    output.line(`  ${link.url}`);
    output.line();
    const { network } = await node.pages().info();
    const far = farLink(link.url, network);
    if (far !== undefined) {
      // Of the link itself a QR code is of no use: no camera is on the machine that the link is for.
      output.line("or, in its place, on another device of this network with this one:");
      output.line();
      output.line(`  ${far}`);
      output.line();
      await qr(far, "That link, for the camera of the other device:");
    }
    return link;
  } catch (error) {
    // It serves none, as the log says, or belongs to nobody yet.
    if (GlowError.from(error, "pages.link").kind === "internal") throw error;
    return undefined;
  }
}

/** If nobody has opened it. */
async function unlinkPage(daemon: Daemon, { expiresAt }: PageLink): Promise<void> {
  const pages = daemon.whole().pages();
  const unused = (await pages.visitors()).filter(({ opened }) => !opened);
  const own = unused.find((visitor) => visitor.expiresAt.getTime() === expiresAt.getTime());
  if (own !== undefined) await pages.dismiss(own.id);
}

/** A code for the next device, which holds until the node is stopped. Gives its id. */
async function invite(daemon: Daemon, { output, qr }: Printed): Promise<string | undefined> {
  const user = daemon.whole().user();
  const { name } = await user.info();
  if (name === undefined) {
    output.line(
      "It belongs to nobody yet: type `glow join CODE` with a code that `glow invite` prints on another machine.",
    );
    return undefined;
  }
  try {
    const { id, code } = await user.invite("device", invitationSeconds);
    output.line(`It is a device of ${name}. To add another machine, type this there while this node runs:`);
    output.line();
    output.line(`  glow join ${code}`);
    output.line();
    await qr(code, "That code, for a camera:");
    return id;
  } catch (error) {
    // A device that may not invite, or not now, is as good as any in all else.
    if (GlowError.from(error, "user.invite").kind === "internal") throw error;
    return undefined;
  }
}

/** It may be used by now, or gone with the user that it was for. */
async function takeBack(daemon: Daemon, invitation: string): Promise<void> {
  try {
    await daemon.whole().user().cancelInvitation(invitation);
  } catch (error) {
    if (GlowError.from(error, "user.cancel").kind === "internal") throw error;
  }
}

function sentence({ at, level, source, text, fields }: LogLine): string {
  const details = [...fields].map(([name, value]) => ` ${name}=${/\s/.test(value) ? JSON.stringify(value) : value}`);
  return `${at.toISOString()} ${level.padEnd(7)} ${source}: ${text}${details.join("")}`;
}

// `glow service`: a node that systemd starts with the user's other services, and again should it fail.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import { daemonProcess, isRunning, thisProgram } from "#platform/nodejs/daemon-door.ts";
import { homeFolder } from "#platform/nodejs/home.ts";
import { fitsUnit, unitText } from "#platform/nodejs/service-unit.ts";
import { lingers, type ServiceState, SystemdService } from "#platform/nodejs/systemd-service.ts";
import { Connection } from "./connection.ts";
import { exitCodes, type Face } from "./face.ts";
import { type End, misuse, newCommand } from "./node-command.ts";
import { type Cell, Output, painted } from "./output.ts";
import { pause } from "./pause.ts";

interface Options {
  readonly home?: string;
  readonly json?: boolean;
}

interface Context {
  readonly face: Face;
  readonly output: Output;
  readonly home: string;
  readonly service: SystemdService;
  readonly json: boolean;
}

/** As `service` prints it as JSON. */
interface Report extends Partial<ServiceState> {
  readonly installed: boolean;
  readonly unit: string;
  readonly home: string;
  readonly command: readonly string[];
  /** The unit is the one that this version of Glow would install from where it is now. */
  readonly current: boolean;
  /** Left out where nobody says. */
  readonly lingers?: boolean;
}

/** A node with much to look through takes a while to answer. */
const startMs = 60_000;
const pollMs = 100;

export function serviceCommand(face: Face, end: End): Command {
  const add = (name: string, description: string, run: (context: Context) => Promise<number>): Command =>
    newCommand(name, description, `service ${name}`, `service ${name} --home ~/glow-two`)
      .option("--home <folder>", "the home of the node (also GLOW_HOME)")
      .option("--json", "print the result as JSON")
      .action(async (options: Options) => end(await run(contextOf(face, options))));
  return newCommand(
    "service",
    "have systemd run the node of this machine, from your login on",
    "service install",
    "service status",
    "service remove",
  )
    .addCommand(add("install", "make a unit of systemd, and start it; again, to make it anew", install))
    .addCommand(add("remove", "stop it, and take the unit away; the home stays as it is", remove))
    .addCommand(add("status", "say whether there is one, and how it does", status));
}

function contextOf(face: Face, { home: asked, json = false }: Options): Context {
  const home = homeFolder(asked);
  return { face, output: new Output(face.terminal), home, service: new SystemdService(home), json };
}

/** What systemd is to run. Nothing that it prints is a secret: it all goes to the journal. */
function commandFor(home: string): string[] {
  return thisProgram(["start", "--json", "--home", home]);
}

async function install(context: Context): Promise<number> {
  const { face, output, home, service, json } = context;
  const command = commandFor(home);
  const unfit = command.find((word) => !fitsUnit(word));
  if (unfit !== undefined) throw misuse("a unit of systemd can name no path with control characters", unfit);
  if (command.some((word) => /[\\/]_npx[\\/]/.test(word))) {
    throw misuse("it was run by npx, whose packages go away; install it first: npm install --global glow");
  }
  const before = await managedState(context);
  await checkFree(context, before);
  await service.install(unitText({ command, home }));
  if (!json) face.terminal.tell(`glow: ${service.name} is installed, and starting`);
  await answers(context);
  const report = await reportOf(context);
  if (json) output.json(report);
  else show(output, report);
  return exitCodes.done;
}

async function remove(context: Context): Promise<number> {
  const { output, service, json } = context;
  await managedState(context);
  if ((await service.unit()) === undefined) {
    throw new GlowError("not-found", "service.remove", {
      target: service.path,
      message: "no service is installed for this home; `glow service status` says for which it looked",
    });
  }
  await service.remove();
  if (json) output.json({ installed: false, unit: service.path, home: context.home });
  else output.line(`${service.name} is removed; its node is stopped, and its home stays as it is`);
  return exitCodes.done;
}

async function status(context: Context): Promise<number> {
  const { output, json } = context;
  const report = await reportOf(context);
  if (json) output.json(report);
  else show(output, report);
  return report.active === "active" ? exitCodes.done : exitCodes.failed;
}

/** Where there is no systemd, what to do instead is to have something else run the same command. */
async function managedState({ home, service }: Context): Promise<ServiceState> {
  try {
    return await service.state();
  } catch (thrown) {
    if (!(thrown instanceof GlowError) || thrown.kind !== "unsupported") throw thrown;
    const line = commandFor(home)
      .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
      .join(" ");
    const isAbsent = thrown.target === "systemctl";
    const message = `${isAbsent ? "there is no systemd on this system" : "no systemd answers for your user here"}, so Glow cannot be its service: \
${isAbsent ? "" : "log in as yourself (not by su or sudo) where there is one, or "}type \`glow start\`, or have whatever starts programs here \
(cron's @reboot, init, a container's command) run this as your user:\n  ${line}`;
    throw new GlowError("unsupported", "service.manager", { message, cause: thrown });
  }
}

/** Two nodes cannot have one home: the service would only fail. */
async function checkFree({ face, home }: Context, { pid: own }: ServiceState): Promise<void> {
  const pid = daemonProcess(home);
  if (pid === undefined || pid === own || !isRunning(pid) || !(await isAnswering(face, home))) return;
  const message = `a node runs in this home already (process ${pid}): stop it first (\`glow stop\`), and run this again`;
  throw new GlowError("already-exists", "service.install", { target: home, message });
}

/** Resolves when the node answers; fails as soon as systemd says that it has failed. */
async function answers({ face, home, service }: Context): Promise<void> {
  const untilMs = face.clock.monotonicMs() + startMs;
  for (;;) {
    const { active, pid } = await service.state();
    if (active === "active" && pid !== undefined && pid === daemonProcess(home) && (await isAnswering(face, home)))
      return;
    const isLate = face.clock.monotonicMs() > untilMs;
    if (active === "failed" || isLate) {
      const why = isLate ? `it has not answered within ${startMs / 1000} s` : "it has failed";
      const message = `${why}; \`journalctl --user --unit ${service.name}\` and \`glow log\` say more`;
      throw new GlowError("unavailable", "service.start", { target: service.name, message });
    }
    await pause(face, pollMs);
  }
}

async function isAnswering(face: Face, home: string): Promise<boolean> {
  try {
    using connection = await Connection.open(face, home);
    await connection.node.ping(new Uint8Array(0));
    return true;
  } catch (thrown) {
    if (thrown instanceof GlowError) return false;
    throw thrown;
  }
}

async function reportOf(context: Context): Promise<Report> {
  const { home, service } = context;
  const state = await managedState(context);
  const command = commandFor(home);
  const unit = await service.unit();
  const lingering = await lingers();
  return {
    installed: unit !== undefined,
    current: unit === unitText({ command, home }),
    unit: service.path,
    home,
    command,
    ...(unit !== undefined && state),
    ...(lingering !== undefined && { lingers: lingering }),
  };
}

function show(output: Output, report: Report): void {
  const { installed, active = "", enabled, pid, result, unit, home, current, lingers: isLingering } = report;
  if (!installed)
    return output.note(`no service is installed for ${home}; \`glow service install\` makes one (${unit})`);
  const isWell = active === "active";
  const why = result === undefined || result === "success" ? "" : ` (${result})`;
  const rows: Cell[][] = [
    [painted("bold", "service"), painted(isWell ? "green" : "red", active + why)],
    [painted("bold", "starts"), enabled === "enabled" ? "with your login, and now" : `not by itself (${enabled})`],
    [painted("bold", "process"), pid === undefined ? "none" : String(pid)],
    [painted("bold", "home"), home],
    [painted("bold", "unit"), unit],
  ];
  output.table(rows);
  if (!current)
    output.note("\nThe unit is of another version, or place, of Glow: `glow service install` makes it anew.");
  if (isLingering !== true) {
    output.note(
      "\nIt runs while you are logged in. To have it run from the start of the machine on: loginctl enable-linger",
    );
  }
}

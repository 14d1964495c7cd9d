// `glow doctor`: looks at everything that is known to go wrong, and says of each what helps.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import { homeFolder } from "#platform/nodejs/home.ts";
import { diskRoom, mostWatches } from "#platform/nodejs/machine-state.ts";
import manifest from "../../package.json" with { type: "json" };
import type { Device } from "#interfaces/generated/user.ts";
import { countText, durationText, sizeText } from "./amounts.ts";
import { Connection } from "./connection.ts";
import { exitCodes, type Face } from "./face.ts";
import { type End, interrupted, nodeCommand } from "./node-command.ts";
import { type Color, Output, painted } from "./output.ts";
import { askStatus, type Status } from "./status-command.ts";

interface Options {
  readonly home?: string;
  readonly json?: boolean;
}

export interface Finding {
  /** What was looked at. */
  readonly check: string;
  readonly verdict: "good" | "warning" | "bad";
  readonly message: string;
  /** What to do about it. */
  readonly cure?: string;
}

/** A node needs some room to do anything; less than the first is soon too little. */
const littleBytes = 1_000_000_000;
const tooLittleBytes = 100_000_000;
/** Invitations, certificates and the order of versions go by the clock. */
const clockApartMs = 30_000;
const askNodeMs = 5000;
/** Nodes that are asked for the time. */
const mostAsked = 5;
const usualWatches = 65_536;

export function doctorCommand(face: Face, end: End): Command {
  return nodeCommand("doctor", "look for what is wrong, and say what helps", "doctor", "doctor --json").action(
    async (options: Options) => {
      const findings = await examine(face, options.home);
      const isWell = findings.every(({ verdict }) => verdict !== "bad");
      const output = new Output(face.terminal);
      if (options.json === true) output.json({ ok: isWell, findings });
      else for (const finding of findings) show(output, finding);
      end(isWell ? exitCodes.done : exitCodes.failed);
    },
  );
}

const marks: Readonly<Record<Finding["verdict"], readonly [Color, string]>> = {
  good: ["green", "good    "],
  warning: ["yellow", "look    "],
  bad: ["red", "wrong   "],
};

function show(output: Output, { check, verdict, message, cure }: Finding): void {
  const [color, mark] = marks[verdict];
  output.line(painted(color, mark), painted("bold", check), `: ${message}`);
  if (cure !== undefined) output.line("          -> ", cure);
}

async function examine(face: Face, askedHome: string | undefined): Promise<Finding[]> {
  const home = homeFolder(askedHome);
  const machine = await diskFindings(home);
  let connection: Connection;
  try {
    connection = await Connection.open(face, askedHome);
  } catch (thrown) {
    if (!(thrown instanceof GlowError)) throw thrown;
    const start = "start it: `glow start` (`npm start` in a checkout)";
    const cure = thrown.kind === "denied" ? "ask as that user, or for a home of your own: --home" : start;
    return [{ check: "node", verdict: "bad", ...described(thrown), cure }, ...machine];
  }
  using opened = connection;
  const stop = (): void => opened.close(interrupted());
  face.terminal.interruption.addEventListener("abort", stop, { once: true });
  let status: Status;
  try {
    status = await askStatus(opened.node, face);
  } catch (thrown) {
    if (!(thrown instanceof GlowError) || thrown.op === "command.stop") throw thrown;
    const cure = "stop it (Ctrl-C where it runs, or end its process), and start it anew";
    return [{ check: "node", verdict: "bad", ...described(thrown), cure }, ...machine];
  }
  return [
    { check: "node", verdict: "good", message: `${status.name} answers in ${status.roundTripMs} ms` },
    versionFinding(status),
    ...machine,
    ...(await watchFindings(status)),
    ...(await clockFindings(face, opened, status)),
    ...meshFindings(status),
    ...driveFindings(status),
    ...folderFindings(status),
  ];
}

function described({ target, message }: GlowError): { message: string } {
  return { message: target === undefined ? message : `${target}: ${message}` };
}

function versionFinding({ version }: Status): Finding {
  if (version === manifest.version) return { check: "version", verdict: "good", message: `Glow ${version}` };
  return {
    check: "version",
    verdict: "warning",
    message: `the node runs Glow ${version}, this command is of ${manifest.version}`,
    cure: "`glow stop`, and `glow start`",
  };
}

async function diskFindings(home: string): Promise<Finding[]> {
  const room = await diskRoom(home);
  if (room === undefined) return [];
  const message = `${sizeText(room.freeBytes)} of ${sizeText(room.totalBytes)} free for ${home}`;
  const cure = "make room there: a node that cannot write keeps nothing new; or move the home (--home)";
  if (room.freeBytes < tooLittleBytes) return [{ check: "disk", verdict: "bad", message, cure }];
  if (room.freeBytes < littleBytes) return [{ check: "disk", verdict: "warning", message, cure }];
  return [{ check: "disk", verdict: "good", message }];
}

async function watchFindings({ folders = [] }: Status): Promise<Finding[]> {
  const most = await mostWatches();
  if (most === undefined || folders.length === 0) return [];
  const needed = folders.reduce((sum, { scannedFolders }) => sum + scannedFolders, 0);
  const message = `${countText(needed, "folder")} to watch; this machine allows ${most} watches to a user`;
  if (needed < most * 0.8 && most >= Math.min(usualWatches, needed * 2))
    return [{ check: "watches", verdict: "good", message }];
  const cure = `sudo sysctl fs.inotify.max_user_watches=${Math.max(524_288, needed * 4)} (in /etc/sysctl.d/ to last)`;
  return [{ check: "watches", verdict: needed >= most ? "bad" : "warning", message, cure }];
}

/** Asks some others what time it is; half of the way there and back is taken off. */
async function clockFindings(face: Face, { node }: Connection, { userInfo }: Status): Promise<Finding[]> {
  const online = (userInfo?.devices ?? []).filter((device) => device.online && !device.isThis && device.role !== "tab");
  const apart = await Promise.all(
    online.slice(0, mostAsked).map(async ({ name, id }) => {
      try {
        const beganMs = face.clock.wallMs();
        const time = await node.reach(id, { deadlineMs: askNodeMs }).time({ deadlineMs: askNodeMs });
        const nowMs = face.clock.wallMs();
        return { name, ms: time.getTime() - (beganMs + nowMs) / 2 };
      } catch {
        // That it cannot be reached is said elsewhere.
        return undefined;
      }
    }),
  );
  const told = apart.filter((each) => each !== undefined);
  if (told.length === 0) return [];
  const wrong = told.filter(({ ms }) => Math.abs(ms) > clockApartMs);
  if (wrong.length === 0)
    return [{ check: "clock", verdict: "good", message: `as on ${told.map(({ name }) => name).join(", ")}` }];
  return wrong.map(({ name, ms }) => ({
    check: "clock",
    verdict: "bad",
    message: `${name} is ${durationText(Math.abs(ms))} ${ms > 0 ? "ahead of" : "behind"} this machine`,
    cure: "have both set their clocks by the network: `timedatectl set-ntp true`",
  }));
}

function meshFindings({ userInfo, links, addresses = [] }: Status): Finding[] {
  const findings: Finding[] = [];
  if (userInfo !== undefined && userInfo.id === undefined) {
    const cure = "`glow join CODE` makes this a device of a user";
    findings.push({ check: "user", verdict: "warning", message: "this node belongs to no user yet", cure });
  }
  if (addresses.length === 0) {
    const cure = "`glow settings set listen tcp://0.0.0.0:4570`, and start it anew; a firewall must let that port in";
    findings.push({
      check: "ports",
      verdict: "warning",
      message: "it listens nowhere: others are reached only by going there",
      cure,
    });
  } else {
    findings.push({ check: "ports", verdict: "good", message: `others reach it at ${addresses.join(", ")}` });
  }
  const others = (userInfo?.devices ?? []).filter(({ isThis, revoked, role }) => !isThis && !revoked && role !== "tab");
  if (links === undefined || others.length === 0) return findings;
  const gone = others.filter(({ online }) => !online);
  const away = gone.map(({ name }) => name);
  const linked = links.links.length;
  if (linked === 0) {
    const cure = `${relayCure(gone)}see that Glow runs there, that both are on one network or one has an address the other can reach, and that no firewall is between`;
    findings.push({
      check: "links",
      verdict: "warning",
      message: `no way to any other device (${away.join(", ")})`,
      cure,
    });
  } else {
    const missing = away.length === 0 ? "" : `; not ${away.join(", ")}`;
    const message = `${countText(linked, "link")}; ${others.length - away.length} of ${countText(others.length, "other device")} reachable${missing}`;
    const cure = relayCure(gone);
    if (cure === "") findings.push({ check: "links", verdict: "good", message });
    else findings.push({ check: "links", verdict: "warning", message, cure: cure.replace(/; $/, "") });
  }
  return findings;
}

/** Of those that were reached over one that is gone too: empty if there are none. */
function relayCure(gone: readonly Device[]): string {
  const relays = gone.filter(({ name }) => gone.some(({ over }) => over === name));
  return relays
    .map(({ name }) => {
      const behind = gone.filter(({ over }) => over === name).map((device) => device.name);
      return `start Glow on ${name}, or bring it back: ${behind.join(" and ")} ${behind.length === 1 ? "was" : "were"} reached over it; `;
    })
    .join("");
}

function driveFindings({ drives = [] }: Status): Finding[] {
  return drives.flatMap((drive): Finding[] => {
    const {
      name,
      readable,
      id,
      problem,
      missingBlobs,
      missingBytes,
      unavailableBlobs,
      unavailableBytes,
      conflicts,
      peers,
    } = drive;
    const check = `drive ${readable ? name : id}`;
    const found: Finding[] = [];
    if (problem !== undefined)
      found.push({
        check,
        verdict: "bad",
        message: problem.message,
        ...(problem.cure !== undefined && { cure: problem.cure }),
      });
    if (unavailableBlobs > 0) {
      const holders = peers.filter(({ connected }) => !connected).map((peer) => peer.name);
      const cure = holders.length === 0 ? "connect a device that has it" : `connect ${holders.join(" or ")}`;
      found.push({
        check,
        verdict: "warning",
        message: `${sizeText(unavailableBytes)} that nobody connected has`,
        cure,
      });
    } else if (missingBlobs > 0) {
      found.push({ check, verdict: "good", message: `${sizeText(missingBytes)} still to be fetched` });
    }
    for (const peer of peers) {
      if (peer.problem === undefined) continue;
      const { message, cure } = peer.problem;
      found.push({
        check,
        verdict: "warning",
        message: `${peer.name}: ${message}`,
        ...(cure !== undefined && { cure }),
      });
    }
    if (conflicts > 0) {
      const cure = `\`glow conflicts ${name}\` lists them, \`glow resolve\` ends them`;
      found.push({ check, verdict: "warning", message: countText(conflicts, "conflict"), cure });
    }
    return found.length === 0 ? [{ check, verdict: "good", message: "all of it is here" }] : found;
  });
}

function folderFindings({ folders = [] }: Status): Finding[] {
  return folders.flatMap(({ path, error, problems, furtherProblems, state }): Finding[] => {
    const check = `folder ${path}`;
    const found: Finding[] = [];
    if (error !== undefined)
      found.push({
        check,
        verdict: "bad",
        message: error.message,
        ...(error.cure !== undefined && { cure: error.cure }),
      });
    for (const { path: at, problem } of problems) {
      const { message, cure } = problem;
      found.push({ check, verdict: "warning", message: `${at}: ${message}`, ...(cure !== undefined && { cure }) });
    }
    if (furtherProblems > 0) found.push({ check, verdict: "warning", message: `and ${furtherProblems} more of these` });
    return found.length === 0 ? [{ check, verdict: "good", message: state }] : found;
  });
}

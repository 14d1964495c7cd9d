// `glow status`: what the node of this machine is and how it does; with `--watch` as a view that goes on.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import type { DriveInfo } from "#interfaces/generated/drive.ts";
import type { FolderInfo } from "#interfaces/generated/folders.ts";
import type { LinksState } from "#interfaces/generated/links.ts";
import type { NodeInfo, NodeStub } from "#interfaces/generated/node.ts";
import type { UserInfo } from "#interfaces/generated/user.ts";
import { countText, durationText, millisecondsText, timeText } from "./amounts.ts";
import { driveCells } from "./drives-command.ts";
import type { Face } from "./face.ts";
import { showFolder } from "./folders-command.ts";
import { LiveView } from "./live-view.ts";
import { type End, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { type Cell, type Output, painted } from "./output.ts";
import { pause } from "./pause.ts";

interface Options {
  readonly watch?: boolean;
}

/** What a node says of itself. Parts that it has not, or that it keeps to itself, are left out. */
export interface Status extends NodeInfo {
  /** Of a ping, in ms. */
  readonly roundTripMs: number;
  readonly uptimeMs: number;
  readonly userInfo?: UserInfo;
  readonly links?: LinksState;
  readonly drives?: readonly DriveInfo[];
  readonly folders?: readonly FolderInfo[];
}

/** A node on this machine answers in less than a millisecond; who has not after this long will not. */
const deadlineMs = 5000;
const watchMs = 1000;

export function statusCommand(face: Face, end: End): Command {
  return nodeCommand(
    "status",
    "say what the node of this machine is, and how it does",
    "status --json",
    "status --watch",
  )
    .option("-w, --watch", "go on showing it, until Ctrl-C")
    .action(
      withNode(face, end, async (context, options: Options) => {
        if (options.watch === true) return watch(context);
        const status = await askStatus(context.node, face);
        if (context.json) context.output.json(status);
        else show(context.output, status);
      }),
    );
}

export async function askStatus(node: NodeStub, { clock }: Face): Promise<Status> {
  const options = { deadlineMs };
  const [info, now] = await Promise.all([node.info(options), node.time(options)]);
  const beganMs = clock.monotonicMs();
  await node.ping(new Uint8Array(0), options);
  const roundTripMs = Math.round((clock.monotonicMs() - beganMs) * 1000) / 1000;
  const [userInfo, links, drives, folders] = await Promise.all([
    ifThere(() => node.user().info(options)),
    ifThere(() => node.links().state(options)),
    ifThere(() => node.drives().list(options)),
    ifThere(() => node.folders().list(options)),
  ]);
  return {
    ...info,
    roundTripMs,
    uptimeMs: now.getTime() - info.startedAt.getTime(),
    ...(userInfo && { userInfo }),
    ...(links && { links }),
    ...(drives && { drives }),
    ...(folders && { folders }),
  };
}

/** A node need not have all parts, and need not show all of them. */
async function ifThere<Part>(ask: () => Promise<Part>): Promise<Part | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof GlowError && ["unavailable", "denied", "unsupported"].includes(thrown.kind)) return undefined;
    throw thrown;
  }
}

/** As JSON, one value for each state. */
async function watch({ node, face, output, json }: NodeContext): Promise<void> {
  const view = json || !face.terminal.showsResults ? undefined : new LiveView(face.terminal);
  for (;;) {
    const status = await askStatus(node, face);
    if (json) output.json(status);
    else if (view === undefined) show(output, status);
    else view.show((into) => show(into, status));
    await pause(face, watchMs);
  }
}

function show(output: Output, status: Status): void {
  const { name, version, platform, protocol, startedAt, uptimeMs, roundTripMs, userInfo, links, home } = status;
  const fact = (label: string, ...parts: readonly Cell[]): void =>
    output.line(painted("dim", label.padEnd(10)), ...parts);
  fact("node", painted("bold", name));
  fact("version", `Glow ${version} on ${platform}, Firefly ${protocol}`);
  fact("running", `for ${durationText(uptimeMs)}, since ${timeText(startedAt)}`);
  fact("answers", `in ${millisecondsText(roundTripMs)}`);
  if (home !== undefined) fact("home", home);
  if (userInfo !== undefined) showUser(fact, userInfo);
  if (links !== undefined) fact("links", linksText(links));
  if (status.drives !== undefined && status.drives.length > 0) {
    output.line("");
    output.table(status.drives.map((drive) => driveCells(drive)));
  }
  if (status.folders !== undefined && status.folders.length > 0) {
    output.line("");
    for (const folder of status.folders) showFolder(output, folder);
  }
}

function showUser(fact: (label: string, ...parts: readonly Cell[]) => void, { name, devices }: UserInfo): void {
  if (name === undefined) return fact("user", "none yet: `glow join CODE` makes this a device of one");
  const others = devices.filter(({ isThis, revoked }) => !isThis && !revoked);
  const online = others.filter((device) => device.online).length;
  const text =
    others.length === 0 ? "no other devices" : `${countText(others.length, "other device")}, ${online} online`;
  fact("user", name, `; ${text}`);
}

function linksText({ links, routes }: LinksState): string {
  if (links.length === 0) return "none";
  const neighbours = new Set(links.map(({ node }) => node)).size;
  const far = routes.filter(({ hops }) => hops > 1).length;
  return `to ${countText(neighbours, "neighbour")}${far === 0 ? "" : `, and over them to ${far} more`}`;
}

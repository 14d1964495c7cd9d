// `glow status`: asks the node of this machine what it is, over Firefly, as any program would.

import { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import { FireflySession } from "#firefly/session/session.ts";
import { type NodeInfo, NodeStub } from "#interfaces/generated/node.ts";
import { homeFolder, nodeAddress } from "#platform/nodejs/home.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { exitCodes, type Face } from "./face.ts";

interface Options {
  readonly home?: string;
  readonly json?: boolean;
}

interface Status extends NodeInfo {
  /** Of a ping, in ms. */
  readonly roundTripMs: number;
  readonly uptimeMs: number;
}

/** A node on this machine answers in less than a millisecond; who has not after this long will not. */
const deadlineMs = 5000;

export function statusCommand(face: Face, end: (code: number) => void): Command {
  return new Command("status")
    .description("say what the node of this machine is, and whether it answers")
    .option("--home <folder>", "the home of the node to ask (also GLOW_HOME)")
    .option("--json", "print the answer as JSON")
    .addHelpText("after", "\nExample:\n  $ glow status --json")
    .action(async ({ home, json }: Options) => {
      const status = await ask(homeFolder(home));
      if (json === true) face.terminal.print(JSON.stringify(status));
      else show(face, status);
      end(exitCodes.done);
    });
}

async function ask(home: string): Promise<Status> {
  const { network, clock, timers } = nodePlatform({ diskRoot: home });
  const pipe = await network.dial(nodeAddress(home)).catch((thrown: unknown) => {
    throw thrown instanceof GlowError && thrown.kind === "unavailable" ? notRunning(home) : thrown;
  });
  using session = new FireflySession(pipe, { clock, timers });
  using node = session.root(NodeStub);
  const [info, now] = await Promise.all([node.info({ deadlineMs }), node.time({ deadlineMs })]);
  const beganMs = clock.monotonicMs();
  await node.ping(new Uint8Array(0), { deadlineMs });
  const roundTripMs = Math.round((clock.monotonicMs() - beganMs) * 1000) / 1000;
  return { ...info, roundTripMs, uptimeMs: now.getTime() - info.startedAt.getTime() };
}

function show(
  { terminal }: Face,
  { name, version, platform, protocol, startedAt, uptimeMs, roundTripMs }: Status,
): void {
  terminal.print(`node      ${name}`);
  terminal.print(`version   Glow ${version} on ${platform}, Firefly ${protocol}`);
  terminal.print(`running   for ${duration(uptimeMs)}, since ${startedAt.toISOString()}`);
  terminal.print(`answers   in ${roundTripMs} ms`);
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const first = parts.findIndex((part) => part > 0);
  const from = first === -1 ? 3 : first;
  return parts
    .slice(from, from + 2)
    .map((part, index) => `${part} ${"dhms"[from + index]}`)
    .join(" ");
}

function notRunning(home: string): GlowError {
  return new GlowError("unavailable", "node.status", {
    target: home,
    message: "no node runs in this home; start one with `glow start` (`npm start` in a checkout)",
  });
}

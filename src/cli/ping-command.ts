// `glow ping`: whether a node answers, by which way, and how fast at each step.

import { type Command, Option } from "commander";
import { GlowError } from "#base/errors.ts";
import type { Hop, LinksStub, Path } from "#interfaces/generated/links.ts";
import { millisecondsText } from "./amounts.ts";
import { wholeNumber } from "./cat-command.ts";
import { exitCodes, type Face } from "./face.ts";
import { type End, misuse, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { pause } from "./pause.ts";

interface Options {
  readonly count: number;
  readonly interval: number;
}

export function pingCommand(face: Face, end: End): Command {
  return nodeCommand(
    "ping",
    "ask a node for an answer: the way to it, and how long it takes",
    "ping laptop",
    "ping -c 5 laptop",
  )
    .argument("<node>", "its name, or its id")
    .addOption(new Option("-c, --count <number>", "so many times").argParser(wholeNumber).default(1))
    .addOption(new Option("-i, --interval <ms>", "from one to the next").argParser(wholeNumber).default(1000))
    .action(withNode(face, end, (context, node: string, options: Options) => ping(context, node, options)));
}

async function ping(context: NodeContext, name: string, { count, interval }: Options): Promise<number> {
  const { node, output, json, face } = context;
  if (count < 1) throw misuse("it has to be 1 at least", "--count");
  const links = node.links();
  const times: number[] = [];
  for (let round = 1; round <= count; round += 1) {
    if (round > 1) await pause(face, interval);
    const probed = await probe(links, name);
    if (probed instanceof GlowError) {
      if (json) output.json({ round, error: { kind: probed.kind, message: probed.message } });
      else output.line(`${name}: ${probed.message}`);
      continue;
    }
    times.push(probed.roundTripMs);
    if (json) output.json({ round, ...probed });
    else output.line(`${name}: ${millisecondsText(probed.roundTripMs)}, ${wayText(probed)}`);
  }
  if (!json && count > 1) output.line(summary(times, count));
  return times.length > 0 ? exitCodes.done : exitCodes.failed;
}

/** The way, or why there was none just now: that is an answer, too. */
async function probe(links: LinksStub, name: string): Promise<Path | GlowError> {
  try {
    return await links.probe(name);
  } catch (thrown) {
    if (thrown instanceof GlowError && (thrown.kind === "unavailable" || thrown.kind === "deadline")) return thrown;
    throw thrown;
  }
}

function wayText({ hops, isPartial }: Path): string {
  if (hops.length <= 1 && !isPartial) return "directly";
  const relays = hops.slice(0, -1).map((hop) => hopText(hop));
  const count = isPartial ? "over" : `${hops.length} hops, over`;
  return `${count} ${[...relays, ...(isPartial ? ["what does not tell"] : [])].join(", ")}`;
}

function hopText({ name, node, roundTripMs }: Hop): string {
  const time = roundTripMs === undefined ? "no answer" : millisecondsText(roundTripMs);
  return `${name ?? node.slice(0, 12)} (${time})`;
}

function summary(times: readonly number[], count: number): string {
  if (times.length === 0) return `none of ${count} was answered`;
  const least = millisecondsText(Math.min(...times));
  const mean = millisecondsText(times.reduce((sum, time) => sum + time, 0) / times.length);
  const most = millisecondsText(Math.max(...times));
  return `${times.length} of ${count} answered; least ${least}, mean ${mean}, most ${most}`;
}

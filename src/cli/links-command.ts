// `glow links`: what this node is connected to directly, and by which ways it reaches the others.

import type { Command } from "commander";
import type { LinkInfo, RouteInfo } from "#interfaces/generated/links.ts";
import { durationText, millisecondsText, sizeText } from "./amounts.ts";
import type { Face } from "./face.ts";
import { type End, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { type Cell, painted } from "./output.ts";

export function linksCommand(face: Face, end: End): Command {
  return nodeCommand("links", "list what this node is connected to, and how", "links", "links --json").action(
    withNode(face, end, list),
  );
}

async function list({ node, output, json, face }: NodeContext): Promise<void> {
  const state = await node.links().state();
  if (json) return output.json(state);
  const { links, routes } = state;
  if (links.length === 0) {
    return output.note("no links: nobody is near, or nobody can be reached; `glow doctor` says what may be in the way");
  }
  output.table(
    links.map((link) => linkCells(link, face.clock.wallMs())),
    [3],
  );
  const far = routes.filter(({ hops }) => hops > 1);
  if (far.length === 0) return;
  output.line("");
  output.line(painted("bold", "over others:"));
  output.table(far.map((route) => routeCells(route)));
}

export function linkCells(link: LinkInfo, nowMs: number): Cell[] {
  const { name, node, roundTripMs, scope, since, active, sentBytes, receivedBytes } = link;
  const counted = sentBytes !== undefined && receivedBytes !== undefined;
  return [
    painted("bold", name ?? node.slice(0, 12)),
    wayText(link),
    active ? painted("green", "active") : painted("dim", "stands by"),
    millisecondsText(roundTripMs),
    scope,
    since === undefined ? "" : `for ${durationText(nowMs - since.getTime())}`,
    counted ? painted("dim", `${sizeText(sentBytes)} out, ${sizeText(receivedBytes)} in`) : "",
  ];
}

/** Of a link that the other side has made, the address is not known. */
function wayText({ address, transport, direction }: LinkInfo): string {
  return address ?? [transport, direction ?? ""].filter((each) => each !== "").join(", ");
}

function routeCells({ name, node, next, nextName, hops, cost }: RouteInfo): Cell[] {
  const through = `through ${nextName ?? next.slice(0, 12)}`;
  return [painted("bold", name ?? node.slice(0, 12)), through, `${hops} hops`, `cost ${Math.round(cost)}`];
}

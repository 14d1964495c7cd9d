// `glow nodes`: the devices of the user, and which can be reached.

import type { Command } from "commander";
import type { Device } from "#interfaces/generated/user.ts";
import { timeText } from "./amounts.ts";
import type { Face } from "./face.ts";
import { type End, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { type Cell, painted } from "./output.ts";

interface Options {
  readonly all?: boolean;
}

export function nodesCommand(face: Face, end: End): Command {
  return nodeCommand("nodes", "list your devices, and which of them can be reached", "nodes", "nodes --all --json")
    .option("-a, --all", "with those that were revoked")
    .action(withNode(face, end, (context, options: Options) => listDevices(context, options)));
}

export async function listDevices({ node, output, json }: NodeContext, { all }: Options): Promise<void> {
  const { devices } = await node.user().info();
  const shown = devices.filter(({ revoked }) => all === true || !revoked);
  if (json) return output.json(shown);
  if (shown.length === 0)
    return output.note("this node belongs to no user yet; `glow join CODE` makes it a device of one");
  output.table(shown.map((device) => deviceCells(device)));
}

export function deviceCells(device: Device): Cell[] {
  const { name, role, id, node } = device;
  return [painted("bold", name), role, stateCell(device), painted("dim", node ?? id)];
}

function stateCell({ revoked, isThis, online, over, since }: Device): Cell {
  if (revoked) return painted("red", "revoked");
  if (isThis) return painted("green", "this one");
  const way = over === undefined ? "" : `, over ${over}`;
  if (online) return painted("green", `${since === undefined ? "online" : `online since ${timeText(since)}`}${way}`);
  return painted("dim", since === undefined ? "not reachable" : `last seen ${timeText(since)}${way}`);
}

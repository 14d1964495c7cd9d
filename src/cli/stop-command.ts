// `glow stop`: ends the node of this machine, and waits until it is gone, so that another can be started right behind.

import type { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import { daemonProcess, dialDaemon, endProcess, isRunning } from "#platform/nodejs/daemon-door.ts";
import type { Face } from "./face.ts";
import { type End, nodeCommand, type NodeContext, withNode } from "./node-command.ts";
import { pause } from "./pause.ts";

/** A node with much to write down takes a while; one that has not ended then is stuck. */
const mostMs = 60_000;
const pollMs = 20;

export function stopCommand(face: Face, end: End): Command {
  return nodeCommand("stop", "stop the node of this machine", "stop").action(withNode(face, end, stop));
}

async function stop(context: NodeContext): Promise<void> {
  const { connection, output, json, face } = context;
  const pid = await tellToStop(context);
  const untilMs = face.clock.monotonicMs() + mostMs;
  while (pid === undefined ? await listens(connection.home) : isRunning(pid)) {
    if (face.clock.monotonicMs() > untilMs) throw stuck(connection.home, pid);
    await pause(face, pollMs);
  }
  if (json) output.json({ stopped: true, home: connection.home });
  else output.line("stopped");
}

/** Gives its process, as far as that is known. */
async function tellToStop({ node, connection }: NodeContext): Promise<number | undefined> {
  try {
    const { pid } = await node.info();
    await node.stop();
    await connection.closed;
    return pid;
  } catch (thrown) {
    // Of another version than this command: it answers, and nothing can be asked of it.
    const pid = daemonProcess(connection.home);
    if (!(thrown instanceof GlowError) || thrown.kind !== "unsupported" || pid === undefined) throw thrown;
    endProcess(pid);
    return pid;
  }
}

async function listens(home: string): Promise<boolean> {
  try {
    const pipe = await dialDaemon(home);
    pipe.attach({ packet: () => undefined, drained: () => undefined, closed: () => undefined });
    pipe.close();
    return true;
  } catch (thrown) {
    if (thrown instanceof GlowError && thrown.kind === "unavailable") return false;
    throw thrown;
  }
}

function stuck(home: string, pid: number | undefined): GlowError {
  const process = pid === undefined ? "its process" : `process ${pid}`;
  const message = `it was told to stop, and has not within ${mostMs / 1000} s; \`glow log\` may say why, or end ${process}`;
  return new GlowError("deadline", "node.stop", { target: home, message });
}

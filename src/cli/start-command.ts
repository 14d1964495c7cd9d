// `glow start`: the one command that is a node rather than asks one.

import { Command } from "commander";
import { GlowError } from "#base/errors.ts";
import { Daemon } from "#node/daemon.ts";
import { homeFolder, machineName, makeHome, nodeAddress } from "#platform/nodejs/home.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import manifest from "../../package.json" with { type: "json" };
import { exitCodes, type Face, showError } from "./face.ts";

interface Options {
  readonly home?: string;
  readonly json?: boolean;
}

export function startCommand(face: Face, end: (code: number) => void): Command {
  return new Command("start")
    .description("run a node on this machine until it is stopped")
    .option("--home <folder>", "where the node keeps what is its own (also GLOW_HOME)")
    .option("--json", "say as JSON, in one line, where it listens")
    .addHelpText("after", "\nExample:\n  $ glow start --home ~/.local/state/glow")
    .action(async (options: Options) => {
      await start(face, options);
      end(exitCodes.done);
    });
}

async function start({ terminal }: Face, { home: asked, json }: Options): Promise<void> {
  const home = homeFolder(asked);
  const address = nodeAddress(home);
  const { name, version } = { name: machineName(), version: manifest.version };
  await makeHome(home);
  const onDefect = (error: GlowError): void => terminal.tell(showError(error));
  const daemon = await Daemon.start(nodePlatform({ diskRoot: home }), { address, name, version, onDefect }).catch(
    (thrown: unknown) => {
      throw thrown instanceof GlowError && thrown.kind === "already-exists" ? runsAlready(home) : thrown;
    },
  );
  if (json === true) {
    terminal.print(JSON.stringify({ name, version, home, address }));
  } else {
    terminal.print(`Glow ${version}: node ${name} is running; its home is ${home}`);
    terminal.print("`glow status` asks it what it is (`npm run glow -- status` in a checkout). Ctrl-C stops it.");
  }
  await terminal.stopped();
  await daemon.stop();
  if (json !== true) terminal.print("stopped");
}

function runsAlready(home: string): GlowError {
  return new GlowError("already-exists", "node.start", {
    target: home,
    message: "a node runs in this home already; ask it with `glow status`, or give another --home",
  });
}

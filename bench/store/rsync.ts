// rsync, from one folder to a daemon of its own on loopback that holds the other: run anew for each change.

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { output, Program } from "./program.ts";
import { ProcessTree } from "./process-tree.ts";
import { until } from "./until.ts";
import type { Places, RunningPair, Synchroniser } from "./synchroniser.ts";

const run = promisify(execFile);
const cure = "apt install rsync";

export const rsync: Synchroniser = {
  about: () => `${output("rsync", ["--version"], cure).split("\n")[0]}, a run for each change, over loopback`,
  check: () => void output("rsync", ["--version"], cure),
  async start({ homes, folders, ports }: Places): Promise<RunningPair> {
    const [port] = ports;
    const settings = join(homes[1], "rsyncd.conf");
    writeFileSync(
      settings,
      `use chroot = no\nuid = ${process.getuid?.() ?? 0}\ngid = ${process.getgid?.() ?? 0}\n[b]\npath = ${folders[1]}\nread only = no\n`,
    );
    const daemon = new Program("rsync", [
      "--daemon",
      "--no-detach",
      `--config=${settings}`,
      `--port=${port}`,
      "--address=127.0.0.1",
    ]);
    await until("rsync listens", 5000, () => {
      daemon.check();
      return answers(port);
    });
    // Each run is a child of this process, beside the daemon.
    const processes = ProcessTree.ofChildren();
    return {
      processes,
      async changed() {
        await run("rsync", ["-a", "--delete", `${folders[0]}/`, `rsync://127.0.0.1:${port}/b/`]);
      },
      async stop() {
        processes.close();
        await daemon.stop();
      },
    };
  },
};

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

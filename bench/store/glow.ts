// Glow: two nodes of one user on loopback, as `glow start` runs them, a drive, and a folder bound to it on either side.

import { bundleCli } from "../../scripts/bundle-cli.mjs";
import { root, runGlow, startLinked } from "../node/programs.ts";
import { ProcessTree } from "./process-tree.ts";
import type { Places, RunningPair, Synchroniser } from "./synchroniser.ts";
import { until } from "./until.ts";

const drive = "bench";
const patienceMs = 30_000;

export const glow: Synchroniser = {
  about: () => "two nodes as `glow start` runs them, a drive with a bound folder on either side; AES-256-GCM, twice",
  check: () => undefined,
  async start({ homes, folders }: Places): Promise<RunningPair> {
    await bundleCli(root);
    const programs = await startLinked(homes);
    await runGlow(homes[0], "bind", folders[0], drive, "--create");
    await until("the drive is known on both sides", patienceMs, async () => {
      const drives = JSON.parse(await runGlow(homes[1], "drives", "--json")) as { name: string; readable: boolean }[];
      return drives.some(({ name, readable }) => name === drive && readable);
    });
    await runGlow(homes[1], "bind", folders[1], drive);
    for (const home of homes) {
      await until("both sides are idle", patienceMs, async () => {
        const bound = JSON.parse(await runGlow(home, "folders", "--json")) as { state: string }[];
        return bound.length === 1 && bound.every(({ state }) => state === "idle");
      });
    }
    const processes = new ProcessTree(programs.map(({ pid }) => pid));
    return {
      processes,
      // Its watcher finds out by itself.
      changed: async () => undefined,
      async stop() {
        processes.close();
        await Promise.all(programs.map((program) => program.stop()));
      },
    };
  },
};

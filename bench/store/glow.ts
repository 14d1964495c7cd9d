// Glow: two nodes of one user on loopback, a drive, and a folder bound to it on either side.

import { StoreHost } from "../../test/runtime/store/store-host.ts";
import { ProcessTree } from "./process-tree.ts";
import type { Places, RunningPair, Synchroniser } from "./synchroniser.ts";
import { until } from "./until.ts";

export const glow: Synchroniser = {
  about: () => "two nodes in processes of their own, a drive with a bound folder on either side; AES-256-GCM, twice",
  check: () => undefined,
  async start({ homes, folders, ports }: Places): Promise<RunningPair> {
    const [a, b] = await Promise.all([
      StoreHost.start({ name: "a", home: homes[0], listen: `tcp://127.0.0.1:${ports[0]}` }),
      StoreHost.start({ name: "b", home: homes[1], listen: `tcp://127.0.0.1:${ports[1]}` }),
    ]);
    await a.call({ do: "createUser" });
    await b.call({ do: "join", code: await a.call<string>({ do: "invite" }) });
    const space = await a.call<string>({ do: "createDrive" });
    await a.call({ do: "bind", space, folder: folders[0] });
    await b.call({ do: "bind", space, folder: folders[1] });
    for (const host of [a, b]) {
      await until("both sides are linked and idle", 30_000, async () => {
        const { peers, states } = await host.status();
        return peers === 1 && states.every((state) => state === "idle");
      });
    }
    const processes = new ProcessTree([a.pid, b.pid]);
    return {
      processes,
      // Its watcher finds out by itself.
      changed: async () => undefined,
      async stop() {
        processes.close();
        await Promise.all([a.stop(), b.stop()]);
      },
    };
  },
};

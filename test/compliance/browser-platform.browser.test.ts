// A page's clock, timers, disk, indexes and network against the contracts.

import { inject } from "vitest";
import type { Address, Disk, Indexes } from "#glow";
import { browserPlatform } from "#platform/browser/platform.ts";
import type {} from "../runtime/browser-addresses.ts";
import { clockCompliance } from "./clock.ts";
import { diskCompliance } from "./disk.ts";
import { indexesCompliance } from "./indexes.ts";
import { dialCompliance } from "./network.ts";
import type { Subject } from "./subject.ts";
import { timersCompliance } from "./timers.ts";

const { clock, timers, network } = browserPlatform({ databaseName: "glow-compliance-unused" });
const { echo, dead } = inject("browserAddresses");
let disks = 0;

clockCompliance("browser", async () => ({ thing: { clock, timers } }));
timersCompliance("browser", async () => ({ thing: { clock, timers, reactionChain: 1000 } }));

async function makeDisk(): Promise<Subject<Disk>> {
  const databaseName = `glow-compliance-${disks++}`;
  return {
    thing: browserPlatform({ databaseName }).disk,
    dispose: () =>
      new Promise((resolve) => {
        indexedDB.deleteDatabase(databaseName).onsuccess = () => resolve();
      }),
  };
}

diskCompliance("IndexedDB", makeDisk, 8 * 1024 * 1024);

async function makeIndexes(): Promise<Subject<Indexes>> {
  const databaseName = `glow-compliance-${disks++}`;
  const ours = ({ name }: IDBDatabaseInfo) => name?.startsWith(`${databaseName}-index-`) === true;
  return {
    thing: browserPlatform({ databaseName }).indexes,
    dispose: async () => {
      for (const { name } of (await indexedDB.databases()).filter(ours)) indexedDB.deleteDatabase(name as string);
    },
  };
}

indexesCompliance("IndexedDB", makeIndexes, 5000);

dialCompliance("browser, ws:", async () => ({
  thing: {
    network,
    timers,
    echo,
    dead,
    malformed: [
      "ws:",
      "ws://",
      "ws://:80",
      "ws://127.0.0.1:65536",
      "ws://u:p@127.0.0.1:1/",
      "ws://127.0.0.1:1/#x",
    ] as Address[],
  },
}));

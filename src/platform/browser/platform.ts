// A page as a Platform.

import type { Platform } from "#glow";
import { RegistryLeakWatch } from "../leak-watch.ts";
import { BrowserClock } from "./clock.ts";
import { BrowserCompression } from "./compression.ts";
import { NobleCrypto } from "./crypto.ts";
import { IndexedDbDisk } from "./disk.ts";
import { IndexedDbIndexes } from "./indexed-db-indexes.ts";
import { BrowserNetwork } from "./network.ts";
import { BrowserRandom } from "./random.ts";
import { BrowserTimers } from "./timers.ts";

export interface BrowserPlatformOptions {
  /** The IndexedDB database that is the disk. Tabs of one origin that give the same name share it. */
  readonly databaseName: string;
}

export function browserPlatform(options: BrowserPlatformOptions): Platform {
  const timers = new BrowserTimers();
  return {
    name: "browser",
    clock: new BrowserClock(),
    timers,
    random: new BrowserRandom(),
    crypto: new NobleCrypto(),
    network: new BrowserNetwork(timers),
    disk: new IndexedDbDisk(options.databaseName),
    indexes: new IndexedDbIndexes(options.databaseName),
    compression: new BrowserCompression(),
    leaks: new RegistryLeakWatch(),
  };
}

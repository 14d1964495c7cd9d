// Node as a Platform.

import { join } from "node:path";
import type { Platform } from "#glow";
import { RegistryLeakWatch } from "../leak-watch.ts";
import { NodeClock } from "./clock.ts";
import { ZstdCompression } from "./compression.ts";
import { NodeCrypto } from "./crypto.ts";
import { NodeDisk } from "./disk.ts";
import { NodeNetwork } from "./network.ts";
import { NodeRandom } from "./random.ts";
import { SqliteIndexes } from "./sqlite-indexes.ts";
import { NodeTimers } from "./timers.ts";
import type { NodeNetworkOptions } from "./transport.ts";

export interface NodePlatformOptions {
  /** The folder that is the disk; it is made when it is missing. */
  readonly diskRoot: string;
  readonly network?: NodeNetworkOptions;
}

export function nodePlatform(options: NodePlatformOptions): Platform {
  return {
    name: "nodejs",
    clock: new NodeClock(),
    timers: new NodeTimers(),
    random: new NodeRandom(),
    crypto: new NodeCrypto(),
    network: new NodeNetwork(options.network),
    disk: new NodeDisk(options.diskRoot),
    indexes: new SqliteIndexes(join(options.diskRoot, "index")),
    compression: new ZstdCompression(),
    leaks: new RegistryLeakWatch(),
  };
}

// Node as a Platform.

import type { Platform } from "#glow";
import { RegistryLeakWatch } from "../leak-watch.ts";
import { NodeClock } from "./clock.ts";
import { NodeCrypto } from "./crypto.ts";
import { NodeDisk } from "./disk.ts";
import { NodeNetwork } from "./network.ts";
import { NodeRandom } from "./random.ts";
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
    leaks: new RegistryLeakWatch(),
  };
}

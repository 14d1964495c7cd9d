// A program for a host of a test network: announces itself by multicast DNS, and tells its parent what it finds.
// Arguments: its node id, the addresses it says it listens at. `close` on its input stops it properly.

import { createInterface } from "node:readline";
import type { Address, NodeId } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { MulticastDiscovery } from "#platform/nodejs/multicast-discovery.ts";
import { NodeRandom } from "#platform/nodejs/random.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";

const [self = "", ...addresses] = process.argv.slice(2);

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const discovery = new MulticastDiscovery({
  self: self as NodeId,
  clock: new NodeClock(),
  timers: new NodeTimers(),
  random: new NodeRandom(),
  failed: (error) => say({ failed: error.toString() }),
});
discovery.announce(addresses as Address[]);
discovery.search((node, found) => say({ node, addresses: found }));
say({ ready: true });

const commands = createInterface({ input: process.stdin });
commands.on("line", (line) => {
  if (JSON.parse(line) === "close") void discovery.close().then(() => process.exit());
});
// The parent is gone.
commands.on("close", () => process.exit());

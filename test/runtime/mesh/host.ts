// A program for a host of a test network: a member node on the real platform, driven by its parent. Its argument is a
// HostOptions in JSON; what is said on its streams is in host-messages.ts.

import { createInterface } from "node:readline";
import { assert, GlowError } from "#base/errors.ts";
import type { Address, NodeId } from "#glow";
import { openDeviceKey } from "#identity/device-key.ts";
import { MemberNode } from "#node/member-node.ts";
import { watchInterfaces } from "#platform/nodejs/interface-watch.ts";
import { MulticastDiscovery } from "#platform/nodejs/multicast-discovery.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { reachableAddresses } from "#platform/nodejs/reachable-addresses.ts";
import type { HostCall, HostMessage, HostOptions, HostState } from "./host-messages.ts";
import { FlowReceiver, FlowSender, flowProtocol } from "./marked-flow.ts";
import { RecordingCrypto } from "./recording-crypto.ts";

const options = JSON.parse(process.argv[2] ?? "") as HostOptions;
const crypto = new RecordingCrypto();
const platform = { ...nodePlatform({ diskRoot: options.diskRoot }), crypto };
const { clock, timers, random } = platform;
const self = (await openDeviceKey(platform)).id;
const found: Record<NodeId, readonly Address[]> = {};
let sender: FlowSender | undefined;
let receiver = Promise.withResolvers<FlowReceiver>();
let stateIsDue = false;

function say(message: HostMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function changed(): void {
  if (stateIsDue) return;
  stateIsDue = true;
  timers.endOfTurn(() => {
    stateIsDue = false;
    say({ state: state() });
  });
}

function state(): HostState {
  const { router, addresses } = node.mesh;
  const routes = [...router.routes()].map(([target, { next, hops }]) => [target, { next, hops }]);
  const devices = node.hasUser ? [...node.user.devices.values()].flatMap((device) => device.node ?? []) : [];
  const neighbours = [...router.neighbours()].map(({ id }) => id);
  return { id: self, addresses, neighbours, routes: Object.fromEntries(routes), devices, found: { ...found } };
}

const discovery = options.discovery ? new MulticastDiscovery({ self, clock, timers, random }) : undefined;
const node = await MemberNode.start(platform, {
  name: options.name,
  listen: (options.listen ?? []) as readonly Address[],
  reachable: (listening) => (options.told as readonly Address[] | undefined) ?? reachableAddresses(listening),
  ...(discovery && { discovery }),
  // Not before there is something to tell of.
  changed: () => timers.endOfTurn(changed),
});
discovery?.search((peer, addresses) => {
  if (peer !== undefined) found[peer] = addresses;
  changed();
});
const interfaces = watchInterfaces(timers, () => {
  node.mesh.networkChanged();
  changed();
});
node.mesh.router.accept(flowProtocol, (stream) => receiver.resolve(new FlowReceiver(stream)));
changed();

async function answer(call: HostCall): Promise<unknown> {
  switch (call.do) {
    case "createUser":
      return node.createUser("test");
    case "invite":
      return node.invite("device", 600_000);
    case "join":
      return node.join(call.code);
    case "revoke":
      return node.revoke(call.node);
    case "dial":
      return node.mesh.dial(call.address as Address, call.expected === undefined ? {} : { expected: call.expected });
    case "send": {
      const session = await node.mesh.router.session(call.to);
      sender = new FlowSender(session.open(flowProtocol, "bulk"), Buffer.from(call.marker, "hex"), call.sizeBytes);
      return;
    }
    case "endFlow":
      assert(sender !== undefined, "a flow that is ended was begun");
      return sender.end();
    case "received": {
      const report = await (await receiver.promise).received(call.atLeastBytes);
      if (report.hash !== undefined) receiver = Promise.withResolvers();
      return report;
    }
    case "listenAnew":
      return (await receiver.promise).listenAnew();
    case "keys":
      return crypto.keys;
    case "stop":
      interfaces.stop();
      await node.stop();
      return discovery?.close();
  }
}

const commands = createInterface({ input: process.stdin });
commands.on("line", (line) => {
  const { number, ...call } = JSON.parse(line) as HostCall & { number: number };
  answer(call as HostCall).then(
    (result) => say({ call: number, answer: result }),
    (error: unknown) => {
      const { kind, message } = error instanceof GlowError ? error : { kind: "defect", message: String(error) };
      say({ call: number, kind, message });
    },
  );
});
// The parent is gone.
commands.on("close", () => process.exit());

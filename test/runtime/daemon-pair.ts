// Two daemons of one user, on hosts that are walled off from each other; who is linked to both is their only way. They
// live for as long as the Firefly session through which a test steers them.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GlowError } from "#base/errors.ts";
import { FireflySession, offer } from "#firefly/session/session.ts";
import type { Address, Pipe, Platform } from "#glow";
import { MemberNode } from "#node/member-node.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import {
  type DaemonPair,
  DaemonPairInterface,
  type Member,
  type NeighbourPolicy,
  type Route,
  type Transfer,
} from "../interfaces/generated/daemon-pair.ts";
import { EchoInterface, EchoStub } from "../interfaces/generated/sample.ts";
import { SampleEcho } from "../interfaces/sample-echo.ts";
import { StreamSink } from "./hashed-streams.ts";
import { WalledNetwork } from "./walled-network.ts";

const echoProtocol = "test echo";
const invitationMs = 60_000;

/** Makes a pair for each pipe that comes, and ends it with the pipe. */
export function hostDaemonPair(pipe: Pipe): void {
  const pair = new WalledPair();
  const session = new FireflySession(pipe, { ...pair.platform, root: offer(DaemonPairInterface, pair) });
  void session.closed.then(() => pair.stop());
}

interface Daemon {
  readonly node: MemberNode;
  readonly network: WalledNetwork;
  readonly sink: StreamSink;
}

class WalledPair implements DaemonPair {
  readonly platform = nodePlatform({ diskRoot: tmpdir() });
  readonly #folders: string[] = [];
  readonly #daemons: Promise<readonly [Daemon, Daemon]>;
  readonly #watchers = new Set<() => void>();

  constructor() {
    this.#daemons = this.#start();
    // Told to whoever calls.
    this.#daemons.catch(() => undefined);
  }

  async members(): Promise<Member[]> {
    return (await this.#daemons).map(({ node }) => ({ id: node.id, address: addressOf(node) }));
  }

  async invite(): Promise<string> {
    const [first] = await this.#daemons;
    return first.node.invite("tab", invitationMs);
  }

  async untilApart(hops: number): Promise<Route[]> {
    const [first, second] = await this.#daemons;
    return this.#until(() => {
      const routes = [first.node.mesh.router.route(second.node.id), second.node.mesh.router.route(first.node.id)];
      return allOf(routes, (route) => route.hops === hops);
    });
  }

  async untilRelay(node: string): Promise<NeighbourPolicy[]> {
    const daemons = await this.#daemons;
    return this.#until(() => {
      const policies = daemons.map((daemon) => policyFor(daemon, node));
      return allOf(policies, ({ relay }) => relay);
    });
  }

  async exchange(sizeBytes: bigint, joinAtBytes?: bigint): Promise<Transfer[]> {
    const [first, second] = await this.#daemons;
    if (joinAtBytes !== undefined) {
      second.sink.onBytes = () => {
        if (second.sink.receivedBytes < Number(joinAtBytes)) return;
        second.sink.onBytes = undefined;
        joinHosts(first, second);
      };
    }
    return Promise.all([transfer(first, second, Number(sizeBytes)), transfer(second, first, Number(sizeBytes))]);
  }

  async count(calls: number): Promise<number[]> {
    const [first, second] = await this.#daemons;
    using session = await first.node.connect(second.node.id, echoProtocol);
    using echo = session.root(EchoStub);
    return await Promise.all(Array.from({ length: calls }, (_, i) => echo.increment(i)));
  }

  async stop(): Promise<void> {
    for (const { node } of await this.#daemons) await node.stop();
    for (const folder of this.#folders) await rm(folder, { recursive: true });
  }

  async #start(): Promise<[Daemon, Daemon]> {
    const first = await this.#daemon("first", await this.#folder());
    await first.node.createUser("the user");
    const folder = await this.#folder();
    const joining = await this.#daemon("second", folder);
    await joining.node.join(await first.node.invite("device", invitationMs));
    // So that it can say goodbye: a session with one that vanished would go on for a while.
    await this.#until(
      () => policyFor(first, joining.node.id)?.relay === true && policyFor(joining, first.node.id)?.relay,
    );
    await joining.node.stop();
    first.network.walled = true;
    return [first, await this.#daemon("second", folder, true)];
  }

  async #daemon(name: string, diskRoot: string, walled = false): Promise<Daemon> {
    const powers = nodePlatform({ diskRoot, network: { zeroMask: true } });
    const network = new WalledNetwork(powers.network);
    network.walled = walled;
    const platform: Platform = { ...powers, network };
    const node = await MemberNode.start(platform, {
      name,
      listen: ["ws://127.0.0.1:0/" as Address],
      changed: () => {
        for (const watcher of this.#watchers) watcher();
      },
    });
    node.offer(echoProtocol, EchoInterface, (_peer, member) => (member ? new SampleEcho(platform.timers) : undefined));
    return { node, network, sink: new StreamSink(node.mesh) };
  }

  async #folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "glow-daemon-"));
    this.#folders.push(folder);
    return folder;
  }

  /** What `find` finds, as soon as it finds something. */
  #until<Found>(find: () => Found | undefined | false): Promise<Found> {
    return new Promise((resolve) => {
      const look = () => {
        const found = find();
        if (found === undefined || found === false) return;
        this.#watchers.delete(look);
        resolve(found);
      };
      this.#watchers.add(look);
      look();
    });
  }
}

/** Fails, and says why, if less arrives than was sent. */
async function transfer(from: Daemon, to: Daemon, sizeBytes: number): Promise<Transfer> {
  const [sent, received] = await Promise.all([from.sink.send(to.node.id, sizeBytes), to.sink.next()]);
  if (received.sizeBytes !== sizeBytes) {
    const message = `a stream ended after ${received.sizeBytes} of ${sizeBytes} bytes: ${received.reason.message}`;
    throw new GlowError("disconnected", "test.transfer", { target: to.node.id, message });
  }
  return { sent, received: received.hash, receivedBytes: BigInt(received.sizeBytes) };
}

function joinHosts(first: Daemon, second: Daemon): void {
  first.network.walled = false;
  second.network.walled = false;
  first.node.mesh.keep(second.node.id, [addressOf(second.node)]);
  first.node.mesh.networkChanged();
}

function policyFor({ node }: Daemon, id: string): NeighbourPolicy | undefined {
  return [...node.mesh.router.neighbours()].find((neighbour) => neighbour.id === id)?.policy;
}

function addressOf(node: MemberNode): Address {
  return node.mesh.addresses[0] as Address;
}

/** All of them, if they are there and such. */
function allOf<Item>(items: readonly (Item | undefined)[], such: (item: Item) => boolean): Item[] | undefined {
  const found = items.filter((item) => item !== undefined);
  return found.length === items.length && found.every(such) ? found : undefined;
}

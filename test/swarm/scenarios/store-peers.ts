// The other nodes of the store's swarm as peers: each is dialled directly, without a mesh, and listened for at an address
// of its own, by which it is known. Above the pipes all is as in a real node: sessions, services, one stream more for blobs.

import { GlowError } from "#base/errors.ts";
import { FireflySession, offer } from "#firefly/session/session.ts";
import type { Address, DeviceId, NodeId, Peers, Pipe, Platform, Subscription } from "#glow";
import { ReplicasInterface, ReplicasStub } from "#interfaces/generated/replica.ts";
import { RemotePeer } from "#services/replica/remote-peer.ts";
import { ReplicasService } from "#services/replica/replica-service.ts";
import type { ReplicaHost } from "#store/replication/replica-host.ts";

export interface DirectPeersOptions {
  readonly platform: Platform;
  /** Of all nodes; an address follows from the place in it. */
  readonly names: readonly string[];
  readonly own: string;
  readonly host: ReplicaHost;
  readonly deviceOf: (name: string) => DeviceId;
  readonly defect: (error: GlowError) => void;
}

type Found = Parameters<Peers["watch"]>[0];

interface Connection {
  readonly peer: RemotePeer;
  readonly lost: Map<Found, (reason: GlowError) => void>;
}

/** From one attempt to connect to the next. */
const redialMs = 300;
/** How often a peer is asked whether it still is there: what the mesh does in a real node. */
const probeEveryMs = 5000;

export class DirectPeers implements Peers {
  readonly #options: DirectPeersOptions;
  readonly #watchers = new Set<Found>();
  readonly #connections = new Set<Connection>();

  constructor(options: DirectPeersOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { platform, names, own, host, deviceOf } = this.#options;
    const others = names.filter((name) => name !== own);
    for (const other of others) {
      const device = deviceOf(other);
      await platform.network.listen(this.#address(own, other), (pipe) => {
        const service = new ReplicasService({
          spaces: () => host.spaces(device),
          watch: (changed) => host.watch(changed),
          open: (space) => host.open(space, device),
        });
        this.#session(pipe, offer(ReplicasInterface, service));
      });
    }
    for (const other of others) void this.#keep(other);
  }

  watch(found: Found): Subscription {
    const own: Found = (peer) => found(peer);
    this.#watchers.add(own);
    for (const connection of this.#connections) tell(connection, own);
    return {
      stop: () => {
        this.#watchers.delete(own);
        for (const { lost } of this.#connections) lost.delete(own);
      },
    };
  }

  async #keep(other: string): Promise<never> {
    const { timers } = this.#options.platform;
    for (;;) {
      try {
        await this.#connect(other);
      } catch (error) {
        if (!(error instanceof GlowError) || error.kind === "internal") throw error;
      }
      await new Promise<void>((resolve) => void timers.after(redialMs, resolve));
    }
  }

  /** Until the connection ends. */
  async #connect(other: string): Promise<void> {
    const { platform, deviceOf } = this.#options;
    const session = await this.#dial(other);
    let bulk: Promise<FireflySession> | undefined;
    const openBulk = async () => {
      bulk ??= this.#dial(other);
      const opened = await bulk;
      void opened.closed.then((reason) => session.close(reason));
      return opened.root(ReplicasStub);
    };
    const peer = new RemotePeer({
      timers: platform.timers,
      node: other as NodeId,
      device: deviceOf(other),
      replicas: session.root(ReplicasStub),
      bulk: openBulk,
    });
    const connection: Connection = { peer, lost: new Map() };
    this.#connections.add(connection);
    for (const found of this.#watchers) tell(connection, found);
    void this.#probe(connection, session);
    const reason = await session.closed;
    this.#connections.delete(connection);
    for (const lost of connection.lost.values()) lost(reason);
    peer[Symbol.dispose]();
    bulk?.then((opened) => opened.close()).catch(() => undefined);
  }

  /** Ends the session of a peer that is silent. */
  async #probe(connection: Connection, session: FireflySession): Promise<void> {
    const { timers } = this.#options.platform;
    while (this.#connections.has(connection)) {
      await new Promise<void>((resolve) => void timers.after(probeEveryMs, resolve));
      try {
        await connection.peer.spaces();
      } catch (error) {
        session.close(GlowError.from(error, "peers.probe"));
      }
    }
  }

  async #dial(other: string): Promise<FireflySession> {
    return this.#session(await this.#options.platform.network.dial(this.#address(other, this.#options.own)));
  }

  /** Where one listens for another. */
  #address(at: string, to: string): Address {
    return `sim://${at}:${1 + this.#options.names.indexOf(to)}` as Address;
  }

  #session(pipe: Pipe, root?: ReturnType<typeof offer>): FireflySession {
    const { platform, defect } = this.#options;
    const { clock, timers } = platform;
    return new FireflySession(pipe, { clock, timers, onDefect: defect, ...(root && { root }) });
  }
}

function tell(connection: Connection, found: Found): void {
  const { lost } = found(connection.peer);
  connection.lost.set(found, lost);
}

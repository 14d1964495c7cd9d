// The user's other devices as peers of the store: calls each that can be reached, gives it what it may have, and calls again
// when the connection ends. What is small and new goes over one stream of the mesh, blobs over another one of lower priority.

import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import { BackOff } from "#firefly/resumable/back-off.ts";
import type { FireflySession } from "#firefly/session/session.ts";
import type { DeviceId, NodeId, Peer, Peers, Platform, Subscription, Timer } from "#glow";
import { ReplicasInterface, ReplicasStub } from "#interfaces/generated/replica.ts";
import { RemotePeer } from "#services/replica/remote-peer.ts";
import { ReplicasService } from "#services/replica/replica-service.ts";
import type { ReplicaHost } from "#store/replication/replica-host.ts";
import type { MemberNode } from "./member-node.ts";

export const replicaProtocol = "glow replica 1";

export interface ReplicaPeersOptions {
  readonly platform: Platform;
  readonly node: MemberNode;
  /** What is given to others. */
  readonly host: ReplicaHost;
}

/** Told of a peer; the answer is told when it is gone. */
type Found = Parameters<Peers["watch"]>[0];

/** A device that is called, or connected. */
interface Call {
  readonly device: DeviceId;
  readonly node: NodeId;
  readonly backOff: BackOff;
  isReachable: boolean;
  isUnderWay: boolean;
  retry: Timer | undefined;
  connection: Connection | undefined;
}

interface Connection {
  readonly session: FireflySession;
  readonly peer: RemotePeer;
  readonly lost: Map<Found, (reason: GlowError) => void>;
  bulk: Promise<FireflySession> | undefined;
}

export class ReplicaPeers implements Peers {
  readonly #options: ReplicaPeersOptions;
  readonly #calls = new Map<NodeId, Call>();
  readonly #watchers = new Set<Found>();
  readonly #offer: Subscription;
  #isStopped = false;

  constructor(options: ReplicaPeersOptions) {
    this.#options = options;
    const { node, host } = options;
    this.#offer = node.offer(replicaProtocol, ReplicasInterface, (caller) => {
      const device = this.#deviceOf(caller);
      if (device === undefined) return undefined;
      return new ReplicasService({
        spaces: () => host.spaces(device),
        watch: (changed) => host.watch(changed),
        open: (space) => host.open(space, device),
      });
    });
    this.changed();
  }

  watch(found: Found): Subscription {
    const own: Found = (peer) => found(peer);
    this.#watchers.add(own);
    for (const { connection } of this.#calls.values()) if (connection !== undefined) tell(connection, own);
    return {
      stop: () => {
        this.#watchers.delete(own);
        for (const { connection } of this.#calls.values()) connection?.lost.delete(own);
      },
    };
  }

  /** Devices, or ways to them, may be others than before: to be called whenever the node says so. */
  changed(): void {
    const { node } = this.#options;
    if (this.#isStopped || !node.hasUser) return;
    const devices = new Map<NodeId, DeviceId>();
    for (const [device, { node: id }] of node.user.devices) {
      if (id !== undefined && id !== node.id) devices.set(id, device);
    }
    for (const call of this.#calls.values()) if (devices.get(call.node) !== call.device) this.#forget(call);
    for (const [id, device] of devices) this.#look(this.#calls.get(id) ?? this.#newCall(id, device));
  }

  stop(): void {
    this.#isStopped = true;
    this.#offer.stop();
    for (const call of this.#calls.values()) this.#forget(call);
  }

  #newCall(node: NodeId, device: DeviceId): Call {
    const { retryMs, longestRetryMs } = replicationLimits;
    const backOff = new BackOff(retryMs, longestRetryMs, this.#options.platform.random);
    const call: Call = {
      device,
      node,
      backOff,
      isReachable: false,
      isUnderWay: false,
      retry: undefined,
      connection: undefined,
    };
    this.#calls.set(node, call);
    return call;
  }

  /** Calls it as soon as there is a way to it. */
  #look(call: Call): void {
    const wasReachable = call.isReachable;
    call.isReachable = this.#options.node.mesh.router.route(call.node) !== undefined;
    if (!call.isReachable || wasReachable) return;
    call.backOff.reset();
    void this.#call(call);
  }

  async #call(call: Call): Promise<void> {
    if (call.isUnderWay || call.connection !== undefined) return;
    call.retry?.cancel();
    call.retry = undefined;
    call.isUnderWay = true;
    try {
      await this.#connect(call);
    } catch (thrown) {
      // Whoever cannot be reached now is called again.
      const error = GlowError.from(thrown, "replica.call", call.node);
      if (error.kind === "internal") throw error;
      this.#callLater(call);
    } finally {
      call.isUnderWay = false;
    }
  }

  async #connect(call: Call): Promise<void> {
    const { node, platform } = this.#options;
    const session = await node.connect(call.node, replicaProtocol, "interactive");
    const bulk = () => this.#bulk(call, connection);
    const replicas = session.root(ReplicasStub);
    const peer = new RemotePeer({ timers: platform.timers, node: call.node, device: call.device, replicas, bulk });
    const connection: Connection = { session, peer, lost: new Map(), bulk: undefined };
    try {
      // Whether it is there, and takes this device for one that it may talk to.
      await peer.spaces();
    } catch (error) {
      session.close();
      throw error;
    }
    if (this.#calls.get(call.node) !== call) {
      session.close();
      return;
    }
    call.connection = connection;
    call.backOff.reset();
    void session.closed.then((reason) => this.#ended(call, connection, reason));
    for (const found of this.#watchers) tell(connection, found);
  }

  /** The stream for blobs. Peers are lost with either of the two. */
  async #bulk(call: Call, connection: Connection): Promise<ReplicasStub> {
    connection.bulk ??= this.#options.node.connect(call.node, replicaProtocol, "bulk");
    try {
      const session = await connection.bulk;
      void session.closed.then((reason) => connection.session.close(reason));
      return session.root(ReplicasStub);
    } catch (error) {
      connection.bulk = undefined;
      throw error;
    }
  }

  #ended(call: Call, connection: Connection, reason: GlowError): void {
    if (call.connection !== connection) return;
    call.connection = undefined;
    this.#close(connection, reason);
    if (!this.#isStopped && this.#calls.get(call.node) === call) this.#callLater(call);
  }

  #callLater(call: Call): void {
    if (this.#isStopped || this.#calls.get(call.node) !== call || call.retry !== undefined) return;
    call.retry = this.#options.platform.timers.after(call.backOff.nextMs(), () => {
      call.retry = undefined;
      void this.#call(call);
    });
  }

  /** It is no device of the user any more, or another node. */
  #forget(call: Call): void {
    this.#calls.delete(call.node);
    call.retry?.cancel();
    const { connection } = call;
    call.connection = undefined;
    if (connection === undefined) return;
    const message = "it is no peer of this device any more";
    this.#close(connection, new GlowError("disconnected", "replica.call", { target: call.node, message }));
  }

  #close(connection: Connection, reason: GlowError): void {
    for (const lost of connection.lost.values()) lost(reason);
    connection.lost.clear();
    connection.peer[Symbol.dispose]();
    connection.session.close();
    // One that is still on its way is of no use when it comes.
    connection.bulk?.then((session) => session.close()).catch(() => undefined);
  }

  #deviceOf(caller: NodeId): DeviceId | undefined {
    const { node } = this.#options;
    if (!node.hasUser) return undefined;
    for (const [device, { node: id }] of node.user.devices) if (id === caller) return device;
    return undefined;
  }
}

function tell(connection: Connection, found: Found): void {
  const { lost } = found(connection.peer satisfies Peer);
  connection.lost.set(found, lost);
}

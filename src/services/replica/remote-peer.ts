// Another node's replicas behind its Firefly stub, as the store asks for them.

import { idBytes, idText } from "#base/ids.ts";
import { replicationLimits } from "#base/limits.ts";
import type { DeviceId, NodeId, Peer, Replica, SpaceId, Subscription, Timer, Timers } from "#glow";
import type { ReplicasStub } from "#interfaces/generated/replica.ts";
import { ofPeer, PeerStream } from "./peer-stream.ts";
import { RemoteReplica } from "./remote-replica.ts";
import { hashFromWire } from "./wire-position.ts";

export interface RemotePeerOptions {
  readonly timers: Timers;
  readonly node: NodeId;
  readonly device: DeviceId;
  readonly replicas: ReplicasStub;
  /** The same object over what is for bulk, made when it is first asked for. */
  bulk(): Promise<ReplicasStub>;
}

/** Changes are heard only so often. */
const changesEveryMs = 100;
const inTime = { deadlineMs: replicationLimits.stallMs };

export class RemotePeer implements Peer, Disposable {
  readonly node: NodeId;
  readonly device: DeviceId;
  readonly #options: RemotePeerOptions;
  readonly #watchers = new Set<() => void>();
  #changes: PeerStream<number> | undefined;
  #isDisposed = false;
  #retry: Timer | undefined;

  constructor(options: RemotePeerOptions) {
    this.#options = options;
    this.node = options.node;
    this.device = options.device;
  }

  async spaces(): Promise<readonly SpaceId[]> {
    try {
      const spaces = await this.#options.replicas.spaces(inTime);
      return spaces.map((space) => idText(hashFromWire(space)) as SpaceId);
    } catch (thrown) {
      throw ofPeer(thrown);
    }
  }

  watch(changed: () => void): Subscription {
    const own = () => changed();
    this.#watchers.add(own);
    if (this.#changes === undefined) void this.#readChanges();
    return { stop: () => void this.#watchers.delete(own) };
  }

  async open(space: SpaceId): Promise<Replica & Disposable> {
    const { timers, replicas, bulk } = this.#options;
    const id = idBytes(space);
    try {
      const replica = await replicas.open(id, inTime);
      return new RemoteReplica({ timers, replica, bulk: async () => (await bulk()).open(id, inTime) });
    } catch (thrown) {
      throw ofPeer(thrown);
    }
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#watchers.clear();
    this.#retry?.cancel();
    this.#changes?.end();
  }

  /** Until the connection ends, which those who opened it hear of elsewhere. A stream that ends before is opened anew. */
  async #readChanges(): Promise<void> {
    const changes = new PeerStream(this.#options.timers, this.#options.replicas.changes());
    this.#changes = changes;
    try {
      while ((await changes.read()) !== undefined) {
        for (const watcher of this.#watchers) watcher();
        // What each of them does about it costs more than to say it.
        await new Promise<void>((resolve) => void this.#options.timers.after(changesEveryMs, resolve));
      }
    } catch (thrown) {
      ofPeer(thrown);
    }
    if (this.#isDisposed) return;
    this.#retry = this.#options.timers.after(replicationLimits.stallMs, () => void this.#readChanges());
  }
}

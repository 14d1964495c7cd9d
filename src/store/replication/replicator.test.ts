// Peers that come, go, and refuse; and which spaces are given to whom.

import { expect, test } from "vitest";
import { utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { replicationLimits } from "#base/limits.ts";
import type { BlobStore, DeviceId, Disk, HeldBatch, Index, Peer, Peers, Replica, Space, SpaceId } from "#glow";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import { ReplicaHost } from "./replica-host.ts";
import { Replicator } from "./replicator.ts";

const crypto = new NodeCrypto();

function deviceOf(number: number): DeviceId {
  return idText(crypto.hash("blake3", utf8Encode(`device ${number}`))) as DeviceId;
}

/** A space in which nothing happens but what a test says. */
class StillSpace {
  readonly id = idText(crypto.hash("blake3", utf8Encode("space"))) as SpaceId;
  readonly holders = new Set<DeviceId>();
  readonly #watchers = new Set<(batch: HeldBatch) => void>();
  positions = () => [];
  forks = () => [];
  waiting = () => ({ batches: 0, parents: [] });
  missingBlobs = (): Promise<readonly []> => Promise.resolve([]);

  watch(came: (batch: HeldBatch) => void) {
    this.#watchers.add(came);
    return { stop: () => void this.#watchers.delete(came) };
  }

  changed(header: object = { hash: new Uint8Array(33) }): void {
    for (const watcher of this.#watchers) watcher({ blobs: [], header } as never);
  }
}

/** Peers that a test finds and loses. */
class GivenPeers implements Peers {
  #found: ((peer: Peer) => { lost(reason: GlowError): void }) | undefined;

  watch(found: (peer: Peer) => { lost(reason: GlowError): void }) {
    this.#found = found;
    return { stop: () => undefined };
  }

  find(peer: Partial<Peer>) {
    return (this.#found as (peer: Peer) => { lost(reason: GlowError): void })({
      watch: () => ({ stop: () => undefined }),
      ...peer,
    } as Peer);
  }
}

async function story() {
  const time = new VirtualTime();
  const { clock, timers } = time;
  const space = new StillSpace();
  const peers = new GivenPeers();
  const index = { range: () => Promise.resolve([]), write: () => Promise.resolve() } as object as Index;
  const blobs = { has: () => Promise.resolve([]), sync: () => Promise.resolve() } as object as BlobStore;
  const replicator = await Replicator.start({
    clock,
    timers,
    crypto,
    disk: {} as Disk,
    index,
    space: space as object as Space,
    blobs,
    peers,
    device: deviceOf(0),
    mode: "all",
  });
  return { time, space, peers, replicator, host: new ReplicaHost(clock) };
}

function lost(): GlowError {
  return new GlowError("disconnected", "test.lose", { message: "gone" });
}

const denied = () => Promise.reject(new GlowError("denied", "replica.open", { message: "no" }));

test(`no more than ${replicationLimits.peers} peers are followed`, async () => {
  const { peers, replicator } = await story();
  let opened = 0;
  const open = () => {
    opened++;
    return new Promise<never>(() => undefined);
  };
  for (let at = 0; at < replicationLimits.peers + 7; at++) peers.find({ device: deviceOf(at), open });
  expect(opened).toBe(replicationLimits.peers);
  await replicator.stop();
});

test("a peer that gives nothing is asked ever more rarely, and at once when it has changed", async () => {
  const { time, peers, replicator } = await story();
  const asked: number[] = [];
  let changed = () => undefined as void;
  peers.find({
    device: deviceOf(1),
    open: () => {
      asked.push(time.nowMs);
      return denied();
    },
    watch: (told) => {
      changed = told;
      return { stop: () => undefined };
    },
  });
  await time.until(10_000);
  expect(asked).toEqual([0, 250, 750, 1750, 3750, 7750]);
  changed();
  await time.until(10_001);
  expect(asked.at(-1)).toBe(10_000);
  await replicator.stop();
  await time.until(200_000);
  expect(asked).toHaveLength(7);
});

test("a peer that is lost is let go, and its replica given back", async () => {
  const { time, peers, replicator, space } = await story();
  let given = 0;
  const until = Promise.withResolvers<IteratorResult<never>>();
  const replica = {
    acknowledge: () => Promise.resolve(),
    follow: () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => until.promise,
        return: () => {
          until.resolve({ done: true, value: undefined });
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    }),
    [Symbol.dispose]: () => void given++,
  } as object as Replica & Disposable;
  space.holders.add(deviceOf(1));
  const follower = peers.find({ device: deviceOf(1), open: () => Promise.resolve(replica) });
  await time.until(100);
  const progress = await time.play(replicator.progress());
  expect(progress.peers).toEqual([expect.objectContaining({ device: deviceOf(1), connected: true })]);
  follower.lost(lost());
  await time.until(200);
  expect(given).toBe(1);
  expect((await time.play(replicator.progress())).peers).toEqual([]);
  await replicator.stop();
  await time.until(100_000);
  expect(time.pending).toBe(0);
});

test("a host gives each its own spaces, and tells when they become others", async () => {
  const { space, replicator, host } = await story();
  const device = deviceOf(1);
  let told = 0;
  host.watch(() => void told++);
  const adding = host.add(replicator);
  expect([told, host.spaces(device)]).toEqual([1, []]);
  expect(() => host.open(space.id, device)).toThrow(expect.objectContaining({ kind: "denied" }));
  space.holders.add(device);
  space.changed();
  space.changed();
  expect([told, host.spaces(device)]).toEqual([2, [space.id]]);
  expect(host.open(space.id, device)).toBe(host.open(space.id, device));
  adding.stop();
  expect([told, host.spaces(device)]).toEqual([3, []]);
  expect(() => host.open(space.id, device)).toThrow(expect.objectContaining({ kind: "not-found" }));
  await replicator.stop();
});

test("an acknowledgement that failed is made again, though nothing more comes", async () => {
  const { time, peers, replicator, space } = await story();
  space.holders.add(deviceOf(1));
  const until = Promise.withResolvers<IteratorResult<never>>();
  let acknowledged = 0;
  const replica = {
    acknowledge: () => {
      acknowledged++;
      const busy = new GlowError("exhausted", "replica.acknowledge", { message: "busy" });
      return acknowledged < 3 ? Promise.reject(busy) : Promise.resolve();
    },
    follow: () => ({ [Symbol.asyncIterator]: () => ({ next: () => until.promise }) }),
    [Symbol.dispose]: () => undefined,
  } as object as Replica & Disposable;
  peers.find({ device: deviceOf(1), open: () => Promise.resolve(replica) });
  await time.until(60_000);
  expect(acknowledged).toBe(3);
  await replicator.stop();
});

test("an index that fails while it is looked for what is missing is asked again", async () => {
  const { time, space, replicator } = await story();
  await time.until(100);
  expect(replicator.complete).toBe(true);
  const position = { author: deviceOf(1), incarnation: 0, sequence: 1, hash: crypto.hash("blake3", utf8Encode("1")) };
  space.positions = () => [position] as never;
  let isBroken = true;
  space.missingBlobs = () => (isBroken ? Promise.reject(new Error("the index fails")) : Promise.resolve([]));
  space.changed(position);
  await time.until(1000);
  expect(replicator.complete).toBe(false);
  isBroken = false;
  await time.until(60_000);
  expect(replicator.complete).toBe(true);
  await replicator.stop();
});

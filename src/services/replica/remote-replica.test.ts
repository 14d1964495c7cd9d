// A peer behind its stub: what comes of honest ones, and of those that break the interface.

import { expect, test } from "vitest";
import { idText } from "#base/ids.ts";
import { GlowError } from "#base/errors.ts";
import { replicationLimits, spaceLimits } from "#base/limits.ts";
import { memoryPipes } from "#firefly/pipes/memory.ts";
import { FireflySession, offer } from "#firefly/session/session.ts";
import type { BlobId, DeviceId, Hash, NodeId, ReplicaEvent, SpaceId } from "#glow";
import { type Replica, ReplicasInterface, ReplicasStub, type Replicas } from "#interfaces/generated/replica.ts";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import { RemotePeer } from "./remote-peer.ts";
import { ReplicasService } from "./replica-service.ts";

const space = idText(new Uint8Array(33).fill(1)) as SpaceId;
const hash = new Uint8Array(33).fill(2) as Hash;
const author = idText(new Uint8Array(33).fill(3)) as DeviceId;

/** A peer of which a test writes only what is asked of it. */
function story(replicas: Partial<Replicas>) {
  const time = new VirtualTime();
  const defects: GlowError[] = [];
  const [near, far] = memoryPipes(time.timers);
  const onDefect = (error: GlowError) => void defects.push(error);
  const host = new FireflySession(far, { ...time, onDefect, root: offer(ReplicasInterface, replicas as Replicas) });
  const session = new FireflySession(near, { ...time, onDefect });
  const root = session.root(ReplicasStub);
  const options = { timers: time.timers, node: "node" as NodeId, device: "device" as DeviceId };
  const peer = new RemotePeer({ ...options, replicas: root, bulk: () => Promise.resolve(root) });
  return { time, defects, host, session, peer };
}

/** One that has a space which does this. */
function holding(replica: Partial<Replica>) {
  return story({ open: () => replica as Replica });
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  for (const item of items) yield await Promise.resolve(item);
}

/** These items, and then nothing more for ever. */
async function* hanging<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* each(items);
  await new Promise(() => undefined);
}

async function newsOf({ time, peer }: ReturnType<typeof story>, count: number): Promise<ReplicaEvent[]> {
  const replica = await time.play(peer.open(space));
  const events: ReplicaEvent[] = [];
  const reading = (async () => {
    for await (const event of replica.follow([])) if (events.push(event) >= count) break;
  })();
  await time.play(reading);
  return events;
}

test("news come as they were sent, batches of any size in one piece", async () => {
  const large = new Uint8Array(300_000).map((_, at) => at);
  const positions = [{ author, incarnation: 2, sequence: 3, hash }];
  const sent: ReplicaEvent[] = [
    { type: "batch", batch: Uint8Array.of(1, 2) },
    { type: "batch", batch: large },
    { type: "diverged" },
    { type: "more" },
    { type: "complete", positions, lacking: [hash] },
  ];
  const given: unknown[] = [];
  const giver = new ReplicasService({
    spaces: () => [space],
    watch: () => ({ stop: () => undefined }),
    open: (id) => {
      given.push(id);
      return {
        follow: (known: unknown) => {
          given.push(known);
          return hanging(sent);
        },
      } as never;
    },
  });
  const pair = story(giver);
  expect(await newsOf(pair, sent.length)).toEqual(sent);
  expect(given).toEqual([space, []]);
  expect(await pair.time.play(pair.peer.spaces())).toEqual([space]);
});

test.each<[string, Partial<Replica>, string]>([
  [
    "an author that is no hash",
    {
      follow: () =>
        hanging([
          { kind: "complete", positions: [{ author: Uint8Array.of(1), incarnation: 0, sequence: 1, hash }] },
        ] as const),
    },
    "invalid",
  ],
  [
    "an empty piece of a batch",
    { follow: () => hanging([{ kind: "piece", bytes: new Uint8Array(0) }] as const) },
    "protocol",
  ],
  [
    "an endless batch",
    {
      follow: () =>
        hanging(
          Array.from(
            { length: spaceLimits.batchBytes / 65_536 + 1 },
            () => ({ kind: "piece", bytes: new Uint8Array(65_536) }) as const,
          ),
        ),
    },
    "too-large",
  ],
  [
    "a defect of its own",
    {
      follow: () => {
        throw new TypeError("of the peer");
      },
    },
    "unavailable",
  ],
  [
    "a pause in the middle of a batch",
    { follow: () => hanging([{ kind: "piece", bytes: new Uint8Array(9) }] as const) },
    "deadline",
  ],
])("%s fails what is read", async (_, replica, kind) => {
  const pair = holding(replica);
  await expect(newsOf(pair, 1)).rejects.toMatchObject({ kind });
  if (kind === "deadline") expect(pair.time.nowMs).toBeGreaterThanOrEqual(replicationLimits.stallMs);
});

test("between news a peer may be silent for ever, and the reader leave at any time", async () => {
  const pair = holding({ follow: () => hanging([{ kind: "more" }] as const) });
  const replica = await pair.time.play(pair.peer.open(space));
  const news = replica.follow([])[Symbol.asyncIterator]();
  expect(await pair.time.play(news.next())).toEqual({ done: false, value: { type: "more" } });
  const waiting = news.next();
  await pair.time.until(1_000_000);
  await news.return?.();
  expect(await pair.time.play(waiting)).toEqual({ done: true, value: undefined });
});

test.each<[string, Partial<Replica>, (replica: Awaited<ReturnType<RemotePeer["open"]>>) => Promise<unknown>, string]>([
  [
    "a fingerprint of another length",
    { fingerprints: () => [{ count: 1, fingerprint: new Uint8Array(31) }] },
    (replica) => replica.fingerprints([{ from: hash, to: undefined }]),
    "invalid",
  ],
  [
    "a hash of another length",
    { hashes: () => [new Uint8Array(32)] },
    (replica) => replica.hashes({ from: hash, to: hash }),
    "invalid",
  ],
  [
    "no answer",
    { hashes: () => new Promise<never>(() => undefined) },
    (replica) => replica.hashes({ from: hash, to: undefined }),
    "deadline",
  ],
  [
    "a defect",
    {
      acknowledge: () => {
        throw new TypeError("of the peer");
      },
    },
    (replica) => replica.acknowledge({ positions: [], lacking: [] }),
    "unavailable",
  ],
  [
    "batches that never come",
    { batches: () => hanging([]) },
    (replica) => Array.fromAsync(replica.batches([hash])),
    "deadline",
  ],
  [
    "blobs that never come",
    { fetch: () => hanging([]) },
    (replica) => Array.fromAsync(replica.fetch([hash as Uint8Array as BlobId])),
    "deadline",
  ],
])("%s is an error of the kind that tells what to think of the peer", async (_, hostile, ask, kind) => {
  const { time, peer } = holding(hostile);
  const replica = await time.play(peer.open(space));
  await expect(time.play(ask(replica))).rejects.toMatchObject({ kind });
});

test.each(["denied", "not-found", "exhausted"] as const)("a refusal to open (%s) is told as it is", async (kind) => {
  const { time, peer } = story({
    open: () => {
      throw new GlowError(kind, "replica.open", { message: "no" });
    },
  });
  await expect(time.play(peer.open(space))).rejects.toMatchObject({ kind, message: "no" });
});

test("a peer that says without end that its spaces have changed is heard now and then", async () => {
  async function* endless(): AsyncGenerator<number> {
    for (let at = 0; ; at++) yield await Promise.resolve(at);
  }
  const { time, peer, session } = story({ changes: endless });
  let heard = 0;
  peer.watch(() => void heard++);
  await time.until(5000);
  expect(heard).toBeGreaterThan(10);
  expect(heard).toBeLessThan(60);
  session.close();
});

test("a service tells of each change, and stops when nobody listens", async () => {
  let changed = () => undefined as void;
  let isWatched = false;
  const spaces: SpaceId[] = [];
  const giver = new ReplicasService({
    spaces: () => spaces,
    watch: (told) => {
      changed = told;
      isWatched = true;
      return {
        stop: () => {
          isWatched = false;
        },
      };
    },
    open: () => expect.unreachable(),
  });
  const { time, peer, session } = story(giver);
  let heard = 0;
  const watching = peer.watch(() => void heard++);
  await time.until(1000);
  expect(heard).toBe(1);
  spaces.push(space);
  changed();
  await time.until(2000);
  expect([heard, await time.play(peer.spaces())]).toEqual([2, [space]]);
  watching.stop();
  peer[Symbol.dispose]();
  await time.until(3000);
  expect(isWatched).toBe(false);
  session.close();
});

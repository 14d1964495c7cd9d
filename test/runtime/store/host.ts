// A program with a whole node in it: a member of a user, its storage, its bound folders; driven by its parent. Its argument
// is a StoreHostOptions in JSON; what is said on its streams is in host-messages.ts.

import { createInterface } from "node:readline";
import { GlowError } from "#base/errors.ts";
import type { Address, NodeId, PeerProgress, SpaceId } from "#glow";
import { MemberNode } from "#node/member-node.ts";
import { NodeFolders } from "#node/node-folders.ts";
import { Storage } from "#node/storage.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { AuthorPositions } from "#store/replication/author-positions.ts";
import { DriveDesk } from "./drive-desk.ts";
import type { StoreHostCall, StoreHostMessage, StoreHostOptions, StoreHostStatus } from "./host-messages.ts";

const options = JSON.parse(process.argv[2] ?? "") as StoreHostOptions;
const platform = nodePlatform({ diskRoot: options.home });
const { timers } = platform;
const watchers = new Set<() => void>();
let storage: Storage | undefined;
let folders: NodeFolders | undefined;

function say(message: StoreHostMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function problem(error: unknown): void {
  process.stderr.write(`${options.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

function changed(): void {
  storage?.changed();
  for (const look of watchers) look();
}

const node = await MemberNode.start(platform, {
  name: options.name,
  listen: [options.listen as Address],
  changed: () => timers.endOfTurn(changed),
});

async function openStorage(): Promise<void> {
  folders = new NodeFolders({ timers, diskRoot: options.home, threads: 2 });
  const own = folders;
  const { holdsFolders = true, mode } = options;
  storage = await Storage.open({
    platform,
    node,
    problem,
    ...(mode && { content: mode }),
    ...(holdsFolders && { openFolder: (path: string) => own.open(path) }),
  });
  changed();
}

function opened(): Storage {
  if (storage === undefined) throw new GlowError("unavailable", "host.storage", { message: "it has no user yet" });
  return storage;
}

function desk(space: string): DriveDesk {
  return new DriveDesk(platform, opened(), space as SpaceId);
}

/** When what it looks for is there; it looks whenever anything has changed, and now and then. */
async function until<Found>(look: () => Found | undefined): Promise<Found> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    const { promise, resolve } = Promise.withResolvers<void>();
    watchers.add(resolve);
    const timer = timers.after(20, resolve);
    await promise;
    watchers.delete(resolve);
    timer.cancel();
  }
}

async function status(): Promise<StoreHostStatus> {
  const all = storage?.spaces() ?? [];
  let missingBlobs = 0;
  let quarantined = 0;
  const conflicts: string[] = [];
  let forks = 0;
  let peers = 0;
  let alike = true;
  for (const space of all) {
    const replicator = opened().replicator(space.id);
    const progress = await replicator.progress();
    const isKnown = ({ holds }: PeerProgress) => new AuthorPositions(holds).includes(space.positions());
    alike &&= replicator.complete && progress.peers.every((peer) => !peer.connected || isKnown(peer));
    forks += space.forks().length;
    missingBlobs += progress.missingBlobs;
    peers = Math.max(peers, progress.peers.filter(({ connected }) => connected).length);
    quarantined += (await space.quarantined()).length;
    if (space.readable) conflicts.push(...(await desk(space.id).conflicts()));
  }
  const bindings = options.holdsFolders === false ? [] : (storage?.bindings.list() ?? []);
  const states = bindings.map((binding) => binding.status());
  const problems = states.flatMap((each) => [
    ...(each.error ? [each.error.message] : []),
    ...each.problems.map((one) => JSON.stringify(one)),
  ]);
  const blobs = storage === undefined ? 0 : (await storage.blobs.usage()).blobs;
  return {
    states: states.map(({ state }) => state),
    peers,
    missingBlobs,
    problems,
    quarantined,
    conflicts,
    forks,
    blobs,
    alike,
  };
}

async function answer(call: StoreHostCall): Promise<unknown> {
  switch (call.do) {
    case "createUser":
      await node.createUser("test");
      return openStorage();
    case "invite":
      return node.invite("device", 600_000);
    case "join":
      await node.join(call.code);
      return openStorage();
    case "device":
      return opened().device;
    case "createDrive":
      return (await opened().createDrive(call.hosts as never)).space.id;
    case "awaitSpace":
      return until(
        () =>
          opened()
            .spaces()
            .find(({ id }) => id === call.space) && true,
      );
    case "bind": {
      const drive = await until(() => {
        try {
          return opened().drive(call.space as SpaceId);
        } catch {
          return undefined;
        }
      });
      await opened().bindings.create(drive, drive.root, call.folder);
      return;
    }
    case "read":
      return desk(call.space).read(call.path, call.offset, call.length);
    case "history":
      return desk(call.space).history(call.path);
    case "list":
      return desk(call.space).list(call.path);
    case "fill":
      return desk(call.space).fill(call.folder, call.files);
    case "status":
      return status();
    case "stop":
      await storage?.stop();
      await folders?.close();
      return node.stop();
  }
}

if (node.hasUser) await openStorage();
if (options.dial !== undefined) {
  const { address, expected } = options.dial;
  node.mesh.keep(expected as NodeId, [address as Address]);
}
say({ ready: true, node: node.id });

const commands = createInterface({ input: process.stdin });
commands.on("line", (line) => {
  const { number, ...call } = JSON.parse(line) as StoreHostCall & { number: number };
  answer(call as StoreHostCall).then(
    (result) => say({ call: number, answer: result }),
    (error: unknown) => {
      const { kind, message } = error instanceof GlowError ? error : { kind: "defect", message: String(error) };
      if (kind === "defect") problem(error);
      say({ call: number, kind, message });
    },
  );
});
// The parent is gone.
commands.on("close", () => process.exit());

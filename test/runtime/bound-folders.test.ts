// Bound folders with real threads: what goes through them, what they cost the main thread, and what is left when one of
// them, or all of the program, dies in the middle.

import { fork } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { FolderWatchThread } from "#node/folder-watch-thread.ts";
import { LocalFolders } from "#node/local-folders.ts";
import { WorkerPool } from "#node/worker-pool.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { nodeThreads } from "#platform/nodejs/worker-thread.ts";
import type { WorkerThread } from "#platform/worker-thread.ts";
import type {
  BlobPlace,
  ChangedFolder,
  FolderAction,
  FolderAgent,
  LocalEntry,
  LocalStat,
  SealedContent,
} from "#store/contracts.ts";
import { defaultChunkSizes } from "#store/content/chunk-sizes.ts";
import { noise, prose } from "../store/content-fixture.ts";
import { allPages, sealKeys } from "../store/bound-folder.ts";

const nodeFolder = new URL("../../src/node/", import.meta.url);
const startWatch = nodeThreads(new URL("folder-watch-worker.ts", nodeFolder));
const timers = new NodeTimers();
const keys = sealKeys(1, [], defaultChunkSizes);
/** Long enough ago for a file to count as left alone, on any file system. */
const someTimeNs = 1_600_000_000_123_456_789n;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

function newFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "glow-bound-"));
  cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function localFolders(diskRoot = newFolder()): LocalFolders {
  const start = nodeThreads(new URL("folder-worker.ts", nodeFolder));
  const pool = new WorkerPool({ start, threads: 2, timers });
  const folders = new LocalFolders({ pool, hands: 2, startWatch, timers, diskRoot });
  cleanUps.push(() => Promise.all([folders.close(), pool.close()]));
  return folders;
}

async function sealAll(agent: FolderAgent, entries: readonly LocalEntry[]): Promise<Map<string, SealedContent>> {
  const files = entries.filter(({ stat }) => stat.kind === "file");
  const sealed = new Map<string, SealedContent>();
  let waiting = files.map(({ path, stat }) => ({ path, expected: stat, bytes: true }));
  // What was written a moment ago is left for later.
  while (waiting.length > 0) {
    const again: typeof waiting = [];
    for await (const { path, result } of agent.seal(waiting, keys)) {
      if (!(result instanceof GlowError)) sealed.set(path, result);
      else if (result.kind === "conflict") again.push(...waiting.filter((each) => each.path === path));
      else throw result;
    }
    waiting = again;
  }
  return sealed;
}

/** What makes another folder like the one that was scanned. */
function copyActions(
  entries: readonly LocalEntry[],
  sealed: ReadonlyMap<string, SealedContent>,
  targets: ReadonlyMap<string, string>,
  from: (stored: Uint8Array) => BlobPlace | Uint8Array,
): FolderAction[] {
  const actions = entries.map(({ path, stat }): FolderAction => {
    if (stat.kind === "folder") return { type: "folder", path, mode: stat.mode };
    if (stat.kind === "link") return { type: "link", path, target: targets.get(path) ?? "", expected: undefined };
    const { content, chunks } = sealed.get(path) as SealedContent;
    const stored = new Map(chunks.map((chunk) => [chunk.name.toHex(), chunk.stored as Uint8Array]));
    const named = content.depth === 0 ? content.chunks : inOrder(chunks);
    return {
      type: "file",
      path,
      expected: undefined,
      mode: stat.mode,
      modifiedNs: stat.modifiedNs,
      chunks: named.map((chunk) => ({ chunk, from: from(stored.get(chunk.name.toHex()) as Uint8Array) })),
    };
  });
  const folders = entries.filter(({ stat }) => stat.kind === "folder");
  const times = folders.map(
    ({ path, stat }): FolderAction => ({ type: "attributes", path, modifiedNs: stat.modifiedNs }),
  );
  return [...actions, ...times];
}

function inOrder(chunks: SealedContent["chunks"]): SealedContent["chunks"] {
  const placed = chunks.filter(({ offset }) => offset !== undefined);
  return placed.toSorted((a, b) => (a.offset as number) - (b.offset as number));
}

interface Seen {
  readonly path: string;
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly content: string;
}

/** Everything in a real folder but what is Glow's own, as a person would compare it. */
function seen(root: string, folder = ""): Seen[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith(".glow-"))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      const { mode, mtimeNs } = lstatSync(join(root, path), { bigint: true });
      const link = entry.isSymbolicLink();
      const content = link
        ? readlinkSync(join(root, path))
        : entry.isFile()
          ? hash("sha1", readFileSync(join(root, path)))
          : "";
      // A link's time is nobody's business.
      const own: Seen = { path, mode: Number(mode), mtimeNs: link ? 0n : mtimeNs, content };
      return entry.isDirectory() ? [own, ...seen(root, path)] : [own];
    });
}

function fill(root: string): void {
  for (const folder of ["docs/deep/er", "many", "empty"]) mkdirSync(join(root, folder), { recursive: true });
  for (let i = 0; i < 1500; i++) writeFileSync(join(root, "many", `file-${i}`), noise(i, i));
  writeFileSync(join(root, "docs/deep/er/text"), prose(1, 300_000), { mode: 0o755 });
  writeFileSync(join(root, "large"), noise("large", 9_000_000), { mode: 0o600 });
  writeFileSync(join(root, "docs/\u00e4 \u{1F600}"), "");
  symlinkSync("../many/file-1", join(root, "docs/link"));
}

test("a folder goes through seals and packs into another one as it was, modes and times too", async () => {
  const source = newFolder();
  const target = newFolder();
  const disk = newFolder();
  fill(source);
  const folders = localFolders(disk);
  const from = await folders.open(source);
  const to = await folders.open(target);
  await from.apply([{ type: "attributes", path: "empty", mode: 0o500, modifiedNs: someTimeNs }], keys);
  const { entries, passed } = await allPages(from.scan([""], true));
  expect(passed).toEqual([]);
  const sealed = await sealAll(from, entries);
  const links = entries.filter(({ stat }) => stat.kind === "link").map(({ path }) => path);
  const targets = await from.read(links, 1000);
  const texts = new Map(links.map((path, i) => [path, new TextDecoder().decode(targets[i])]));
  let packed = 0;
  const pack = (stored: Uint8Array): BlobPlace => {
    appendFileSync(join(disk, "a.pack"), stored);
    packed += stored.length;
    return { path: "a.pack", offset: packed - stored.length, sizeBytes: stored.length };
  };
  const results = await to.apply(copyActions(entries, sealed, texts, pack), keys);
  expect(results.filter((result) => result instanceof GlowError)).toEqual([]);
  expect(seen(target)).toEqual(seen(source));
  const paths = entries.map(({ path }) => path);
  const stats = await to.stat([...paths, "none"]);
  expect(stats.at(-1)).toBeUndefined();
  const folderCount = entries.filter(({ stat }) => stat.kind === "folder").length;
  expect(stats.slice(0, -1).map((stat) => (stat as LocalStat).kind === "folder")).toEqual(
    results.slice(0, -folderCount).map((result) => (result as LocalStat).kind === "folder"),
  );
  for (const { offset, stored, ...chunk } of sealed.get("large")?.chunks ?? []) {
    if (offset === undefined) continue;
    const [again] = await to.reseal("large", [{ chunk, offset, blob: chunk.blob }], keys);
    expect(again !== undefined && equalBytes(again, stored as Uint8Array)).toBe(true);
  }
});

test("failures come over as what they are", async () => {
  const root = newFolder();
  writeFileSync(join(root, "file"), "x");
  const folders = localFolders();
  const agent = await folders.open(root);
  const [stat] = (await agent.stat(["file"])) as [LocalStat];
  writeFileSync(join(root, "file"), "another");
  const results = await agent.apply(
    [
      { type: "remove", path: "file", expected: stat },
      {
        type: "file",
        path: "new",
        expected: undefined,
        mode: 0o644,
        modifiedNs: 0n,
        chunks: [
          {
            chunk: { name: new Uint8Array(32) as never, sizeBytes: 1 },
            from: { path: "none.pack", offset: 0, sizeBytes: 40 },
          },
        ],
      },
      { type: "folder", path: "../out", mode: 0o755 },
      { type: "folder", path: "in", mode: 0o755 },
    ],
    { ...keys, current: { ...keys.current } },
  );
  expect(results).toMatchObject([{ kind: "conflict" }, { kind: "not-found" }, { kind: "invalid" }, { kind: "folder" }]);
  expect(results.slice(0, 3).every((result) => result instanceof GlowError)).toBe(true);
  await expect(folders.open(join(root, "none"))).rejects.toMatchObject({ kind: "unavailable" });
  rmSync(root, { recursive: true });
  await expect(agent.stat(["file"])).rejects.toMatchObject({ kind: "unavailable" });
  await agent.close();
  await expect(agent.stat(["file"])).rejects.toMatchObject({ kind: "released" });
});

test("changes are told, and again after the thread that hears of them has died", async () => {
  const root = newFolder();
  const threads: WorkerThread[] = [];
  const watching = new FolderWatchThread((events) => {
    const thread = startWatch(events);
    threads.push(thread);
    return thread;
  }, timers);
  cleanUps.push(() => watching.close());
  let told = Promise.withResolvers<readonly ChangedFolder[] | undefined>();
  const limits: (string | undefined)[] = [];
  const next = (): Promise<readonly ChangedFolder[] | undefined> => {
    told = Promise.withResolvers();
    return told.promise;
  };
  const first = next();
  const subscription = watching.watch(
    root,
    (folders) => told.resolve(folders),
    (reason) => limits.push(reason?.kind),
  );
  expect(await first).toBeUndefined();
  const changed = next();
  writeFileSync(join(root, "file"), "x");
  expect(await changed).toEqual([{ path: "", names: ["file"] }]);
  const anything = next();
  await threads[0]?.terminate();
  expect(await anything).toBeUndefined();
  expect(limits).toEqual(["unavailable", undefined]);
  const again = next();
  writeFileSync(join(root, "file"), "y");
  expect(await again).toEqual([{ path: "", names: ["file"] }]);
  expect(threads.length).toBe(2);
  subscription.stop();
});

test("a program that is killed while it writes leaves whole files, and no drafts once it is back", async () => {
  const script = new URL("folder-writer.ts", import.meta.url);
  const target = newFolder();
  const plain = noise("folder writer", 200_000);
  const counts = new Set<number>();
  for (let kill = 0; kill < 5; kill++) {
    const child = fork(script, [target, `${kill}`], { execArgv: ["--disable-warning=ExperimentalWarning"] });
    const exited = once(child, "exit");
    let told = 0;
    child.on("message", () => {
      if (++told > kill * 5) child.kill("SIGKILL");
    });
    expect(await exited).toEqual([null, "SIGKILL"]);
    await localFolders().open(target);
    expect(readdirSync(join(target, ".glow-drafts"))).toEqual([".gitignore"]);
    const files = readdirSync(target).filter((name) => name.startsWith(`${kill}-`));
    for (const name of files) expect(equalBytes(readFileSync(join(target, name)), plain), name).toBe(true);
    expect(files.length).toBeGreaterThanOrEqual(told);
    counts.add(files.length);
  }
  expect(counts.size).toBeGreaterThan(2);
});

// What an agent makes in a bound folder, what stands in its way, and what a crash leaves.

import { describe, expect, test } from "vitest";
import { equalBytes, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import { integerBelow, SeededRandom } from "#base/random.ts";
import type { ChangedFolder, Timer, Timers } from "#glow";
import { BoundFolder, sealKeys } from "../../../test/store/bound-folder.ts";
import { compression, crypto, noise } from "../../../test/store/content-fixture.ts";
import { defaultChunkSizes } from "../content/chunk-sizes.ts";
import { ContentSealer } from "../content/content-sealer.ts";
import type { ChunkRef, DraftName, FolderAction, LocalStat, SealedChunk } from "../contracts.ts";
import { groupsOf } from "./action-groups.ts";
import { partsOf } from "./large-file.ts";

const keys = sealKeys();
const modifiedNs = 1_600_000_000_123_456_789n;

type FileAction = FolderAction & { readonly type: "file" };

/** The chunks of a content in their order, with their bytes. */
function chunksOf(plain: Uint8Array, by = keys): SealedChunk[] {
  const { chunks } = new ContentSealer(crypto, compression, by).seal(plain, { bytes: true });
  return chunks
    .filter(({ offset }) => offset !== undefined)
    .sort((a, b) => (a.offset as number) - (b.offset as number));
}

function fileAction(path: string, plain: Uint8Array, expected?: LocalStat): FileAction {
  const chunks = chunksOf(plain).map((chunk) => ({ chunk, from: chunk.stored as Uint8Array }));
  return { type: "file", path, expected, mode: 0o640, modifiedNs, chunks };
}

async function applied(
  to: BoundFolder,
  ...actions: FolderAction[]
): Promise<readonly (LocalStat | GlowError | undefined)[]> {
  const results = await to.agent.apply(actions, keys);
  expect(results.length).toBe(actions.length);
  return results;
}

function kindsOf(results: readonly unknown[]): unknown[] {
  return results.map((result) => (result instanceof GlowError ? result.kind : typeof result));
}

describe("actions", () => {
  test("are done in their order, and answered with what is there then", async () => {
    const to = new BoundFolder();
    const results = await applied(
      to,
      { type: "folder", path: "a", mode: 0o750 },
      { type: "folder", path: "a", mode: 0o700 },
      fileAction("a/file", noise(1, 50_000)),
      fileAction("a/empty", new Uint8Array(0)),
      { type: "link", path: "a/link", target: "file", expected: undefined },
      { type: "folder", path: "b", mode: 0o755 },
    );
    expect(results.map((result) => (result as LocalStat).kind)).toEqual([
      "folder",
      "folder",
      "file",
      "file",
      "link",
      "folder",
    ]);
    expect(results[1]).toMatchObject({ mode: 0o750 });
    expect(results[2]).toEqual(await to.stat("a/file"));
    expect(results[2]).toMatchObject({ mode: 0o640, modifiedNs, sizeBytes: 50_000 });
    expect(to.folder.user.read("a/file")).toEqual(noise(1, 50_000));
    const file = await to.stat("a/file");
    const [moved, , changed, removed, gone] = await applied(
      to,
      { type: "move", path: "a/file", to: "b/file", expected: file },
      fileAction("a/file", utf8Encode("another")),
      { type: "attributes", path: "b", mode: 0o700, modifiedNs },
      { type: "remove", path: "a/link", expected: await to.stat("a/link") },
      { type: "remove", path: "a/link", expected: await to.stat("a/link") },
    );
    expect(moved).toMatchObject({ file: file.file });
    expect(changed).toMatchObject({ mode: 0o700, modifiedNs });
    expect(removed).toBe(undefined);
    expect(gone).toMatchObject({ kind: "not-found", target: "a/link" });
    expect([...to.folder.user.tree().keys()]).toEqual(["a", "a/empty", "a/file", "b", "b/file"]);
    expect(to.folder.drafts.size).toBe(0);
  });

  test("take content from packs, from memory, and from what lies in the folder", async () => {
    const to = new BoundFolder();
    const plain = noise(1, 60_000);
    const chunks = chunksOf(plain);
    to.folder.user.write("local", plain);
    const expected = await to.stat("local");
    const from = (chunk: SealedChunk, i: number): FileAction["chunks"][number]["from"] => {
      if (i % 3 === 0) return to.packs.put(chunk.stored as Uint8Array);
      return i % 3 === 1 ? chunk.stored : { local: "moved", offset: chunk.offset as number };
    };
    const action: FileAction = {
      type: "file",
      path: "moved",
      expected: undefined,
      mode: 0o644,
      modifiedNs,
      chunks: chunks.map((chunk, i) => ({ chunk, from: from(chunk, i) })),
    };
    // By its turn, what it takes from has moved, and is what it replaces.
    const [moved] = await applied(to, { type: "move", path: "local", to: "moved", expected });
    const results = await applied(to, { ...action, expected: moved as LocalStat });
    expect(kindsOf(results)).toEqual(["object"]);
    expect(to.folder.user.read("moved")).toEqual(plain);
    expect(to.packs.reads).toBe(Math.ceil(chunks.length / 3));
    expect(to.packs.rests).toBeGreaterThan(0);
  });

  test("stop none of the others where they fail", async () => {
    const to = new BoundFolder();
    const { user } = to.folder;
    user.write("theirs", utf8Encode("theirs"));
    user.makeFolder("folder");
    user.write("folder/in", utf8Encode("in"));
    user.makeLink("link", "folder");
    const theirs = await to.stat("theirs");
    const folder = await to.stat("folder");
    user.write("theirs", utf8Encode("THEIRS"));
    const results = await applied(
      to,
      fileAction("theirs", utf8Encode("mine"), theirs),
      fileAction("theirs", utf8Encode("mine")),
      fileAction("folder", utf8Encode("mine"), folder),
      fileAction("link/in", utf8Encode("mine")),
      fileAction("none/in", utf8Encode("mine")),
      fileAction("../out", utf8Encode("mine")),
      { type: "folder", path: "theirs", mode: 0o755 },
      { type: "folder", path: "theirs/in", mode: 0o755 },
      { type: "link", path: "theirs", target: "x", expected: undefined },
      { type: "move", path: "theirs", to: "moved", expected: theirs },
      { type: "move", path: "none", to: "moved", expected: theirs },
      { type: "attributes", path: "theirs", mode: 0o600, expected: theirs },
      { type: "attributes", path: "none", mode: 0o600 },
      { type: "remove", path: "theirs", expected: theirs },
      { type: "remove", path: "folder", expected: folder },
      fileAction("fine", utf8Encode("mine")),
    );
    expect(kindsOf(results)).toEqual([
      "conflict",
      "conflict",
      "conflict",
      "invalid",
      "not-found",
      "invalid",
      "already-exists",
      "invalid",
      "conflict",
      "conflict",
      "not-found",
      "conflict",
      "not-found",
      "conflict",
      "conflict",
      "object",
    ]);
    expect(user.read("theirs")).toEqual(utf8Encode("THEIRS"));
    expect([...user.tree().keys()]).toEqual(["fine", "folder", "folder/in", "link", "theirs"]);
    expect(to.folder.drafts.size).toBe(0);
  });

  test("take nothing for content that is not what its name says", async () => {
    const to = new BoundFolder();
    to.folder.user.write("local", noise(1, 3000));
    const [chunk] = chunksOf(noise(1, 900)) as [SealedChunk];
    const [other] = chunksOf(noise(2, 900)) as [SealedChunk];
    const with_ = (from: FileAction["chunks"][number]["from"], ref = chunk): FileAction => ({
      ...fileAction("file", new Uint8Array(0)),
      chunks: [{ chunk: ref, from }],
    });
    const damaged = (chunk.stored as Uint8Array).slice();
    damaged[100] = (damaged[100] as number) ^ 1;
    const results = await applied(
      to,
      with_(damaged),
      with_(other.stored),
      with_(new Uint8Array(0)),
      with_(to.packs.put(damaged)),
      with_({ local: "local", offset: 1 }),
      with_({ local: "local", offset: 2999 }),
      with_({ local: "none", offset: 0 }),
      with_({ local: "../none", offset: 0 }),
      with_({ local: "local", offset: 0 }, { ...chunk, sizeBytes: 2 ** 40 }),
      with_(chunk.stored, { ...chunk, sizeBytes: 2 ** 40 }),
      with_(chunksOf(noise(1, 900), sealKeys(3))[0]?.stored),
    );
    expect(kindsOf(results)).toEqual([
      "corrupt",
      "corrupt",
      "corrupt",
      "corrupt",
      "conflict",
      "conflict",
      "not-found",
      "invalid",
      "conflict",
      "corrupt",
      "unavailable",
    ]);
    for (const result of results) expect((result as GlowError).target).toBe("file");
    expect([...to.folder.user.tree().keys()]).toEqual(["local"]);
    expect(to.folder.drafts.size).toBe(0);
  });

  test("are cut into groups, by how many they are and how much", async () => {
    const many = Array.from({ length: folderLimits.actionsPerGroup + 1 }, (_, i): FolderAction => {
      return { type: "folder", path: `${i}`, mode: 0o755 };
    });
    expect(groupsOf(many).map((group) => group.length)).toEqual([folderLimits.actionsPerGroup, 1]);
    const { chunk } = fileAction("x", utf8Encode("x")).chunks[0] as FileAction["chunks"][number];
    const half = { ...chunk, sizeBytes: folderLimits.bytesPerGroup / 2 };
    const large = ["a", "b", "c"].map((path) => ({
      ...fileAction(path, utf8Encode("x")),
      chunks: [{ chunk: half, from: utf8Encode("") }],
    }));
    expect(groupsOf(large).map((group) => group.length)).toEqual([2, 1]);
    const to = new BoundFolder();
    const files = many.map(({ path }, i) => fileAction(`${path}/file`, utf8Encode(`${i}`)));
    const both = many.flatMap((folder, i) => [folder, files[i] as FolderAction]);
    expect(new Set(kindsOf(await applied(to, ...both)))).toEqual(new Set(["object"]));
    expect(to.folder.user.tree().size).toBe(2 * many.length);
  });

  test("write a large file in parts, and nothing of it if a part is wrong", async () => {
    const plain = noise("large", folderLimits.draftPartBytes + 4_000_000);
    const large = sealKeys(1, [], defaultChunkSizes);
    const chunks = chunksOf(plain, large).map((chunk) => ({ chunk, from: chunk.stored as Uint8Array }));
    const action: FileAction = { type: "file", path: "large", expected: undefined, mode: 0o600, modifiedNs, chunks };
    expect(partsOf(action).length).toBe(2);
    const to = new BoundFolder();
    const [last] = chunks.slice(-1) as [(typeof chunks)[number]];
    const wrong = { ...action, chunks: [...chunks.slice(0, -1), { ...last, from: new Uint8Array(0) }] };
    expect(kindsOf(await applied(to, wrong))).toEqual(["corrupt"]);
    expect(to.folder.usedBytes).toBe(0);
    const results = await applied(
      to,
      { type: "folder", path: "a", mode: 0o755 },
      action,
      fileAction("a/b", plain.slice(0, 9)),
    );
    expect(kindsOf(results)).toEqual(["object", "object", "object"]);
    expect(results[1]).toMatchObject({ mode: 0o600, modifiedNs });
    expect(equalBytes(to.folder.user.read("large"), plain)).toBe(true);
  });

  test("go on from what was drafted of a file, wherever that lies in it", async () => {
    const to = new BoundFolder();
    const plain = noise("drafted", 200_000);
    const whole = fileAction("file", plain);
    const offsets = whole.chunks.map((_, i) => {
      return whole.chunks.slice(0, i).reduce((sum, { chunk }) => sum + chunk.sizeBytes, 0);
    });
    const part = (first: number, behind: number) => ({
      path: "file",
      chunks: chunksOf(plain)
        .slice(first, behind)
        .map((chunk) => ({ chunk, from: chunk.stored as Uint8Array })),
      offset: offsets[first] ?? 0,
    });
    const drafted = (written: (i: number) => boolean, draft: DraftName): FileAction => {
      return {
        ...whole,
        draft,
        chunks: whole.chunks.map((each, i) => (written(i) ? { ...each, from: undefined } : each)),
      };
    };
    expect(whole.chunks.length).toBeGreaterThan(8);
    const draft = await to.agent.draft(part(5, 8), sealKeys());
    expect(await to.agent.draft({ ...part(2, 3), draft }, sealKeys())).toBe(draft);
    expect(to.folder.user.tree().size).toBe(0);
    expect(
      kindsOf(
        await applied(
          to,
          drafted((i) => i === 2 || (i >= 5 && i < 8), draft),
        ),
      ),
    ).toEqual(["object"]);
    expect(equalBytes(to.folder.user.read("file"), plain)).toBe(true);
    const all = await to.agent.draft(part(0, whole.chunks.length), sealKeys());
    expect(kindsOf(await applied(to, { ...drafted(() => true, all), path: "again" }))).toEqual(["object"]);
    expect(equalBytes(to.folder.user.read("again"), plain)).toBe(true);
    expect(await to.stat("again")).toMatchObject({ mode: whole.mode, modifiedNs });
    expect(to.folder.drafts.size).toBe(0);
  });

  test("leave nothing of a draft that is not placed", async () => {
    const to = new BoundFolder();
    const part = { path: "file", chunks: [], offset: 0 };
    const wrong = { chunk: { ...chunksOf(noise(1, 900))[0], sizeBytes: 900 } as ChunkRef, from: new Uint8Array(0) };
    const given = await to.agent.draft(part, keys);
    await to.agent.discard(given);
    const spoilt = await to.agent.draft(part, keys);
    await expect(to.agent.draft({ ...part, draft: spoilt, chunks: [wrong] }, keys)).rejects.toMatchObject({
      kind: "corrupt",
      target: "file",
    });
    const inTheWay = await to.agent.draft(part, keys);
    to.folder.user.write("file", utf8Encode("theirs"));
    const action: FileAction = { ...fileAction("file", new Uint8Array(0)), draft: inTheWay };
    expect(kindsOf(await applied(to, action, { ...action, draft: given }))).toEqual(["conflict", "not-found"]);
    expect(to.folder.drafts.size).toBe(0);
  });

  test("find done what comes before them, where they take from what lies in the folder", () => {
    const local = (path: string): FileAction => {
      const { chunk } = fileAction("x", utf8Encode("x")).chunks[0] as FileAction["chunks"][number];
      return { ...fileAction(path, new Uint8Array(0)), chunks: [{ chunk, from: { local: "y", offset: 0 } }] };
    };
    const plain = fileAction("p", utf8Encode("x"));
    const folder: FolderAction = { type: "folder", path: "f", mode: 0o755 };
    const actions = [folder, plain, local("a"), local("b"), folder, local("c"), local("d"), plain];
    expect(groupsOf(actions).map((group) => group.map(({ path }) => path).join(" "))).toEqual([
      "f p",
      "a b f",
      "c d p",
    ]);
    expect(groupsOf([local("a")])).toHaveLength(1);
    expect(groupsOf([])).toEqual([]);
  });

  test("are possible in folders that their owner may not change, which stay so", async () => {
    const to = new BoundFolder();
    const { user } = to.folder;
    for (const path of ["a", "a/b", "c", "c/moved", "d"]) user.makeFolder(path);
    user.write("a/file", utf8Encode("x"));
    for (const path of ["a", "c", "c/moved", "d"]) user.setMode(path, 0o555);
    const results = await applied(
      to,
      fileAction("a/new", utf8Encode("mine")),
      { type: "folder", path: "a/folder", mode: 0o555 },
      fileAction("a/folder/file", utf8Encode("mine")),
      { type: "remove", path: "a/file", expected: await to.stat("a/file") },
      { type: "move", path: "a/b", to: "d/b", expected: await to.stat("a/b") },
      { type: "move", path: "c/moved", to: "d/moved", expected: await to.stat("c/moved") },
      { type: "link", path: "d/link", target: "x", expected: undefined },
    );
    expect(results.filter((result) => result instanceof GlowError)).toEqual([]);
    const modes = new Map([...user.tree()].map(([path, { mode }]) => [path, mode]));
    for (const path of ["a", "c", "d", "a/folder", "d/moved"]) expect(modes.get(path), path).toBe(0o555);
    expect([...modes.keys()]).toEqual([
      "a",
      "a/folder",
      "a/folder/file",
      "a/new",
      "c",
      "d",
      "d/b",
      "d/link",
      "d/moved",
    ]);
  });

  test("fail one by one if the folder is gone", async () => {
    const to = new BoundFolder();
    to.folder.plug(false);
    const results = await applied(to, fileAction("a", utf8Encode("x")), { type: "folder", path: "b", mode: 0o755 });
    expect(kindsOf(results)).toEqual(["unavailable", "unavailable"]);
  });

  test("leave nothing of what a full disk has no room for", async () => {
    const to = new BoundFolder({ capacityBytes: 100_000 });
    to.folder.user.write("theirs", noise(1, 40_000));
    const expected = await to.stat("theirs");
    const results = await applied(
      to,
      fileAction("small", noise(2, 10_000)),
      fileAction("large", noise(3, 100_000)),
      fileAction("theirs", noise(4, 70_000), expected),
      { type: "folder", path: "folder", mode: 0o755 },
    );
    expect(kindsOf(results)).toEqual(["object", "exhausted", "exhausted", "object"]);
    expect(to.folder.user.read("theirs")).toEqual(noise(1, 40_000));
    expect(to.folder.usedBytes).toBe(50_000);
    to.folder.capacityBytes = 1_000_000;
    expect(kindsOf(await applied(to, fileAction("large", noise(3, 100_000))))).toEqual(["object"]);
  });
});

describe("somebody who comes in between", () => {
  test("is not overwritten, and what he removed does not come back", async () => {
    const to = new BoundFolder();
    const { user } = to.folder;
    for (const path of ["changed", "replaced", "removed", "moved", "gone"]) user.write(path, utf8Encode("old"));
    const stats = new Map(
      await Promise.all([...user.tree().keys()].map(async (path) => [path, await to.stat(path)] as const)),
    );
    const theirs = utf8Encode("theirs");
    to.folder.interference = {
      changing: (path) => {
        to.folder.interference = {};
        if (path === "changed") user.write("changed", theirs);
        if (path === "new") user.save("new", theirs);
      },
    };
    expect(kindsOf(await applied(to, fileAction("changed", utf8Encode("mine"), stats.get("changed"))))).toEqual([
      "conflict",
    ]);
    to.folder.interference = { changing: (path) => path === "new" && !user.has("new") && user.save("new", theirs) };
    expect(kindsOf(await applied(to, fileAction("new", utf8Encode("mine"))))).toEqual(["conflict"]);
    to.folder.interference = { changing: (path) => path === "removed" && user.save(path, theirs) };
    expect(
      kindsOf(await applied(to, { type: "remove", path: "removed", expected: stats.get("removed") as LocalStat })),
    ).toEqual(["conflict"]);
    to.folder.interference = { changing: (path) => path === "gone" && user.has("gone") && user.remove("gone") };
    expect(kindsOf(await applied(to, fileAction("gone", utf8Encode("mine"), stats.get("gone"))))).toEqual(["conflict"]);
    for (const path of ["changed", "new", "removed"]) expect(user.read(path)).toEqual(theirs);
    expect(user.has("gone")).toBe(false);
  });
});

describe("a crash", () => {
  /** What is there before, what is to be there afterwards, and what may be found in between. */
  async function crashed(seed: number, crashAt: number | undefined, manner: "kill" | "power"): Promise<void> {
    const random = new SeededRandom(seed);
    const to = new BoundFolder();
    const { user } = to.folder;
    const old = new Map<string, Uint8Array>();
    const fresh = new Map<string, Uint8Array>();
    const actions: FolderAction[] = [{ type: "folder", path: "new", mode: 0o755 }];
    for (let i = 0; i < 8; i++) {
      const path = i % 2 === 0 ? `old-${i}` : `new/${i}`;
      const plain = noise(`${seed} ${i}`, integerBelow(random, 20_000));
      if (i % 2 === 0) {
        old.set(path, utf8Encode(`old ${i}`));
        user.write(path, utf8Encode(`old ${i}`));
      }
      fresh.set(path, plain);
      actions.push(fileAction(path, plain, i % 2 === 0 ? await to.stat(path) : undefined));
    }
    let changes = 0;
    to.folder.interference = { changing: () => changes++ === crashAt && crash(to, random, manner) };
    const results = await to.agent.apply(actions, keys);
    const isDone = results.every((result) => !(result instanceof GlowError));
    expect(isDone, `seed ${seed}`).toBe(crashAt === undefined);
    if (crashAt === undefined) crash(to, random, manner);
    to.folder.interference = {};
    to.restart();
    expect(to.folder.drafts.size).toBe(0);
    for (const [path, plain] of fresh) {
      const found = user.has(path) ? user.read(path) : undefined;
      const isNew = found !== undefined && equalBytes(found, plain);
      const before = old.get(path);
      const isOld = found === undefined ? before === undefined : before !== undefined && equalBytes(found, before);
      expect(isDone ? isNew : isNew || isOld, `seed ${seed}, ${path}`).toBe(true);
    }
  }

  function crash(to: BoundFolder, random: SeededRandom, manner: "kill" | "power"): void {
    if (manner === "power") to.folder.losePower(random);
    else to.folder.kill();
  }

  test("loses nothing of what was said to be done", async () => {
    for (let seed = 0; seed < 40; seed++) await crashed(seed, undefined, "power");
  });

  test("leaves each file as it was or as it was to be, wherever it comes", async () => {
    for (let seed = 0; seed < 40; seed++) {
      await crashed(seed, seed % 9, "power");
      await crashed(seed, seed % 9, "kill");
    }
  });
});

/** Runs what was put off when it is told to. */
class DueTasks implements Timers {
  #due: (() => void)[] = [];

  after(_delayMs: number, task: () => void): Timer {
    this.#due.push(task);
    return { cancel: () => (this.#due = this.#due.filter((each) => each !== task)) };
  }

  endOfTurn(task: () => void): void {
    this.after(0, task);
  }

  run(): void {
    const due = this.#due;
    this.#due = [];
    for (const task of due) task();
  }
}

test("changes are told, those of the agent too, and that the folder is gone", async () => {
  const timers = new DueTasks();
  const to = new BoundFolder({}, timers);
  const { user } = to.folder;
  const told: (readonly ChangedFolder[] | undefined)[] = [];
  const limits: unknown[] = [];
  const watching = to.agent.watch(
    (folders) => told.push(folders),
    (reason) => limits.push(reason?.kind),
  );
  timers.run();
  user.makeFolder("a");
  await applied(to, fileAction("a/file", utf8Encode("x")));
  timers.run();
  const both = [
    { path: "", names: ["a"] },
    { path: "a", names: ["file"] },
  ];
  expect(told).toEqual([undefined, both]);
  to.folder.overflow();
  timers.run();
  to.folder.plug(false);
  timers.run();
  to.folder.plug(true);
  timers.run();
  expect(told.slice(2)).toEqual([undefined, undefined, undefined]);
  expect(limits).toEqual(["unavailable", undefined]);
  watching.stop();
  user.write("a/file", utf8Encode("y"));
  timers.run();
  expect(told.length).toBe(5);
});

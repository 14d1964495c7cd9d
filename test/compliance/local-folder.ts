// The contract of LocalRoot and LocalFolder, as far as it can be seen without a crash and with nobody coming in between.

import { expect } from "vitest";
import { utf8Encode } from "#base/bytes.ts";
import { type ErrorKind, GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import type { DraftName, LocalFolder, LocalRoot, LocalStat } from "#glow";
import { type Check, type MakeSubject, patterned, suite } from "./subject.ts";

/** What a person does in the folder that is looked at. */
export interface FolderHands {
  write(path: string, bytes: Uint8Array, mode?: number): void;
  makeFolder(path: string): void;
  makeLink(path: string, target: string): void;
  makeSpecial(path: string): void;
  move(from: string, to: string): void;
  remove(path: string): void;
  setMode(path: string, mode: number): void;
  setModified(path: string, modifiedNs: bigint): void;
  read(path: string): Uint8Array;
}

export interface LocalFolderSubject {
  readonly root: LocalRoot;
  readonly hands: FolderHands;
  /** How exact times are that it sets. */
  readonly timeStepNs: bigint;
  /** Takes the folder away. */
  takeAway(): void;
}

export function localFolderCompliance(name: string, make: MakeSubject<LocalFolderSubject>): void {
  suite(`LocalFolder: ${name}`, make, (check) => {
    lookChecks(check);
    pathChecks(check);
    linkChecks(check);
    placeChecks(check);
    nameChecks(check);
    attributeChecks(check);
  });
}

const text = (bytes: string) => utf8Encode(bytes);
const someTimeNs = 1_600_000_000_123_456_789n;

/** Does something in the folder, and lets go of it. */
function within<Result>(root: LocalRoot, work: (folder: LocalFolder) => Result): Result {
  const folder = root.enter();
  try {
    return work(folder);
  } finally {
    folder.leave();
  }
}

function failing(work: () => unknown, ...kinds: ErrorKind[]): GlowError {
  let error: unknown;
  try {
    work();
  } catch (thrown) {
    error = thrown;
  }
  expect(error, `expected a failure (${kinds.join(" or ")})`).toBeInstanceOf(GlowError);
  if (!(error instanceof GlowError)) throw error;
  expect(kinds, error.toString()).toContain(error.kind);
  expect(error.message.length).toBeGreaterThan(10);
  return error;
}

function drafted(folder: LocalFolder, bytes: Uint8Array, mode = 0o644, modifiedNs = someTimeNs): DraftName {
  const draft = folder.draftFile();
  draft.write(bytes);
  draft.finish({ mode, modifiedNs });
  return draft.name;
}

function statOf(folder: LocalFolder, path: string): LocalStat {
  const stat = folder.stat(path);
  if (stat === undefined) throw new Error(`there is no ${path}`);
  return stat;
}

function names(folder: LocalFolder, path: string): string[] {
  return folder.list(path).entries.map((entry) => entry.path);
}

function lookChecks(check: Check<LocalFolderSubject>): void {
  check("lists what lies in a folder, in the order of names", async ({ root, hands }) => {
    hands.makeFolder("b");
    hands.write("b/deep", text("x"));
    hands.write("a", text("hello"), 0o640);
    hands.write("\u{1F600}", text(""));
    hands.write("\uFF01", text(""));
    hands.makeLink("c", "b/deep");
    within(root, (folder) => {
      const { entries, passed } = folder.list("");
      expect(passed).toEqual([]);
      expect(entries.map(({ path }) => path)).toEqual(["a", "b", "c", "\u{1F600}", "\uFF01"]);
      expect(entries.map(({ stat }) => stat.kind)).toEqual(["file", "folder", "link", "file", "file"]);
      expect(entries[0]?.stat).toMatchObject({ sizeBytes: 5, mode: 0o640 });
      expect(names(folder, "b")).toEqual(["b/deep"]);
      for (const { path, stat } of entries) expect(folder.stat(path)).toEqual(stat);
      expect(folder.stat("")?.kind).toBe("folder");
    });
  });

  check("passes over what no drive can hold, and says why", async ({ root, hands }) => {
    hands.write("file", text("x"));
    hands.makeSpecial("pipe");
    within(root, (folder) => {
      const { entries, passed } = folder.list("");
      expect(entries.map(({ path }) => path)).toEqual(["file"]);
      expect(passed).toMatchObject([{ path: "pipe", reason: { kind: "unsupported" } }]);
      failing(() => folder.open("pipe"), "invalid");
    });
  });

  check("says what is wrong with what is looked for", async ({ root, hands }) => {
    hands.write("file", text("x"));
    hands.makeFolder("folder");
    within(root, (folder) => {
      for (const path of ["none", "none/none", "file/none"]) expect(folder.stat(path)).toBeUndefined();
      failing(() => folder.list("none"), "not-found");
      failing(() => folder.list("file"), "invalid");
      failing(() => folder.open("none"), "not-found");
      failing(() => folder.open("folder"), "invalid");
      failing(() => folder.target("file"), "invalid");
      failing(() => folder.target("none"), "not-found");
    });
  });

  check("reads any range of a file, and links as text", async ({ root, hands }) => {
    const whole = patterned(1, 100_000);
    hands.write("file", whole);
    hands.makeLink("link", "../outside/\u00e4");
    within(root, (folder) => {
      const file = folder.open("file");
      expect(file.stat()).toEqual(folder.stat("file"));
      for (const [offset, length] of [
        [0, 100_000],
        [99_990, 100],
        [100_000, 10],
        [5, 1],
        [10_000_000, 1],
      ] as const) {
        const target = new Uint8Array(length);
        const count = file.read(target, offset);
        expect(target.subarray(0, count)).toEqual(whole.subarray(offset, offset + length));
      }
      file.close();
      expect(folder.target("link")).toBe("../outside/\u00e4");
    });
  });

  check("is unavailable when it is gone", async ({ root, hands, takeAway }) => {
    hands.write("file", text("x"));
    takeAway();
    failing(() => root.enter(), "unavailable");
  });
}

/** Paths that lead out of a folder, or to what is Glow's own there, or nowhere. */
const hostilePaths = [
  "..",
  "../x",
  "a/..",
  "a/../../x",
  ".",
  "./a",
  "/etc/passwd",
  "//host/x",
  "a//b",
  "a/",
  "a\0b",
  "\ud800",
  "x".repeat(folderLimits.nameBytes + 1),
  "\u00e4".repeat(folderLimits.nameBytes / 2 + 1),
  "deep/".repeat(folderLimits.pathBytes / 5) + "deep",
  ".glow-drafts",
  ".glow-drafts/x",
  ".GLOW-Drafts",
  ".glow-\u200cdrafts/x",
  ".glow-dra\uFB00ts".replace("\uFB00", "\uFF46"),
  "GLOW-D~1",
];

function pathChecks(check: Check<LocalFolderSubject>): void {
  check("takes no path that leads out of it, or to its drafts", async ({ root, hands }) => {
    hands.write("file", text("x"));
    within(root, (folder) => {
      const expected = statOf(folder, "file");
      for (const path of hostilePaths) {
        failing(() => folder.list(path), "invalid");
        failing(() => folder.stat(path), "invalid");
        failing(() => folder.open(path), "invalid");
        failing(() => folder.target(path), "invalid");
        failing(() => folder.makeFolder(path, 0o755), "invalid");
        failing(() => folder.move("file", path, expected), "invalid");
        failing(() => folder.move(path, "other", expected), "invalid");
        failing(() => folder.remove(path, expected), "invalid");
        failing(() => folder.change(path, { mode: 0o600 }), "invalid");
        const draft = drafted(folder, text("x"));
        failing(() => folder.place(draft, path, undefined), "invalid");
        failing(() => folder.place(draft, path, expected), "invalid");
        folder.discard(draft);
      }
      for (const work of [
        () => folder.remove("", statOf(folder, "")),
        () => folder.move("", "x", statOf(folder, "")),
        () => folder.makeFolder("", 0o755),
        () => folder.change("", { mode: 0o755 }),
      ]) {
        failing(work, "invalid");
      }
      expect(names(folder, "")).toEqual(["file"]);
    });
  });

  check("takes names as long and as strange as a system does", async ({ root }) => {
    const strange = [
      "x".repeat(folderLimits.nameBytes),
      "a b",
      "-rf",
      "~",
      "a:b",
      "con",
      "a\\b",
      "a\nb",
      "\u{1F600}",
      "...",
    ];
    within(root, (folder) => {
      for (const name of root.windowsNames ? [] : strange) {
        folder.place(drafted(folder, text(name)), name, undefined);
        expect(folder.stat(name)?.kind).toBe("file");
      }
      if (!root.windowsNames) expect(names(folder, "").sort()).toEqual(strange.sort());
    });
  });
}

function linkChecks(check: Check<LocalFolderSubject>): void {
  check("never follows a link", async ({ root, hands }) => {
    hands.makeFolder("real");
    hands.write("real/file", text("secret"));
    hands.makeLink("folder", "real");
    hands.makeLink("file", "real/file");
    hands.makeLink("out", "/");
    within(root, (folder) => {
      const expected = statOf(folder, "real/file");
      expect(folder.stat("folder/file")).toBeUndefined();
      expect(folder.stat("file")?.kind).toBe("link");
      failing(() => folder.open("file"), "invalid");
      for (const path of ["folder", "out"]) failing(() => folder.list(path), "invalid");
      failing(() => folder.open("folder/file"), "invalid");
      failing(() => folder.target("folder/file"), "invalid");
      failing(() => folder.makeFolder("folder/new", 0o755), "invalid");
      failing(() => folder.move("folder/file", "moved", expected), "invalid");
      failing(() => folder.move("real/file", "folder/moved", expected), "invalid");
      failing(() => folder.remove("folder/file", expected), "invalid");
      failing(() => folder.change("folder/file", { mode: 0 }), "invalid");
      const draft = drafted(folder, text("mine"));
      failing(() => folder.place(draft, "folder/file", expected), "invalid");
      failing(() => folder.place(draft, "folder/new", undefined), "invalid");
      folder.discard(draft);
      folder.change("file", { mode: 0o600, modifiedNs: someTimeNs });
      expect(folder.stat("real/file")).toEqual(expected);
      expect(names(folder, "real")).toEqual(["real/file"]);
    });
  });

  check("places and replaces links", async ({ root, hands }) => {
    hands.write("file", text("x"));
    within(root, (folder) => {
      const placed = folder.place(folder.draftLink("../somewhere/else"), "link", undefined);
      expect(placed).toMatchObject({ kind: "link" });
      expect(folder.target("link")).toBe("../somewhere/else");
      const draft = folder.draftLink("other");
      failing(() => folder.place(draft, "link", undefined), "conflict");
      folder.place(draft, "link", placed);
      expect(folder.target("link")).toBe("other");
      folder.place(folder.draftLink("from-file"), "file", statOf(folder, "file"));
      expect(folder.target("file")).toBe("from-file");
      folder.place(drafted(folder, text("a file")), "link", statOf(folder, "link"));
      expect(folder.stat("link")?.kind).toBe("file");
    });
  });
}

function placeChecks(check: Check<LocalFolderSubject>): void {
  check("places a file whole, with mode and time", async ({ root, hands, timeStepNs }) => {
    hands.makeFolder("a");
    within(root, (folder) => {
      const draft = folder.draftFile();
      draft.write(patterned(1, 100_000));
      draft.write(new Uint8Array(0));
      draft.write(patterned(2, 5));
      expect(names(folder, "")).toEqual(["a"]);
      draft.finish({ mode: 0o751, modifiedNs: someTimeNs });
      const placed = folder.place(draft.name, "a/file", undefined);
      expect(placed).toMatchObject({ kind: "file", sizeBytes: 100_005, mode: 0o751 });
      expect(distance(placed.modifiedNs, someTimeNs)).toBeLessThan(timeStepNs);
      expect(folder.stat("a/file")).toEqual(placed);
      expect(hands.read("a/file").subarray(100_000)).toEqual(patterned(2, 5));
      expect(folder.list("a").entries).toEqual([{ path: "a/file", stat: placed }]);
    });
  });

  check("places nothing where something is that was not expected", async ({ root, hands }) => {
    hands.write("file", text("theirs"));
    hands.makeFolder("folder");
    hands.makeLink("link", "file");
    within(root, (folder) => {
      const draft = drafted(folder, text("mine"));
      for (const path of ["file", "folder", "link"]) {
        failing(() => folder.place(draft, path, undefined), "conflict");
      }
      failing(() => folder.place(draft, "folder", statOf(folder, "folder")), "conflict");
      failing(() => folder.place(draft, "gone", statOf(folder, "file")), "conflict");
      failing(() => folder.place(draft, "none/file", undefined), "not-found");
      expect(hands.read("file")).toEqual(text("theirs"));
      folder.discard(draft);
      failing(() => folder.place(draft, "new", undefined), "not-found");
      expect(folder.stat("new")).toBeUndefined();
    });
  });

  check("replaces only what is as it was", async ({ root, hands }) => {
    const changes: readonly ((path: string) => void)[] = [
      (path) => hands.write(path, text("another length")),
      (path) => hands.write(path, text("THEIRS")),
      (path) => hands.setMode(path, 0o600),
      (path) => hands.setModified(path, someTimeNs - 1n),
      (path) => {
        hands.write("beside", text("theirs"));
        hands.move("beside", path);
      },
      (path) => hands.remove(path),
    ];
    for (const [i, change] of changes.entries()) {
      const path = `file-${i}`;
      hands.write(path, text("theirs"));
      const expected = within(root, (folder) => statOf(folder, path));
      change(path);
      within(root, (folder) => {
        const found = folder.stat(path);
        const draft = drafted(folder, text("mine"));
        failing(() => folder.place(draft, path, expected), "conflict");
        if (found !== undefined) failing(() => folder.remove(path, expected), "conflict");
        failing(() => folder.move(path, "moved", expected), "conflict", "not-found");
        expect(folder.stat(path)).toEqual(found);
        if (found === undefined) return;
        expect(folder.place(draft, path, found).file).not.toBe(found.file);
        expect(hands.read(path)).toEqual(text("mine"));
      });
    }
    within(root, (folder) => expect(folder.stat("moved")).toBeUndefined());
  });

  check("says how much room there is", async ({ root }) => {
    within(root, (folder) => expect(folder.freeBytes()).toBeGreaterThan(1_000_000));
  });

  check("goes on with a draft that was paused, by another visit too", async ({ root, hands }) => {
    const draft = within(root, (folder) => {
      const begun = folder.draftFile();
      begun.write(text("one "));
      begun.pause();
      const again = folder.draftFile(begun.name, 4);
      again.write(text("t"));
      again.write(text("wo "));
      again.pause();
      return begun.name;
    });
    within(root, (folder) => {
      const last = folder.draftFile(draft, 8);
      last.write(text("three"));
      last.finish({ mode: 0o644, modifiedNs: someTimeNs });
      folder.place(last.name, "file", undefined);
      expect(hands.read("file")).toEqual(text("one two three"));
      failing(() => folder.draftFile(draft), "not-found");
      const other = folder.draftFile();
      other.pause();
      folder.draftFile(other.name).abandon();
      failing(() => folder.draftFile(other.name), "not-found");
    });
  });

  check("takes parts of a draft in any order, and several at once", async ({ root, hands }) => {
    within(root, (folder) => {
      const one = folder.draftFile();
      const three = folder.draftFile(one.name, 8);
      const two = folder.draftFile(one.name, 4);
      three.write(text("thr"));
      one.write(text("one "));
      two.write(text("two "));
      three.write(text("ee"));
      two.pause();
      three.pause();
      one.finish({ mode: 0o644, modifiedNs: someTimeNs });
      folder.place(one.name, "file", undefined);
      expect(hands.read("file")).toEqual(text("one two three"));
    });
  });

  check("keeps nothing of what was not placed", async ({ root }) => {
    within(root, (folder) => {
      const draft = folder.draftFile();
      draft.write(text("x"));
      draft.abandon();
      failing(() => folder.place(draft.name, "file", undefined), "not-found");
      expect(names(folder, "")).toEqual([]);
    });
  });

  check("syncs little and much", async ({ root }) => {
    for (const count of [0, 1, folderLimits.singleSyncs + 1]) {
      within(root, (folder) => {
        const drafts = Array.from({ length: count }, (_, i) => drafted(folder, patterned(i, 100), i === 0 ? 0 : 0o644));
        folder.sync(drafts);
        folder.makeFolder(`${count}`, 0o755);
        for (const [i, draft] of drafts.entries()) folder.place(draft, `${count}/${i}`, undefined);
        folder.sync([]);
        expect(names(folder, `${count}`).length).toBe(count);
      });
    }
  });
}

function nameChecks(check: Check<LocalFolderSubject>): void {
  check("moves files and folders, which stay what they are", async ({ root, hands }) => {
    hands.write("a", text("A"));
    hands.makeFolder("folder");
    hands.write("folder/b", text("B"));
    hands.makeFolder("other");
    hands.makeLink("link", "a");
    within(root, (folder) => {
      const before = { a: statOf(folder, "a"), b: statOf(folder, "folder/b"), folder: statOf(folder, "folder") };
      expect(folder.move("a", "other/z", before.a)).toEqual(folder.stat("other/z"));
      expect(folder.stat("a")).toBeUndefined();
      expect(folder.stat("other/z")).toEqual({ ...before.a, changedNs: statOf(folder, "other/z").changedNs });
      expect(folder.move("folder", "other/folder", before.folder).file).toBe(before.folder.file);
      expect(folder.stat("other/folder/b")).toEqual(before.b);
      expect(folder.move("link", "link2", statOf(folder, "link")).kind).toBe("link");
      expect(names(folder, "")).toEqual(["link2", "other"]);
    });
  });

  check("moves nothing onto something, or into itself", async ({ root, hands }) => {
    hands.write("a", text("A"));
    hands.write("b", text("B"));
    hands.makeFolder("folder");
    hands.makeFolder("empty");
    within(root, (folder) => {
      const a = statOf(folder, "a");
      failing(() => folder.move("a", "b", a), "conflict");
      failing(() => folder.move("a", "folder", a), "conflict");
      failing(() => folder.move("folder", "empty", statOf(folder, "folder")), "conflict");
      failing(() => folder.move("folder", "folder/in", statOf(folder, "folder")), "invalid");
      failing(() => folder.move("a", "none/a", a), "not-found");
      failing(() => folder.move("none", "c", a), "not-found");
      expect(names(folder, "")).toEqual(["a", "b", "empty", "folder"]);
      expect(hands.read("b")).toEqual(text("B"));
    });
  });

  check("makes folders with their mode, and only where nothing is", async ({ root, hands }) => {
    hands.write("file", text("x"));
    within(root, (folder) => {
      expect(folder.makeFolder("a", 0o777)).toMatchObject({ kind: "folder", mode: 0o777 });
      expect(folder.makeFolder("a/b", 0o700)).toEqual(folder.stat("a/b"));
      failing(() => folder.makeFolder("a", 0o755), "already-exists");
      failing(() => folder.makeFolder("file", 0o755), "already-exists");
      failing(() => folder.makeFolder("file/in", 0o755), "invalid");
      failing(() => folder.makeFolder("none/in", 0o755), "not-found");
    });
  });

  check("removes files, links and empty folders", async ({ root, hands }) => {
    hands.write("file", text("x"));
    hands.makeLink("link", "file");
    hands.makeFolder("folder");
    hands.write("folder/in", text("x"));
    within(root, (folder) => {
      const outer = statOf(folder, "folder");
      failing(() => folder.remove("folder", outer), "conflict");
      for (const path of ["link", "file", "folder/in"]) folder.remove(path, statOf(folder, path));
      folder.remove("folder", outer);
      folder.remove("folder", outer);
      expect(names(folder, "")).toEqual([]);
    });
  });

  check("knows whether it tells upper from lower case", async ({ root, hands }) => {
    hands.write("Name", text("x"));
    within(root, (folder) => {
      expect(folder.stat("nAME") === undefined).toBe(root.caseSensitive);
      if (root.caseSensitive) return;
      const stat = statOf(folder, "Name");
      failing(() => folder.makeFolder("NAME", 0o755), "already-exists");
      folder.move("Name", "NAME", stat);
      expect(names(folder, "")).toEqual(["NAME"]);
    });
  });
}

function attributeChecks(check: Check<LocalFolderSubject>): void {
  check("changes modes and times of what is there", async ({ root, hands, timeStepNs }) => {
    hands.write("file", text("x"));
    hands.makeFolder("folder");
    hands.makeLink("link", "file");
    within(root, (folder) => {
      for (const path of ["file", "folder"]) {
        expect(folder.change(path, { mode: 0o700 })).toMatchObject({ mode: 0o700 });
        for (const modifiedNs of [someTimeNs, -1_000_000_001n, 0n]) {
          const changed = folder.change(path, { modifiedNs });
          expect(distance(changed.modifiedNs, modifiedNs)).toBeLessThan(timeStepNs);
          expect(changed).toMatchObject({ mode: 0o700 });
          expect(folder.stat(path)).toEqual(changed);
        }
      }
      const file = statOf(folder, "file");
      expect(folder.change("link", { modifiedNs: someTimeNs, mode: 0o600 }).kind).toBe("link");
      expect(folder.stat("file")).toEqual(file);
      failing(() => folder.change("none", { mode: 0o600 }), "not-found");
    });
  });
}

function distance(a: bigint, b: bigint): bigint {
  return a < b ? b - a : a - b;
}

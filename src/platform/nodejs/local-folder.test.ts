// Bound folders on a real file system, with what only a real one has: names that are no text, things that must not be
// opened, rights, other file systems, and programs that put links where folders were. The plain contract is shown by the
// compliance suite.

import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import type { DraftName, LocalFolder, ScanPage } from "#glow";
import { draftsFolder } from "../local-path.ts";
import { linuxCalls } from "./linux-calls.ts";
import { NodeLocalRoot } from "./local-root.ts";

const isLinux = process.platform === "linux";
const isRoot = process.getuid?.() === 0;
/** To whom nothing belongs. */
const nobody = 65_534;

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp();
});

function newFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "glow-folder-"));
  cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function within<Result>(root: NodeLocalRoot, work: (folder: LocalFolder) => Result): Result {
  const folder = root.enter();
  try {
    return work(folder);
  } finally {
    folder.leave();
  }
}

function list(path: string, folder = ""): ScanPage {
  return within(NodeLocalRoot.open(path), (inside) => inside.list(folder));
}

test("some names of a folder are listed as all are, and nothing but names", () => {
  const root = newFolder();
  const outside = newFolder();
  mkdirSync(join(root, "a/in"), { recursive: true });
  for (const path of ["a/x", "a/y", "top"]) writeFileSync(join(root, path), path);
  writeFileSync(join(outside, "file"), "x");
  symlinkSync(outside, join(root, "link"));
  within(NodeLocalRoot.open(root), (folder) => {
    const all = folder.list("a").entries;
    expect(folder.list("a", ["y", "none", "in"])).toEqual({ entries: [all[2], all[0]], passed: [] });
    expect(folder.list("", [draftsFolder, "none"])).toEqual({ entries: [], passed: [] });
    for (const name of ["", ".", "..", "in/..", "../top", "zero\0"]) {
      expect(
        kindOf(() => folder.list("a", [name])),
        name,
      ).toBe("invalid");
    }
    expect(kindOf(() => folder.list("link", ["file"]))).toBe("invalid");
    expect(kindOf(() => folder.list("gone", ["file"]))).toBe("not-found");
  });
});

function drafted(folder: LocalFolder, text: string): DraftName {
  const draft = folder.draftFile();
  draft.write(utf8Encode(text));
  draft.finish({ mode: 0o644, modifiedNs: 0n });
  return draft.name;
}

/** The kind of what a call throws; undefined if it does not. */
function kindOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(GlowError);
    return (thrown as GlowError).kind;
  }
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Where another file system of this size is mounted; undefined if this user may not, or the system has none. */
function mountAt(path: string, sizeBytes: number): string | undefined {
  try {
    mkdirSync(path, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", path], { stdio: "ignore" });
    cleanUps.push(() => execFileSync("umount", ["-l", path]));
    return path;
  } catch {
    return undefined;
  }
}

const canMount = isLinux && isRoot && mountAt(join(newFolder(), "probe"), 4096) !== undefined;
for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp();

describe("names", () => {
  test.runIf(isLinux)("that are not in UTF-8 are passed over, and told in a way that one can find them by", () => {
    const root = newFolder();
    const bad = Buffer.from("b\xe4d", "latin1");
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), bad]), "x");
    mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]));
    writeFileSync(join(root, "fine \ufffd"), "x");
    const { entries, passed } = list(root);
    expect(entries.map(({ path }) => path)).toEqual(["fine \ufffd"]);
    expect(passed.map(({ path, reason }) => [path, reason.kind])).toEqual(
      expect.arrayContaining([
        ["b\u00e4d", "invalid"],
        ["\u00ff\u00fe", "invalid"],
      ]),
    );
    expect(passed.map(({ reason }) => reason.message).join()).toContain("62e464");
  });

  test("may lie as deep as a path is long, with a bounded number of folders open", () => {
    const root = NodeLocalRoot.open(newFolder());
    within(root, (folder) => {
      const before = openDescriptors();
      let path = "d";
      for (let depth = 1; depth < 10 * folderLimits.openFolders && path.length + 5 <= folderLimits.pathBytes; depth++) {
        folder.makeFolder(path, 0o755);
        path = `${path}/d`;
      }
      folder.place(drafted(folder, "deep"), path, undefined);
      const names = path.split("/");
      const moved = [...names.slice(0, -1), "moved"].join("/");
      folder.move(path, moved, folder.stat(path) as NonNullable<ReturnType<LocalFolder["stat"]>>);
      expect(folder.stat(moved)?.kind).toBe("file");
      for (let i = 1; i < names.length; i++) expect(folder.list(names.slice(0, i).join("/")).entries.length).toBe(1);
      expect(names.length).toBeGreaterThan(2 * folderLimits.openFolders);
      if (isLinux) expect(openDescriptors() - before).toBeLessThanOrEqual(folderLimits.openFolders + 1);
    });
  });
});

describe("what is no file", () => {
  test.runIf(isLinux)("is never opened: a pipe would be waited for, a device might do something", async () => {
    const root = newFolder();
    execFileSync("mkfifo", [join(root, "pipe")]);
    const server = createServer().listen(join(root, "socket"));
    await once(server, "listening");
    cleanUps.push(() => server.close());
    if (isRoot) execFileSync("mknod", [join(root, "device"), "c", "1", "5"]);
    const special = isRoot ? ["device", "pipe", "socket"] : ["pipe", "socket"];
    within(NodeLocalRoot.open(root), (folder) => {
      const { entries, passed } = folder.list("");
      expect(entries).toEqual([]);
      expect(passed.map(({ path }) => path)).toEqual(special);
      for (const { reason } of passed) expect(reason.kind).toBe("unsupported");
      for (const path of special) {
        expect(kindOf(() => folder.open(path))).toBe("invalid");
        expect(kindOf(() => folder.place(drafted(folder, "x"), path, undefined))).toBe("conflict");
      }
    });
  });

  test.runIf(canMount)("is not entered on another file system", () => {
    const root = newFolder();
    mountAt(join(root, "disk"), 65_536);
    writeFileSync(join(root, "disk", "file"), "x");
    within(NodeLocalRoot.open(root), (folder) => {
      expect(folder.list("")).toMatchObject({ entries: [], passed: [{ path: "disk", reason: { kind: "invalid" } }] });
      expect(kindOf(() => folder.list("disk"))).toBe("invalid");
      expect(kindOf(() => folder.open("disk/file"))).toBe("invalid");
      expect(kindOf(() => folder.place(drafted(folder, "x"), "disk/new", undefined))).toBe("invalid");
    });
  });

  test.runIf(canMount)("is left as it is on a disk that is full", () => {
    const disk = mountAt(join(newFolder(), "disk"), 1_048_576) as string;
    within(NodeLocalRoot.open(disk), (folder) => {
      folder.place(drafted(folder, "old"), "file", undefined);
      const draft = folder.draftFile();
      expect(kindOf(() => draft.write(new Uint8Array(2_097_152)))).toBe("exhausted");
      draft.abandon();
      expect(readFileSync(join(disk, "file"), "utf8")).toBe("old");
      expect(folder.list("").entries.length).toBe(1);
      folder.place(drafted(folder, "x".repeat(500_000)), "more", undefined);
    });
    expect(readdirSync(join(disk, draftsFolder))).toEqual([".gitignore"]);
  });
});

describe("rights", () => {
  /** As a user to whom `root` belongs, but not all in it. */
  function asAnother(root: string, work: () => void): void {
    if (!isRoot) return work();
    chownSync(root, nobody, nobody);
    process.seteuid?.(nobody);
    try {
      work();
    } finally {
      process.seteuid?.(0);
    }
  }

  test.runIf(isLinux)("that are missing are said, and stop nothing else", () => {
    const root = newFolder();
    asAnother(root, () => {
      writeFileSync(join(root, "fine"), "x");
      writeFileSync(join(root, "secret"), "x", { mode: 0o000 });
      mkdirSync(join(root, "closed"));
      writeFileSync(join(root, "closed/file"), "x");
      mkdirSync(join(root, "fixed"));
      for (const path of ["closed", "fixed"]) chmodSync(join(root, path), path === "closed" ? 0o000 : 0o555);
      within(NodeLocalRoot.open(root), (folder) => {
        const { entries, passed } = folder.list("");
        expect(entries.map(({ path }) => path)).toEqual(["closed", "fine", "fixed"]);
        expect(passed).toMatchObject([{ path: "secret", reason: { kind: "denied" } }]);
        expect(folder.list("", ["secret", "fine", "none"])).toMatchObject({
          entries: [{ path: "fine" }],
          passed: [{ path: "secret" }],
        });
        expect(kindOf(() => folder.open("secret"))).toBe("denied");
        expect(kindOf(() => folder.list("closed"))).toBe("denied");
        expect(kindOf(() => folder.stat("closed/file"))).toBe("denied");
        const draft = drafted(folder, "x");
        expect(kindOf(() => folder.place(draft, "fixed/new", undefined))).toBe("denied");
        expect(kindOf(() => folder.makeFolder("fixed/new", 0o755))).toBe("denied");
        folder.change("fixed", { mode: 0o755 });
        folder.place(draft, "fixed/new", undefined);
        folder.change("secret", { mode: 0o600 });
        expect(folder.list("").passed).toEqual([]);
      });
      chmodSync(join(root, "closed"), 0o755);
    });
  });

  test.runIf(isRoot && isLinux)("to another's folder are missing, too", () => {
    const root = newFolder();
    mkdirSync(join(root, "theirs"));
    asAnother(root, () => {
      within(NodeLocalRoot.open(root), (folder) => {
        expect(kindOf(() => folder.place(drafted(folder, "x"), "theirs/new", undefined))).toBe("denied");
        expect(kindOf(() => folder.change("theirs", { mode: 0o777 }))).toBe("denied");
      });
    });
    const closed = newFolder();
    process.seteuid?.(nobody);
    const kind = kindOf(() => NodeLocalRoot.open(closed));
    process.seteuid?.(0);
    expect(kind).toBe("denied");
  });
});

describe("the folder itself", () => {
  test("may be reached by a link, and must be a folder", () => {
    const root = newFolder();
    writeFileSync(join(root, "file"), "x");
    const other = newFolder();
    symlinkSync(root, join(other, "link"));
    expect(NodeLocalRoot.open(join(other, "link")).facts.path).toBe(NodeLocalRoot.open(root).facts.path);
    expect(kindOf(() => NodeLocalRoot.open(join(root, "file")))).toBe("invalid");
    expect(kindOf(() => NodeLocalRoot.open(join(root, "none")))).toBe("unavailable");
    writeFileSync(join(other, draftsFolder), "theirs");
    expect(kindOf(() => NodeLocalRoot.open(other))).toBe("already-exists");
    expect(readFileSync(join(other, draftsFolder), "utf8")).toBe("theirs");
  });

  test("is not taken for another that took its place", () => {
    const above = newFolder();
    const path = join(above, "root");
    mkdirSync(path);
    const root = NodeLocalRoot.open(path);
    renameSync(path, join(above, "away"));
    expect(kindOf(() => root.enter())).toBe("unavailable");
    mkdirSync(path);
    expect(kindOf(() => root.enter())).toBe("unavailable");
    rmSync(path, { recursive: true });
    symlinkSync(join(above, "away"), path);
    expect(kindOf(() => root.enter())).toBe("unavailable");
    rmSync(path);
    renameSync(join(above, "away"), path);
    within(root, (folder) => expect(folder.list("").entries).toEqual([]));
  });

  test("is cleared of what was being written when a program died, and of nothing else", () => {
    const root = newFolder();
    const folder = NodeLocalRoot.open(root).enter();
    drafted(folder, "whole");
    folder.draftFile().write(utf8Encode("half"));
    folder.draftLink("somewhere");
    writeFileSync(join(root, draftsFolder, "theirs"), "x");
    folder.leave();
    NodeLocalRoot.open(root);
    expect(readdirSync(join(root, draftsFolder)).sort()).toEqual([".gitignore", "theirs"]);
    rmSync(join(root, draftsFolder), { recursive: true });
    within(NodeLocalRoot.open(root), (inside) => {
      rmSync(join(root, draftsFolder), { recursive: true });
      inside.place(drafted(inside, "x"), "file", undefined);
    });
  });

  test.runIf(isLinux)("is let go of: a disk that is not worked on can be taken out", () => {
    const root = NodeLocalRoot.open(newFolder());
    const before = openDescriptors();
    within(root, (folder) => {
      folder.makeFolder("a", 0o755);
      folder.place(drafted(folder, "x"), "a/file", undefined);
      folder.open("a/file").close();
      folder.sync([]);
    });
    expect(openDescriptors()).toBe(before);
  });
});

describe("somebody who is fast", () => {
  /** A program that does something over and over until it is killed. */
  async function meanwhile(script: string, folder: string): Promise<void> {
    const path = join(newFolder(), "script.mjs");
    writeFileSync(path, script);
    const child = fork(path, [folder], { stdio: "ignore" });
    cleanUps.push(() => child.kill("SIGKILL"));
    await once(child, "message");
  }

  const swap = `
    import { renameSync } from "node:fs";
    const root = process.argv[2];
    for (let i = 0; ; i++) {
      renameSync(root + "/a", root + "/real");
      renameSync(root + "/link", root + "/a");
      if (i === 0) process.send("begun");
      renameSync(root + "/a", root + "/link");
      renameSync(root + "/real", root + "/a");
    }`;

  test.runIf(isLinux)("leads nobody out of the folder by putting a link where a folder was", async () => {
    const outside = newFolder();
    writeFileSync(join(outside, "secret"), "secret");
    mkdirSync(join(outside, "folder"));
    const root = newFolder();
    mkdirSync(join(root, "a/folder"), { recursive: true });
    writeFileSync(join(root, "a/secret"), "open");
    symlinkSync(outside, join(root, "link"));
    const opened = NodeLocalRoot.open(root);
    await meanwhile(swap, root);
    const done = new Map<string, number>();
    const attempt = (what: string, work: (folder: LocalFolder) => void): void => {
      try {
        within(opened, work);
        done.set(what, (done.get(what) ?? 0) + 1);
      } catch (thrown) {
        expect(thrown, String(thrown)).toBeInstanceOf(GlowError);
        expect(["not-found", "invalid", "conflict"], String(thrown)).toContain((thrown as GlowError).kind);
      }
    };
    for (let i = 0; i < 200; i++) {
      attempt("read", (folder) => {
        const file = folder.open("a/secret");
        const bytes = new Uint8Array(6);
        expect(Buffer.from(bytes.subarray(0, file.read(bytes, 0))).toString()).toBe("open");
        file.close();
      });
      attempt("list", (folder) => {
        for (const { path } of folder.list("a").entries) expect(path).not.toBe("a/outside");
      });
      attempt("place", (folder) => {
        const draft = drafted(folder, "mine");
        folder.place(draft, `a/folder/${i}`, undefined);
      });
      attempt("make", (folder) => folder.makeFolder(`a/${i}`, 0o755));
      attempt("change", (folder) => folder.change("a/secret", { modifiedNs: BigInt(i) }));
      attempt("remove", (folder) => {
        const stat = folder.stat("a/secret");
        if (stat !== undefined) folder.remove("a/never", stat);
      });
    }
    expect(readdirSync(outside).sort()).toEqual(["folder", "secret"]);
    expect(readdirSync(join(outside, "folder"))).toEqual([]);
    expect(readFileSync(join(outside, "secret"), "utf8")).toBe("secret");
    for (const what of ["read", "list", "place", "make", "change"]) expect(done.get(what), what).toBeGreaterThan(0);
  });

  const take = `
    import { linkSync, writeFileSync, unlinkSync } from "node:fs";
    const root = process.argv[2];
    writeFileSync(root + "/theirs", "theirs");
    for (let i = 0; ; i++) {
      const name = root + "/new-" + (i % 5);
      let took = true;
      try { linkSync(root + "/theirs", name); } catch { took = false; }
      if (took) unlinkSync(name);
      if (i === 0) process.send("begun");
    }`;

  test.each([false, true])("never gets a name together with us (as on any system: %s)", async (portable) => {
    const root = newFolder();
    const opened = NodeLocalRoot.open(root, portable);
    await meanwhile(take, root);
    let placed = 0;
    let refused = 0;
    for (let i = 0; i < 500 || (i < 100_000 && (placed === 0 || refused === 0)); i++) {
      within(opened, (folder) => {
        const name = `new-${i % 5}`;
        const draft = drafted(folder, "mine");
        if (kindOf(() => folder.place(draft, name, undefined)) !== undefined) {
          refused++;
          folder.discard(draft);
          return;
        }
        placed++;
        expect(readFileSync(join(root, name), "utf8")).toBe("mine");
        rmSync(join(root, name));
      });
    }
    expect(placed).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });
});

test.runIf(isLinux)("this system lends what node:fs has not", () => {
  expect(existsSync("/proc/self/fd")).toBe(true);
  expect(linuxCalls()).toBeDefined();
});

// Files in drives by the commands: made, listed, moved, removed, brought back, and what is said where that cannot be.

import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bindingLimits } from "#base/limits.ts";
import { GlowHome } from "./glow-home.ts";

let glow: GlowHome;

beforeAll(async () => {
  glow = await GlowHome.make();
  for (const name of ["docs", "backup"]) await glow.run("drives", "create", name);
});

afterAll(() => glow[Symbol.asyncDispose]());

async function put(path: string, content: string): Promise<void> {
  expect(await glow.runWith({ input: content }, "put", "-", path)).toMatchObject({ code: 0, err: "" });
}

interface Entry {
  readonly name: string;
  readonly kind: string;
  readonly path: string;
}

async function names(path: string): Promise<string[]> {
  return (await glow.json<Entry[]>("ls", path)).map(({ name }) => name);
}

test("drives are made, renamed and listed, and stand in the tree of names", async () => {
  expect((await glow.run("drives", "create", "music")).out).toBe("/me/drives/music\n");
  expect(await glow.run("drives", "create", "music")).toMatchObject({ code: 1, out: "" });
  expect((await glow.run("drives", "rename", "music", "songs")).out).toBe("/me/drives/songs\n");
  const drives = await glow.json<{ name: string }[]>("drives");
  expect(drives.map(({ name }) => name)).toEqual(["backup", "docs", "songs"]);
  expect((await glow.run("ls")).out).toMatch(/^drives\/backup\/\n[^]*nodes\/\S+ +this node\n$/);
  expect((await glow.run("ls", "/me/drives")).out).toBe("backup/\ndocs/\nsongs/\n");
});

test("an error names what it is about as it was typed", async () => {
  const { code, err } = await glow.run("cat", "/me/drives/docs/one/nothing.txt");
  expect(code).toBe(1);
  expect(err).toMatch(/^glow: docs\/one\/nothing\.txt: there is nothing of this name/);
});

test("a file is written, read, described and listed", async () => {
  await put("docs/one/note.txt", "first\n");
  expect(await glow.run("cat", "/me/drives/docs/one/note.txt")).toEqual({ code: 0, out: "first\n", err: "" });
  expect((await glow.run("cat", "--offset", "1", "--length", "3", "docs/one/note.txt")).out).toBe("irs");
  expect((await glow.run("ls", "-l", "--bytes", "docs/one")).out).toMatch(
    /^-rw-r--r-- {2}6 {2}20\d\d-.* {2}note\.txt\n$/,
  );
  expect((await glow.run("ls", "-R", "docs/one")).out).toBe("docs/one:\nnote.txt\n\n");
  const [stat] = await glow.json<object[]>("stat", "docs/one/note.txt");
  expect(stat).toMatchObject({ drive: "docs", path: "one/note.txt", kind: "file", sizeBytes: 6, modifiedNs: /^\d+$/ });
  expect((await glow.run("stat", "docs/one")).out).toContain("1 file, 0 folders, 0 links, 6 B");
});

test("folders are made, moved and copied, within a drive and to another", async () => {
  await glow.run("mkdir", "-p", "docs/tree/a/b");
  expect(await glow.run("mkdir", "docs/tree")).toMatchObject({ code: 1 });
  await put("docs/tree/a/b/leaf", "leaf");
  await glow.run("mv", "docs/tree/a", "docs/tree/moved");
  expect(await names("docs/tree")).toEqual(["moved"]);
  await glow.run("cp", "docs/tree", "docs/copy");
  await glow.run("cp", "docs/tree", "backup/");
  expect((await glow.run("cat", "docs/copy/moved/b/leaf", "backup/tree/moved/b/leaf")).out).toBe("leafleaf");
  expect((await glow.run("cp", "docs/copy/moved/b/leaf", "backup/tree/moved/b")).err).toContain("--force");
  await glow.run("mv", "docs/copy", "backup/taken");
  expect(await names("backup")).toEqual(["taken", "tree"]);
  expect((await glow.run("ls", "docs/copy")).code).toBe(1);
});

test("what was removed lies in the trash, and comes back", async () => {
  await put("docs/gone.txt", "still here");
  const removed = await glow.run("rm", "docs/gone.txt");
  expect(removed).toMatchObject({ code: 0, err: expect.stringContaining("glow trash restore docs") });
  expect(await names("docs")).not.toContain("gone.txt");
  expect((await glow.run("trash", "docs")).out).toContain("docs/gone.txt");
  expect((await glow.run("trash", "restore", "docs", "gone.txt")).out).toBe("docs/gone.txt\n");
  expect((await glow.run("cat", "docs/gone.txt")).out).toBe("still here");
  expect(await glow.run("rm", "docs/nothing")).toMatchObject({ code: 1 });
  expect(await glow.run("rm", "-f", "docs/nothing")).toMatchObject({ code: 0 });
  expect(await glow.run("rm", "docs")).toMatchObject({ code: 2, err: expect.stringContaining("a drive itself") });
});

test("versions are listed, read and restored, by id, by its beginning, or the one before", async () => {
  for (const text of ["one", "two", "three"]) await put("docs/versions.txt", text);
  const versions = await glow.json<{ id: string; head: boolean }[]>("history", "docs/versions.txt");
  expect(versions.map(({ head }) => head)).toEqual([true, false, false]);
  const oldest = versions[2]?.id ?? "";
  expect((await glow.run("cat", "--of", oldest, "docs/versions.txt")).out).toBe("one");
  await glow.run("restore", "docs/versions.txt");
  expect((await glow.run("cat", "docs/versions.txt")).out).toBe("two");
  const [, shown = ""] =
    /^(\S+) .*\n$/.exec((await glow.run("history", "docs/versions.txt")).out.split("\n").at(-2) + "\n") ?? [];
  await glow.run("restore", "docs/versions.txt", shown);
  expect((await glow.run("cat", "docs/versions.txt")).out).toBe("one");
  const wrong = await glow.run("restore", "docs/versions.txt", "zzzz");
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("no version is called zzzz; there are:") });
});

test("a folder of the machine is bound to one of a drive, listed and let go", async () => {
  await mkdir(glow.path("bound"));
  await writeFile(glow.path("bound", "inside.txt"), "bound");
  expect(await glow.run("bind", "bound", "songs/album")).toMatchObject({ code: 0, err: "" });
  await expect.poll(() => names("songs/album"), { timeout: 30_000 }).toEqual(["inside.txt"]);
  const [folder] = await glow.json<object[]>("folders");
  expect(folder).toMatchObject({ path: glow.path("bound"), driveName: "songs", drivePath: "album" });
  expect((await glow.run("folders", "pause", "bound")).out).toContain("paused");
  await glow.run("folders", "resume", "1");
  expect(await glow.run("unbind", "elsewhere")).toMatchObject({
    code: 1,
    err: expect.stringContaining(glow.path("bound")),
  });
  expect(await glow.run("unbind", "bound")).toMatchObject({ code: 0 });
  expect(await glow.json("folders")).toEqual([]);
});

test("a folder that is let go leaves to its drive what its large files had, unless that is given up", async () => {
  const sizeBytes = bindingLimits.largeBytes + 1;
  for (const name of ["kept", "given-up"]) {
    await mkdir(glow.path(name));
    await writeFile(glow.path(name, "large"), name.padEnd(sizeBytes, "."));
    await glow.run("bind", name, `backup/${name}`);
    await expect.poll(() => names(`backup/${name}`), { timeout: 30_000 }).toEqual(["large"]);
  }
  expect(await glow.run("unbind", "kept")).toMatchObject({ code: 0, err: "" });
  await rm(glow.path("kept"), { recursive: true });
  expect((await glow.run("cat", "backup/kept/large")).out).toBe("kept".padEnd(sizeBytes, "."));
  await rename(glow.path("given-up"), glow.path("elsewhere"));
  const refused = await glow.run("unbind", "given-up");
  expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/--abandon[^]*nowhere else/) });
  expect(await glow.run("unbind", "--abandon", "given-up")).toMatchObject({ code: 0 });
});

test("whoever mistypes is told what there is, and how it is used", async () => {
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["frobnicate"], 2, /there is no such command; `glow --help`/],
    [["statsu"], 2, /did you mean `status`/],
    [["ls", "--frob"], 2, /unknown option '--frob'\nRun `glow ls --help`/],
    [["cat"], 2, /missing required argument 'paths'/],
    [["ls", "dox"], 1, /there is no such drive; there are: backup, docs, songs/],
    [["ls", "docs/none"], 1, /none: there is nothing/],
    [["ls", "/me/nodes/none/drives"], 1, /there is no such node; there are: \S+/],
    [["ls", "/you"], 2, /a path of this machine/],
    [["cat", "docs/../.."], 2, /leads out of the tree/],
    [["cp", "./local", "docs"], 2, /use `glow put/],
    [["cp", "docs/one", "/tmp/x"], 2, /use `glow get/],
    [["mv", "docs/one/note.txt"], 2, /where to/],
    [["put", "missing.txt", "docs"], 2, /missing\.txt: there is nothing/],
    [["ping", "-c", "many", "x"], 2, /whole number/],
    [["conflicts", "none"], 1, /there is no such drive/],
    [["resolve", "docs/one/note.txt", "x"], 1, /it has no conflict/],
    [["completion", "tcsh"], 2, /bash, zsh and fish/],
  ];
  for (const [words, code, message] of cases) {
    const { code: got, out, err } = await glow.run(...words);
    expect({ words, code: got, out, err }).toEqual({ words, code, out: "", err: expect.stringMatching(message) });
  }
});

test("mistakes are told to programs, too", async () => {
  for (const words of [["ls", "--frob"], ["cat"], ["frobnicate"], ["ls", "dox"]]) {
    const { out, err } = await glow.run(...words, "--json");
    expect(out).toBe("");
    expect(JSON.parse(err)).toMatchObject({ error: { kind: expect.any(String), message: expect.any(String) } });
  }
});

test("each command has help with an example", async () => {
  const { out } = await glow.run("--help");
  const commands = [...out.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name = ""]) => name);
  expect(commands.length).toBeGreaterThan(28);
  for (const name of commands) {
    const help = await glow.run(name, "--help");
    expect({ name, code: help.code, out: help.out }).toEqual({
      name,
      code: 0,
      out: expect.stringMatching(new RegExp(`\\$ glow ${name}`)),
    });
  }
});

test("colours are for terminals, or where they are asked for", async () => {
  expect((await glow.run("ls", "docs")).out).not.toContain("\x1b");
  const forced = await glow.runWith({ env: { NO_COLOR: "", FORCE_COLOR: "1" } }, "ls", "docs");
  expect(forced.out).toContain("\x1b[34mone/\x1b[39m");
  const both = await glow.runWith({ env: { FORCE_COLOR: "1" } }, "ls", "docs");
  expect(both.out).not.toContain("\x1b");
});

test("a shell is offered commands, options, drives, nodes and files", async () => {
  const offers = async (...words: readonly string[]): Promise<string[]> =>
    (await glow.run("complete", ...words)).out.split("\n").filter((line) => line !== "");
  expect(await offers("st")).toEqual(["start", "stop", "status", "stat"]);
  expect(await offers("ls", "--r")).toEqual(["--recursive"]);
  expect(await offers("ls", "")).toEqual(["backup/", "docs/", "songs/", "/me/"]);
  expect(await offers("cat", "docs/on")).toEqual(["docs/one/"]);
  expect(await offers("cat", "docs/one/")).toEqual(["docs/one/note.txt"]);
  expect(await offers("ls", "/me/drives/d")).toEqual(["/me/drives/docs/"]);
  expect(await offers("put", "")).toEqual([":files"]);
  expect(await offers("put", "x", "d")).toEqual(["docs/"]);
  expect(await offers("log", "--level", "w")).toEqual(["warning"]);
  expect(await offers("drives", "c")).toEqual(["create"]);
  expect((await offers("ping", "")).length).toBe(1);
  expect(await glow.runWith({ env: { GLOW_HOME: glow.path("none") } }, "complete", "ls", "d")).toEqual({
    code: 0,
    out: "",
    err: "",
  });
});

// What a node gives is not believed: no name or link of it leads out of the folder that files are fetched into, and none of
// it takes over the terminal.

import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Ended, GlowHome } from "./glow-home.ts";
import { type LyingEntry, LyingNode } from "./lying-node.ts";

let glow: GlowHome;
let outside: string;

beforeEach(async () => {
  glow = await GlowHome.make({ running: false });
  outside = await mkdtemp(join(tmpdir(), "glow-outside-"));
  await writeFile(join(outside, "kept"), "kept");
});

afterEach(async () => {
  expect(await readdir(outside)).toEqual(["kept"]);
  expect(await readFile(join(outside, "kept"), "utf8")).toBe("kept");
  await rm(outside, { recursive: true });
  await glow[Symbol.asyncDispose]();
});

/** Runs a command on a node that says it has this. */
async function given(entries: readonly LyingEntry[], ...words: readonly string[]): Promise<Ended> {
  await using _node = await LyingNode.start(glow.home, entries);
  return await glow.run(...words);
}

test("names that are no names are left out, and the rest is fetched", async () => {
  const names = ["..", ".", "", "../up", "a/b", "/etc/x", "nul\0nul", "..\\up"];
  const entries = [...names.map((name) => ({ name, content: "bad" })), { name: "good", content: "good" }];
  const { code, err } = await given([{ name: "all", inside: entries }], "get", "d/all", "./here");
  expect(code).toBe(1);
  const found = await readdir(glow.path("here"));
  expect(found.filter((name) => name !== "..\\up")).toEqual(["good"]);
  expect(err.match(/a name that is none/g)?.length).toBe(7);
  expect((await readdir(glow.folder)).toSorted()).toEqual(["here", "home"]);
});

test("folders of such names are not entered", async () => {
  const inside = [{ name: "x", content: "bad" }];
  const bad = [
    { name: "..", inside },
    { name: "../../y", inside },
  ];
  const { code } = await given([{ name: "all", inside: bad }], "get", "d/all", "./here");
  expect(code).toBe(1);
  expect(await readdir(glow.path("here"))).toEqual([]);
  expect((await readdir(glow.folder)).toSorted()).toEqual(["here", "home"]);
});

test("links that lead out are left out, also by way of others; those that stay inside are made", async () => {
  const links = {
    absolute: "/etc/passwd",
    up: "../outside",
    far: "a/../../outside",
    chain: "deep/back/..",
    empty: "",
    sibling: "good",
    below: "deep/leaf",
  };
  const entries: LyingEntry[] = [
    ...Object.entries(links).map(([name, target]) => ({ name, target })),
    { name: "good", content: "good" },
    {
      name: "deep",
      inside: [
        { name: "back", target: ".." },
        { name: "leaf", content: "leaf" },
        { name: "out", target: "../../x" },
      ],
    },
  ];
  const { code } = await given([{ name: "all", inside: entries }], "get", "d/all", "./here");
  expect(code).toBe(1);
  expect((await readdir(glow.path("here"))).toSorted()).toEqual(["below", "deep", "good", "sibling"]);
  expect((await readdir(glow.path("here", "deep"))).toSorted()).toEqual(["back", "leaf"]);
  expect(await readlink(glow.path("here", "below"))).toBe("deep/leaf");
});

test("nothing is written through links that lie in the target already", async () => {
  await mkdir(glow.path("here", "all"), { recursive: true });
  await symlink(outside, glow.path("here", "all", "sub"));
  await symlink(join(outside, "kept"), glow.path("here", "all", "file"));
  const entries = [
    { name: "sub", inside: [{ name: "x", content: "bad" }] },
    { name: "file", content: "bad" },
  ];
  const { code, err } = await given([{ name: "all", inside: entries }], "get", "--force", "d/all", "./here/");
  expect(code).toBe(1);
  expect(err).toContain("it is a link");
  // The link itself was replaced, as was asked for; what it led to was not.
  expect((await lstat(glow.path("here", "all", "file"))).isFile()).toBe(true);
});

test("a name of the drive's that is given twice, once as a link, opens no way out", async () => {
  const entries = [
    { name: "sub", target: outside },
    { name: "sub", inside: [{ name: "x", content: "bad" }] },
  ];
  expect((await given([{ name: "all", inside: entries }], "get", "d/all", "./here")).code).toBe(1);
});

test("files that are longer or shorter than was said are not taken for whole", async () => {
  const entries = [
    { name: "long", content: "0123456789", sizeBytes: 4 },
    { name: "short", content: "0123", sizeBytes: 10 },
  ];
  const { code, err } = await given([{ name: "all", inside: entries }], "get", "d/all", "./here");
  expect(code).toBe(1);
  expect(err.match(/of a file that it says has/g)?.length).toBe(2);
  expect(await readdir(glow.path("here"))).toEqual([]);
});

test("names with escape sequences and controls are shown, not obeyed", async () => {
  const name = "evil\x1b[2J\x07\x9b31m\u202egpj.txt\n";
  const shown = "evil\\x1b[2J\\x07\\x9b31m\\u{202e}gpj.txt\\n";
  await using _node = await LyingNode.start(glow.home, [{ name, content: "\x1b]0;owned\x07text" }]);
  for (const words of [
    ["ls", "d"],
    ["ls", "-l", "d"],
    ["ls", "-R", "d"],
    ["stat", `d/${name}`],
    ["rm", `d/${name}`],
    ["cat", `d/x${name}`],
  ]) {
    const { out, err } = await glow.run(...words);
    expect((out + err).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
    if (words[0] !== "rm") expect(out + err).toContain(shown);
  }
  expect((await glow.run("ping", "end")).out).toBe(
    "end: 9.00 ms, 3 hops, over attic\\x1b[2J (1.50 ms), relay-two-lo (no answer)\n",
  );
  const [entry] = await glow.json<{ name: string }[]>("ls", "d");
  expect(entry?.name).toBe(name);
  expect((await glow.run("complete", "ls", "d/")).out).toBe("");
  // What goes into a pipe is as it is.
  expect((await glow.run("cat", `d/${name}`)).out).toBe("\x1b]0;owned\x07text");
});

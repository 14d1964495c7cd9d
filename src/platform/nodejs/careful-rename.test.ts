// Renames while somebody changes the same names at the worst moment: between the look and what follows from it.

import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import type { LocalStat } from "#glow";
import { removeExpected, renameOver, renameToFree } from "./careful-rename.ts";
import { statAt } from "./file-stat.ts";
import { type LinuxCalls, linuxCalls } from "./linux-calls.ts";

let folder = "";

beforeEach(() => {
  const made = mkdtempSync(join(tmpdir(), "glow-rename-"));
  folder = made;
  onTestFinished(() => rmSync(made, { recursive: true }));
});

function at(name: string): string {
  return join(folder, name);
}

function write(name: string, text: string): LocalStat {
  writeFileSync(at(name), text);
  return statAt(at(name)) as LocalStat;
}

function read(name: string): string | undefined {
  return statAt(at(name)) === undefined ? undefined : readFileSync(at(name), "utf8");
}

/** What an editor does. */
function save(name: string, text: string): void {
  write("saving", text);
  renameSync(at("saving"), at(name));
}

/** The system's calls, with somebody who acts right before the first of them. */
function interrupted(act: () => void): LinuxCalls {
  const calls = linuxCalls() as LinuxCalls;
  let acted = false;
  const before = (): void => {
    if (!acted) act();
    acted = true;
  };
  return {
    ...calls,
    renameExclusively: (from, to) => {
      before();
      return calls.renameExclusively(from, to);
    },
    exchange: (a, b) => {
      before();
      return calls.exchange(a, b);
    },
  };
}

const hasCalls = linuxCalls() !== undefined;

test.runIf(hasCalls)("what was saved after the look is put back, and the draft is still there", () => {
  const expected = write("file", "old");
  write("draft", "mine");
  expect(
    renameOver(
      interrupted(() => save("file", "theirs")),
      at("draft"),
      at("file"),
      expected,
    ),
  ).toBe(false);
  expect([read("file"), read("draft")]).toEqual(["theirs", "mine"]);
});

test.runIf(hasCalls)("what was written into the file after the look is put back, too", () => {
  const expected = write("file", "old");
  write("draft", "mine");
  const calls = interrupted(() => writeFileSync(at("file"), "theirs"));
  expect(renameOver(calls, at("draft"), at("file"), expected)).toBe(false);
  expect([read("file"), read("draft")]).toEqual(["theirs", "mine"]);
});

test.runIf(hasCalls)(
  "a file that was removed after the look does not come back, and one that came is not replaced",
  () => {
    const expected = write("file", "old");
    write("draft", "mine");
    const removed = interrupted(() => rmSync(at("file")));
    expect(renameOver(removed, at("draft"), at("file"), expected)).toBe(false);
    expect([read("file"), read("draft")]).toEqual([undefined, "mine"]);
    write("other", "mine");
    const came = interrupted(() => save("new", "theirs"));
    expect(renameToFree(came, at("other"), at("new"), "file")).toBe(false);
    expect([read("new"), read("other")]).toEqual(["theirs", "mine"]);
  },
);

test.each([true, false])("nothing is done unless what is there was expected (with calls of Linux: %s)", (own) => {
  const calls = own ? linuxCalls() : undefined;
  const expected = write("file", "old");
  write("draft", "mine");
  expect(renameToFree(calls, at("draft"), at("file"), "file")).toBe(false);
  save("file", "theirs");
  expect(renameOver(calls, at("draft"), at("file"), expected)).toBe(false);
  expect(renameOver(calls, at("draft"), at("none"), expected)).toBe(false);
  expect(removeExpected(calls, at("file"), at("aside"), expected)).toBe(false);
  expect([read("file"), read("draft"), read("aside")]).toEqual(["theirs", "mine", undefined]);
  const theirs = statAt(at("file")) as LocalStat;
  expect(renameOver(calls, at("draft"), at("file"), theirs)).toBe(true);
  expect([read("file"), read("draft")]).toEqual(["mine", undefined]);
  expect(removeExpected(calls, at("file"), at("aside"), statAt(at("file")) as LocalStat)).toBe(true);
  expect([read("file"), read("aside")]).toEqual([undefined, undefined]);
});

test("where nothing can be linked, a name that is free is taken all the same", () => {
  symlinkSync("somewhere", at("link"));
  expect(renameToFree(undefined, at("link"), at("moved"), "link")).toBe(true);
  expect(statAt(at("moved"))?.kind).toBe("link");
});
